"""The ring: who signs at a moment, what stays for ever, and what is refused of a broken file."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import p256_world as world
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from signing import atomic, development, key_entry, key_entry_reading, key_ring, trust
from signing.errors import CannotSign, SigningError
from signing.key_entry import Entry, Role, State
from signing.key_ring import BrokenRing, KeyRing, NoActiveKey

DAY = timedelta(days=1)


def public(name="one"):
    key = world.private_key(name).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key_entry.public_pem(spki)


def entry(number=1, role=Role.CODE_SIGNER, active_from=world.NOW, **others):
    made = Entry(
        id=f"{role}-{number}",
        role=role,
        authority=None,
        uri=f"code-{number}.key",
        certificate=None,
        seal=None,
        public=public(f"ring {number}"),
        created_at=active_from,
        active_from=active_from,
    )
    return replace(made, **others)


def ring(*entries, folder=None):
    return KeyRing(folder, tuple(entries))


@pytest.fixture
def folder(tmp_path):
    """A folder of keys with a development authority's ring."""
    keys = tmp_path / "keys"
    development.create_authorities(keys, world.NOW)
    return keys


def at(days):
    return world.NOW + days * DAY


# --- who signs ------------------------------------------------------------------------------


def test_the_newest_active_key_signs():
    keys = ring(entry(1), entry(2, active_from=at(10)), entry(3, active_from=at(20)))
    assert keys.signing(Role.CODE_SIGNER, None, at(5)).id == "code-signer-1"
    assert keys.signing(Role.CODE_SIGNER, None, at(10)).id == "code-signer-2"
    assert keys.signing(Role.CODE_SIGNER, None, at(99)).id == "code-signer-3"


def test_of_two_keys_of_the_same_moment_the_later_entered_signs():
    assert ring(entry(1), entry(2)).signing(Role.CODE_SIGNER, None, at(0)).id == "code-signer-2"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.ACTIVE),
        ({"active_from": at(2)}, State.UPCOMING),
        ({"retired_at": at(1)}, State.RETIRED),
        ({"retired_at": at(2)}, State.ACTIVE),
        ({"revoked_at": at(1)}, State.REVOKED),
        ({"revoked_at": at(1), "retired_at": at(0)}, State.REVOKED),
        ({"revoked_at": at(1), "active_from": at(2)}, State.REVOKED),
    ],
)
def test_only_an_active_key_signs(changes, state):
    one = entry(**changes)
    assert one.state_at(at(1)) is state
    if state is State.ACTIVE:
        assert ring(one).signing(Role.CODE_SIGNER, None, at(1)) is one
    else:
        with pytest.raises(NoActiveKey, match="code-signer"):
            ring(one).signing(Role.CODE_SIGNER, None, at(1))


def test_no_key_signs_in_another_role_or_for_another_authority():
    keys = ring(entry(1, Role.LIST_SIGNER))
    with pytest.raises(NoActiveKey):
        keys.signing(Role.CODE_SIGNER, None, at(1))
    own = entry(1, Role.PDF_SIGNER, authority=world.USCC, certificate="a.pem")
    with pytest.raises(NoActiveKey, match="91450100MA500011XT"):
        ring(own).signing(Role.PDF_SIGNER, "91450100MA500011XT", at(1))


def test_what_is_disbelieved_begins_with_the_compromise_not_with_its_discovery():
    one = entry(revoked_at=at(5), compromised_from=at(3))
    assert one.distrusted_from == at(3)
    assert replace(one, compromised_from=None).distrusted_from == at(5)
    assert entry(retired_at=at(1)).distrusted_from is None


moments = st.integers(0, 40).map(at)


@given(st.lists(st.tuples(moments, st.none() | moments, st.none() | moments), max_size=6), moments)
def test_whoever_signs_is_active_and_none_active_is_newer(rows, moment):
    keys = ring(
        *(
            entry(number, active_from=begin, retired_at=end, revoked_at=revoked)
            for number, (begin, end, revoked) in enumerate(rows)
        )
    )
    active = [one for one in keys.entries if one.state_at(moment) is State.ACTIVE]
    if not active:
        with pytest.raises(NoActiveKey):
            keys.signing(Role.CODE_SIGNER, None, moment)
        return
    found = keys.signing(Role.CODE_SIGNER, None, moment)
    assert found in active
    assert found.active_from == max(one.active_from for one in active)


# --- what is written and read ----------------------------------------------------------------


def test_an_entry_is_read_as_it_was_written():
    one = entry(retired_at=at(1), revoked_at=at(2), compromised_from=at(1), reason="keyCompromise")
    assert key_entry_reading.read(json.loads(json.dumps(one.as_json()))) == one


def test_times_are_written_in_utc_whatever_zone_they_came_in():
    moment = datetime.fromisoformat("2026-11-21T16:00:00+08:00")
    assert key_entry.written(moment) == "2026-11-21T08:00:00Z"
    assert key_entry_reading.read(entry(active_from=moment).as_json()).active_from == world.NOW


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("role", "signer", "no role"),
        ("role", None, "role is missing"),
        ("authority", world.USCC, "authority"),
        ("id", "../x", "no id"),
        ("uri", "../../etc/shadow", "within the folder"),
        ("uri", "/etc/shadow", "within the folder"),
        ("seal", "a/../../b", "within the folder"),
        ("public", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no public key"),
        ("public", "-----BEGIN PUBLIC KEY-----", "no public key"),
        ("public", 7, "no text"),
        ("public", "x" * 5000, "no text"),
        ("created_at", "2026-11-21", "no moment"),
        ("active_from", None, "missing"),
        ("retired_at", "2026-13-01T00:00:00Z", "no moment"),
        ("compromised_from", "2026-11-21T08:00:00Z", "not revoked"),
    ],
)
def test_a_wrong_member_is_named(folder, member, value, said):
    path = folder / key_ring.RING
    content = json.loads(path.read_bytes())
    (number,) = [n for n, one in enumerate(content["entries"]) if one["role"] == "code-signer"]
    content["entries"][number][member] = value
    path.write_text(json.dumps(content))
    with pytest.raises(BrokenRing, match=f"entry {number + 1}: .*{said}") as caught:
        key_ring.load(folder)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"version": 2, "entries": []}',
        b'{"version": 1}',
        b'{"version": 1, "entries": {}}',
        b'{"version": 1, "entries": [1]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_ring_is_refused_not_replaced(folder, content):
    path = folder / key_ring.RING
    path.write_bytes(content)
    for use in (key_ring.load, development.code_key, trust.of_keys):
        with pytest.raises(BrokenRing):
            use(folder)
    with pytest.raises(BrokenRing):
        development.create_authorities(folder, world.NOW)
    assert path.read_bytes() == content


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_noise_is_never_more_than_a_broken_ring(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("noise")
    (folder / key_ring.RING).write_bytes(noise)
    with pytest.raises(BrokenRing):
        key_ring.load(folder)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(entry().as_json())), json_values))
def test_any_members_are_an_entry_or_a_malformed_one(members):
    try:
        found = key_entry_reading.read(entry().as_json() | members)
    except key_entry_reading.MalformedEntry:
        return
    assert key_entry_reading.read(found.as_json()) == found


def test_two_entries_of_one_id_are_refused(folder):
    path = folder / key_ring.RING
    content = json.loads(path.read_bytes())
    content["entries"].append(content["entries"][0])
    path.write_text(json.dumps(content))
    with pytest.raises(BrokenRing, match="the same id"):
        key_ring.load(folder)


def test_the_ring_is_the_owners_and_holds_nothing_secret(folder):
    path = folder / key_ring.RING
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE" not in path.read_bytes()
    for key in folder.rglob("*.key"):
        for line in key.read_bytes().splitlines()[1:-1]:
            assert line not in path.read_bytes()


def test_a_ring_that_did_not_change_is_read_once(folder):
    assert key_ring.load(folder) is key_ring.load(folder)
    with key_ring.changing(folder) as file:
        file.write(file.ring.adding(entry(9)))
    assert key_ring.load(folder).by_id("code-signer-9")


def test_a_change_that_fails_leaves_the_ring_as_it_was(folder, monkeypatch):
    before = (folder / key_ring.RING).read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), key_ring.changing(folder) as file:
        file.write(file.ring.adding(entry(9)))
    assert (folder / key_ring.RING).read_bytes() == before


def test_changes_at_once_lose_none(folder):
    def add(number):
        with key_ring.changing(folder) as file:
            file.write(file.ring.adding(entry(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(10, 34)))
    ids = {one.id for one in key_ring.load(folder).entries}
    assert {f"code-signer-{number}" for number in range(10, 34)} <= ids


def test_a_key_that_nobody_knows_is_named(folder):
    with pytest.raises(CannotSign, match="code-signer-7"):
        key_ring.load(folder).by_id("code-signer-7")


# --- what is verified with --------------------------------------------------------------------


def test_every_key_that_ever_signed_is_verified_with(folder):
    with key_ring.changing(folder) as file:
        more = (
            entry(2, retired_at=at(-1)),
            entry(3, revoked_at=at(-1), compromised_from=at(-3)),
            entry(4, active_from=at(400)),
        )
        for one in more:
            file.write(file.ring.adding(one))
    found = key_ring.verifying_keys(folder, Role.CODE_SIGNER)
    assert [one.revoked_at for one in found] == [None, None, at(-3), None]
    assert found[0].kid == development.code_key(folder).kid
    assert [one.kid for one in found[1:]] == [world.key(f"ring {n}").kid for n in (2, 3, 4)]


def test_without_any_private_key_everything_is_still_verified_with(folder):
    before = trust.of_keys(folder)
    for path in folder.rglob("*.key"):
        path.unlink()
    after = trust.of_keys(folder)
    assert after == before
    with pytest.raises(SigningError):
        development.code_key(folder)


def test_a_key_of_another_kind_verifies_no_codes(folder):
    spki = b"0*0\x05\x06\x03+ep\x03!\x00" + bytes(32)  # Ed25519
    with key_ring.changing(folder) as file:
        file.write(file.ring.adding(entry(9, public=key_entry.public_pem(spki))))
    with pytest.raises(BrokenRing):
        key_ring.verifying_keys(folder, Role.CODE_SIGNER)


# --- folders from before ----------------------------------------------------------------------


def test_a_folder_without_a_ring_is_taken_over_once(folder):
    development.create_signer(
        folder, world.AUTHORITY, world.USCC, world.picture(), (42, 42), world.NOW
    )
    path, code = folder / key_ring.RING, development.code_key(folder)
    known = {(one.id, one.kid, one.uri) for one in key_ring.load(folder).entries}
    path.unlink()
    assert development.code_key(folder) is code
    assert {(one.id, one.kid, one.uri) for one in key_ring.load(folder).entries} == known
    assert development.load_seal_signer(folder, world.USCC)
    assert path.exists()


def test_a_half_made_authority_is_not_taken_over(folder):
    development.create_signer(
        folder, world.AUTHORITY, world.USCC, world.picture(), (42, 42), world.NOW
    )
    (folder / key_ring.RING).unlink()
    (folder / "authorities" / world.USCC / "seal.esl").unlink()
    found = key_ring.load(folder)
    assert found.of(Role.PDF_SIGNER, world.USCC)
    assert not found.of(Role.SEAL_SIGNER, world.USCC)


def test_roots_are_taken_over_without_their_keys(folder):
    (folder / key_ring.RING).unlink()
    for name in ("pdf-root.key", "seal-root.key"):
        (folder / name).unlink()
    roots = [key_ring.load(folder).of(role)[0] for role in (Role.PDF_ROOT, Role.SEAL_ROOT)]
    assert [one.uri for one in roots] == [None, None]
    assert len(trust.of_keys(folder).pdf_roots) == 1


def test_a_folder_that_may_only_be_read_is_taken_over_each_time(folder, monkeypatch):
    (folder / key_ring.RING).unlink()

    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic, "lock", forbidden)
    assert trust.of_keys(folder).code_keys
    assert not (folder / key_ring.RING).exists()


def test_an_empty_folder_has_an_empty_ring_and_stays_empty(tmp_path):
    assert key_ring.load(tmp_path).entries == ()
    assert list(tmp_path.iterdir()) == []


def test_the_entries_of_a_takeover_begin_when_their_certificates_do(folder):
    (folder / key_ring.RING).unlink()
    (root,) = key_ring.load(folder).of(Role.PDF_ROOT)
    assert root.active_from <= world.NOW
    assert root.active_from.tzinfo is UTC
