"""Killed at any step a change leaves keys that sign; no change loses what was published."""

from dataclasses import replace
from pathlib import Path

import keys_world as world
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keys_world import DAY, NOW, USCC

from signing import (
    certificates,
    development,
    development_rotation,
    key_changes,
    key_folder,
    key_ring,
    trust,
)
from signing.errors import CannotSign
from signing.key_entry import Role, State


class _KilledError(BaseException):
    """Stands for the process's end at that point."""


def killed_at(step, monkeypatch, change):
    """Runs a change whose process dies before it puts the file of that step in place; if it did."""
    steps, put = iter(range(1000)), Path.replace

    def stop_here(self, target):
        if next(steps) == step:
            raise _KilledError
        return put(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stop_here)
        patched.setattr(Path, "unlink", lambda *_, **__: None)  # the dead clean nothing up
        try:
            change()
        except _KilledError:
            return True
    return False


def sound(keys):
    """Everything that the ring names is there, and the authority can sign."""
    for entry in key_ring.load(keys).entries:
        for path in (entry.uri, entry.certificate, entry.seal):
            assert path is None or (keys / path).is_file(), entry
    assert trust.of_keys(keys).pdf_crls


STEPS = {"seal-signer": 4, "pdf-root": 4, "pdf-signer": 3, "code-signer": 2}
"""Files that a rotation puts in place: key, certificate, seal, ring, a new root's list."""


@pytest.mark.parametrize(
    ("role", "step"), [(role, step) for role, steps in STEPS.items() for step in range(steps)]
)
def test_a_rotation_that_is_killed_changes_nothing_and_is_done_again(
    role, step, tmp_path, monkeypatch
):
    keys = world.developed(tmp_path / "keys")
    role = Role(role)
    authority = USCC if role.of_an_authority else None

    def rotate():
        development_rotation.make_next(keys, role, authority, NOW, NOW)

    before = key_ring.load(keys)
    assert killed_at(step, monkeypatch, rotate)
    sound(keys)
    after = key_ring.load(keys)
    assert after == before or len(after.entries) == len(before.entries) + 1
    development.create_authorities(keys, NOW)
    rotate()
    sound(keys)
    assert key_folder.load_seal_signer(keys, USCC, NOW)
    assert key_ring.load(keys).signing(role, authority, NOW).id != before.of(role, authority)[0].id


@pytest.mark.parametrize("step", range(2))
def test_a_revocation_that_is_killed_is_completed_by_doing_it_again(step, tmp_path, monkeypatch):
    keys = world.developed(tmp_path / "keys")
    entry = world.one(keys, "pdf-signer", USCC)

    def revoke():
        key_changes.revoke(keys, entry.id, "keyCompromise", NOW - DAY, NOW)

    assert killed_at(step, monkeypatch, revoke)
    sound(keys)
    revoke()
    (listed,) = certificates.revocations((keys / "crls/pdf.crl").read_bytes())
    assert listed.revoked_at == NOW - DAY


@pytest.mark.parametrize("step", range(2))
def test_an_import_that_is_killed_is_not_there_and_is_done_again(step, tmp_path, monkeypatch):
    keys, ceremony = tmp_path / "keys", world.Ceremony()
    ceremony.bring_roots(keys)
    key = certificates.new_key()
    uri = world.key_file(tmp_path, "pdf.key", key)
    certificate = ceremony.pdf_certificate(key.public_key())

    def bring():
        world.bring(keys, "pdf-signer", USCC, uri=uri, certificate=certificate)

    assert killed_at(step, monkeypatch, bring)
    assert key_ring.load(keys).of(Role.PDF_SIGNER, USCC) == ()
    bring()
    assert key_folder.load_pdf_signer(keys, USCC, NOW)


# --- any changes ------------------------------------------------------------------------------

ROLES = [Role.CODE_SIGNER, Role.LIST_SIGNER]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["rotate", "retire", "revoke"]),
        st.sampled_from(ROLES),
        st.integers(0, 3),
        st.integers(-5, 5),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return world.developed(tmp_path_factory.mktemp("any") / "keys")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(changes=CHANGES)
def test_whatever_is_done_nothing_published_is_lost_and_nothing_revoked_is_believed_again(
    template, changes
):
    with key_ring.changing(template) as file:
        first = tuple(one for one in file.ring.entries if one.id.endswith("-1"))
        untouched = (
            replace(one, retired_at=None, revoked_at=None, compromised_from=None, reason=None)
            for one in first
        )
        file.write(replace(file.ring, entries=tuple(untouched)))
    distrusted, known = {}, set()
    for number, (change, role, which, days) in enumerate(changes):
        now = NOW + number * DAY
        entries = key_ring.load(template).of(role)
        entry = entries[which % len(entries)]
        try:
            if change == "rotate":
                since = now + max(0, days) * DAY
                development_rotation.make_next(template, role, None, since, now)
            elif change == "retire":
                key_changes.retire(template, entry.id, now + days * DAY)
            else:
                key_changes.revoke(template, entry.id, "keyCompromise", now + days * DAY, now)
        except CannotSign:
            continue
        ring = key_ring.load(template)
        listed = {(one.id, one.public) for one in ring.entries}
        assert known <= listed
        known = listed
        for one in ring.entries:
            since = one.distrusted_from
            assert distrusted.get(one.id) is None or since <= distrusted[one.id]
            distrusted[one.id] = since
            if one.revoked_at is not None:
                assert one.state_at(now) is State.REVOKED
        verified = {one.kid: one.revoked_at for one in key_ring.verifying_keys(template, role)}
        assert verified == {one.kid: one.distrusted_from for one in ring.of(role)}
