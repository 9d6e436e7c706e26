"""Rotation, retirement, revocation: who signs after it, and what is said of what was signed."""

from datetime import timedelta

import keys_world as world
import pytest
from cryptography import x509
from keys_world import DAY, NOW, USCC

from signing import (
    certificates,
    development,
    development_rotation,
    key_changes,
    key_folder,
    key_publication,
    key_ring,
    ses_parse,
    sm2_certificates,
    sm2_chain,
    trust,
)
from signing.errors import CannotSign, KeyUnavailable
from signing.key_entry import Role, State

EXPIRED_CERTS_ON_CRL = x509.ObjectIdentifier("2.5.29.60")
SHARED = (Role.PDF_ROOT, Role.SEAL_ROOT, Role.SEAL_MAKER, Role.CODE_SIGNER, Role.LIST_SIGNER)
OWN = (Role.PDF_SIGNER, Role.SEAL_SIGNER)


@pytest.fixture
def keys(tmp_path):
    return world.developed(tmp_path / "keys")


def rotate(keys, role, *, since=NOW, now=NOW):
    role = Role(role)
    authority = USCC if role.of_an_authority else None
    return development_rotation.make_next(keys, role, authority, since, now)


def revoke(keys, entry, since=None, reason="keyCompromise", now=NOW):
    return key_changes.revoke(keys, entry.id, reason, since, now)


def pdf_list(keys, name="pdf.crl"):
    return x509.load_der_x509_crl((keys / "crls" / name).read_bytes())


def revoked_pdfs(keys):
    return certificates.revocations((keys / "crls/pdf.crl").read_bytes())


# --- rotation --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*SHARED, *OWN])
def test_a_new_key_follows_the_one_that_signed(keys, role):
    authority = USCC if role in OWN else None
    old = world.one(keys, role, authority)
    new = rotate(keys, role)
    ring = key_ring.load(keys)
    assert new.kid != old.kid
    assert ring.signing(role, authority, NOW).id == new.id
    assert ring.by_id(old.id).state_at(NOW) is State.RETIRED
    assert ring.by_id(old.id).public == old.public


def test_the_signers_are_those_of_the_new_keys(keys):
    before = key_folder.load_pdf_signer(keys, USCC), key_folder.load_seal_signer(keys, USCC)
    rotate(keys, "pdf-signer")
    rotate(keys, "seal-signer")
    pdf, seal = key_folder.load_pdf_signer(keys, USCC), key_folder.load_seal_signer(keys, USCC)
    assert pdf.certificate != before[0].certificate
    assert seal.certificate != before[1].certificate
    found, old = ses_parse.parse_seal(seal.seal), ses_parse.parse_seal(before[1].seal)
    assert found.lists(seal.certificate)
    assert not found.lists(before[1].certificate)
    assert found.maker_signed()
    assert (found.property.name, found.picture) == (old.property.name, old.picture)


def test_an_overlap_publishes_a_key_before_it_signs(keys):
    old = world.one(keys, "code-signer")
    new = rotate(keys, "code-signer", since=NOW + 7 * DAY)
    assert set(trust.of_keys(keys).code_keys) == {old.kid, new.kid}
    assert key_folder.code_key(keys, NOW).kid == old.kid
    assert key_folder.code_key(keys, NOW + 7 * DAY - timedelta(seconds=1)).kid == old.kid
    assert key_folder.code_key(keys, NOW + 7 * DAY).kid == new.kid
    assert key_ring.load(keys).by_id(old.id).state_at(NOW + 7 * DAY) is State.RETIRED


def test_what_a_retired_key_signed_is_still_verified(keys):
    anchors = trust.of_keys(keys)
    for role in (*SHARED, *OWN):
        rotate(keys, role)
    after = trust.of_keys(keys)
    for name in ("code_keys", "list_keys", "revoked_keys"):
        assert dict(getattr(anchors, name)).items() <= dict(getattr(after, name)).items()
    assert set(anchors.pdf_roots) < set(after.pdf_roots)
    assert set(anchors.seal_roots) < set(after.seal_roots)


def test_after_a_new_root_both_roots_sign_their_own_lists(keys):
    first = key_folder.load_pdf_signer(keys, USCC).certificate
    rotate(keys, "pdf-root")
    rotate(keys, "seal-root")
    rotate(keys, "pdf-signer")
    second = key_folder.load_pdf_signer(keys, USCC).certificate
    roots = [x509.load_der_x509_certificate(one) for one in trust.of_keys(keys).pdf_roots]
    for signer, root, name in zip((first, second), roots, ("pdf.crl", "pdf-2.crl"), strict=True):
        x509.load_der_x509_certificate(signer).verify_directly_issued_by(root)
        assert pdf_list(keys, name).is_signature_valid(root.public_key())
    assert len(trust.of_keys(keys).seal_crls) == 2
    old, _ = key_ring.load(keys).of(Role.PDF_SIGNER, USCC)
    revoke(keys, old)
    assert len(pdf_list(keys)) == 1
    assert len(pdf_list(keys, "pdf-2.crl")) == 0


def test_new_certificates_are_below_the_newest_root_and_seals_by_the_newest_maker(keys):
    rotate(keys, "seal-root")
    rotate(keys, "seal-maker")
    rotate(keys, "seal-signer")
    signer = key_folder.load_seal_signer(keys, USCC)
    _, root = map(sm2_certificates.parse, key_publication.roots(keys, Role.SEAL_ROOT))
    seal = ses_parse.parse_seal(signer.seal)
    for one in (signer.certificate, seal.maker_certificate):
        checks = sm2_chain.verify(sm2_certificates.parse(one), [], [root], [], NOW)
        assert {check.state for check in checks if check.id != "revocation"} == {"passed"}
    _, maker = key_ring.load(keys).of(Role.SEAL_MAKER)
    assert key_publication.chain(keys, maker) == (seal.maker_certificate,)


def test_an_authority_that_never_had_a_seal_cannot_rotate(keys):
    with pytest.raises(CannotSign, match="keys create"):
        development_rotation.make_next(keys, Role.PDF_SIGNER, "91450100MA500011XT", NOW, NOW)


def test_files_that_a_killed_rotation_left_are_not_used_by_the_next(keys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(key_changes, "following", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate(keys, "code-signer")
    assert (keys / "code-2.key").exists()
    assert key_folder.code_key(keys).kid == world.one(keys, "code-signer").kid
    assert rotate(keys, "code-signer").uri == "code-3.key"


# --- retirement ------------------------------------------------------------------------------


def test_a_retired_key_signs_no_more_and_nothing_else_changes(keys):
    lists = [path.read_bytes() for path in sorted((keys / "crls").iterdir())]
    entry = world.one(keys, "code-signer")
    key_changes.retire(keys, entry.id, NOW)
    with pytest.raises(key_ring.NoActiveKey):
        key_folder.code_key(keys, NOW)
    anchors = trust.of_keys(keys)
    assert entry.kid in anchors.code_keys
    assert not anchors.revoked_keys
    assert [path.read_bytes() for path in sorted((keys / "crls").iterdir())] == lists


def test_a_key_may_be_retired_ahead_of_time(keys):
    entry = world.one(keys, "code-signer")
    key_changes.retire(keys, entry.id, NOW + DAY)
    assert key_folder.code_key(keys, NOW).kid == entry.kid
    with pytest.raises(key_ring.NoActiveKey):
        key_folder.code_key(keys, NOW + DAY)


def test_what_is_over_is_not_ended_again(keys):
    entry = world.one(keys, "code-signer")
    key_changes.retire(keys, entry.id, NOW)
    with pytest.raises(CannotSign, match="retired since 2026-11-21"):
        key_changes.retire(keys, entry.id, NOW + DAY)
    revoke(keys, entry)
    with pytest.raises(CannotSign, match="revoked since 2026-11-21"):
        key_changes.retire(keys, entry.id, NOW + DAY)


# --- revocation ------------------------------------------------------------------------------


def test_a_revoked_pdf_signer_is_on_its_roots_list(keys):
    entry = world.one(keys, "pdf-signer", USCC)
    certificate = x509.load_pem_x509_certificate((keys / entry.certificate).read_bytes())
    assert revoke(keys, entry, since=NOW - 3 * DAY).listed
    crl = pdf_list(keys)
    listed = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    assert listed.revocation_date_utc == NOW
    read = listed.extensions.get_extension_for_class(x509.InvalidityDate).value
    assert read.invalidity_date_utc == NOW - 3 * DAY
    reason = listed.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    with pytest.raises(key_ring.NoActiveKey):
        key_folder.load_pdf_signer(keys, USCC, NOW)


@pytest.mark.parametrize("role", ["seal-signer", "seal-maker"])
def test_a_revoked_key_of_seals_is_on_the_seal_roots_list(keys, role):
    entry = world.one(keys, role, USCC if role == "seal-signer" else None)
    revoke(keys, entry, since=NOW - 3 * DAY, reason="superseded")
    (listed,) = world.sm2_list(keys).revoked.values()
    assert listed.serial == world.serial((keys / entry.certificate).read_bytes())
    assert (listed.at, listed.recorded_at, listed.reason) == (NOW - 3 * DAY, NOW, 4)
    assert len(pdf_list(keys)) == 0


def test_a_revoked_code_key_is_published_as_revoked(keys):
    entry = world.one(keys, "code-signer")
    assert revoke(keys, entry, since=NOW - DAY).listed
    anchors = trust.of_keys(keys)
    assert anchors.revoked_keys == {entry.kid: NOW - DAY}
    assert entry.kid in anchors.code_keys


def test_a_revoked_root_is_not_pinned_any_more(keys):
    root = world.one(keys, "pdf-root")
    rotate(keys, "pdf-root")
    done = revoke(keys, root)
    ring = key_ring.load(keys)
    assert len(trust.of_keys(keys).pdf_roots) == 1
    assert [one.id for one in key_changes.below(ring, done.entry)] == [f"pdf-signer-{USCC}-1"]
    with pytest.raises(key_ring.NoActiveKey):
        key_folder.load_pdf_signer(keys, USCC, NOW)
    assert key_folder.load_seal_signer(keys, USCC, NOW)
    rotate(keys, "pdf-signer")
    assert key_folder.load_pdf_signer(keys, USCC, NOW)


def test_lists_say_that_they_keep_expired_certificates(keys):
    root = x509.load_pem_x509_certificate((keys / "pdf-root.pem").read_bytes())
    (found,) = (one for one in pdf_list(keys).extensions if one.oid == EXPIRED_CERTS_ON_CRL)
    assert not found.critical
    assert found.value.value[2:].decode() == f"{root.not_valid_before_utc:%Y%m%d%H%M%SZ}"
    seal_root = sm2_certificates.parse(key_publication.roots(keys, Role.SEAL_ROOT)[0])
    assert world.sm2_list(keys).keeps_since == seal_root.not_before


def test_entries_stay_on_every_later_list_long_after_the_certificate_expired(keys):
    entries = [world.one(keys, role, USCC) for role in OWN]
    for entry in entries:
        revoke(keys, entry, since=NOW - DAY)
    before = revoked_pdfs(keys), dict(world.sm2_list(keys).revoked)
    for years in (1, 15, 40):
        development.refresh_crls(keys, NOW + years * 365 * DAY)
        assert revoked_pdfs(keys) == before[0] != ()
        assert dict(world.sm2_list(keys).revoked) == before[1]
        assert pdf_list(keys).next_update_utc > NOW + years * 365 * DAY


def test_a_lost_list_is_made_again_from_the_ring(keys):
    revoke(keys, world.one(keys, "pdf-signer", USCC), since=NOW - DAY)
    before = revoked_pdfs(keys)
    (keys / "crls/pdf.crl").unlink()
    development.create_authorities(keys, NOW)
    assert revoked_pdfs(keys) == before != ()


def test_a_revocation_may_turn_out_to_begin_earlier_but_never_later(keys):
    entry = world.one(keys, "pdf-signer", USCC)
    revoke(keys, entry, since=NOW - DAY)
    revoke(keys, entry, since=NOW - 5 * DAY, now=NOW + DAY)
    revoke(keys, entry, since=NOW - 2 * DAY, now=NOW + 2 * DAY)
    revoke(keys, entry, now=NOW + 2 * DAY)
    found = key_ring.load(keys).by_id(entry.id)
    assert (found.revoked_at, found.compromised_from) == (NOW, NOW - 5 * DAY)
    (listed,) = certificates.revocations((keys / "crls/pdf.crl").read_bytes())
    assert (listed.revoked_at, listed.recorded_at) == (NOW - 5 * DAY, NOW)


def test_a_key_is_not_revoked_from_the_future_on_nor_for_any_reason(keys):
    entry = world.one(keys, "code-signer")
    with pytest.raises(CannotSign, match="future"):
        revoke(keys, entry, since=NOW + DAY)
    with pytest.raises(CannotSign, match="no reason"):
        revoke(keys, entry, reason="removeFromCRL")
    assert key_ring.load(keys).by_id(entry.id) == entry


def test_without_the_roots_key_the_ring_knows_and_doing_it_again_completes_it(keys):
    entry, root = world.one(keys, "pdf-signer", USCC), keys / "pdf-root.key"
    content = root.read_bytes()
    root.unlink()
    with pytest.raises(KeyUnavailable, match="pdf-root"):
        revoke(keys, entry)
    with pytest.raises(key_ring.NoActiveKey):
        key_folder.load_pdf_signer(keys, USCC, NOW)
    root.write_bytes(content)
    root.chmod(0o600)
    revoke(keys, entry, now=NOW + DAY)
    assert len(pdf_list(keys)) == 1


def test_after_a_revocation_a_new_key_signs_at_once(keys):
    old = world.one(keys, "code-signer")
    revoke(keys, old)
    new = rotate(keys, "code-signer")
    assert key_folder.code_key(keys, NOW).kid == new.kid
    found = key_ring.load(keys).by_id(old.id)
    assert found.retired_at is None
    assert found.state_at(NOW) is State.REVOKED


@pytest.mark.parametrize("role", SHARED)
def test_the_list_that_a_key_belongs_on_is_known(keys, role):
    ring = key_ring.load(keys)
    successor = rotate(keys, role)
    assert key_changes.has_successor(key_ring.load(keys), world_entry(keys, role), NOW)
    assert not key_changes.has_successor(ring, world_entry(keys, role), NOW)
    assert successor.id.endswith("-2")


def world_entry(keys, role):
    return key_ring.load(keys).of(role)[0]
