"""Only a seal that its maker made, used by whom it lists, with both below the pinned root."""

from __future__ import annotations

from datetime import timedelta

import genuine
import pytest
from altering_ofds import replaced
from sealing_parties import (
    DAY,
    FAILED,
    MAKER_SERIAL,
    SIGNER_SERIAL,
    SIGNING,
    UNTOLD,
    certificate,
    crl,
    key,
    parts,
    seal_of,
    sealed,
    signs_anything,  # noqa: F401 - the fixture all tests here use
    states,
)

from signing import der, der_reader, ofd_seal, sm2_certificates, sm2_crl
from signing.sm2_certificates import KeyUsage
from verify import ofd, ofd_package
from verify.check import CheckState

pytestmark = pytest.mark.usefixtures("signs_anything")


def test_a_seal_below_the_pinned_root_passes():
    assert states(sealed(parts())) == {}


# --- signer --------------------------------------------------------------------------------------


def test_a_signer_whom_the_seal_does_not_list_fails():
    assert states(sealed(parts(listed=(certificate("somebody"),)))) == {"ofd_signer_listed": FAILED}


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": genuine.SIGNED - timedelta(minutes=1)},
        {"not_before": genuine.SIGNED + timedelta(minutes=1)},
        {"key_usage": KeyUsage.KEY_ENCIPHERMENT},
        {"ca": True, "key_usage": SIGNING | KeyUsage.CERTIFICATE_SIGN},
    ],
    ids=["expired", "not yet", "encipherment", "authority"],
)
def test_a_signer_out_of_time_or_for_something_else_fails(changes):
    found = states(sealed(parts(signer=certificate("signer", **changes))))
    assert found["ofd_signer_certificate"] is FAILED


def test_an_attacker_with_the_same_names_and_serial_numbers_fails():
    forged = {"issuer_key": key("attacker")}
    used = parts(signer=certificate("signer", **forged), maker=certificate("maker", **forged))
    assert states(sealed(used)) == {
        "ofd_signer_certificate": FAILED,
        "ofd_maker_certificate": FAILED,
        "ofd_revocation": UNTOLD,
    }


def test_a_signature_by_another_key_than_the_certificate_says_fails():
    assert states(sealed(parts(signer_role="attacker"))) == {"ofd_signer_signature": FAILED}


def test_the_signer_of_another_authority_fails():
    other = certificate("signer", subject=sm2_certificates.name("别", "别", genuine.OTHER_USCC))
    assert states(sealed(parts(signer=other))) == {"ofd_authority": FAILED}


def test_the_development_signer_of_another_authority_fails():
    data = genuine.seal_ofd(signer=genuine.house().other_seal_signer)
    found = ofd.examine(data, genuine.house().anchors, genuine.NOW).checks
    assert {check.id for check in found if check.state is FAILED} == {"ofd_authority"}


# --- maker ---------------------------------------------------------------------------------------


def test_a_seal_that_its_maker_did_not_sign_fails():
    assert states(sealed(parts(maker_role="attacker"))) == {"ofd_maker_signature": FAILED}


def test_a_maker_who_vouches_for_himself_fails():
    own = certificate(
        "attacker",
        issuer=sm2_certificates.name("测试 attacker", "测试", genuine.USCC),
        issuer_key=key("attacker"),
    )
    found = states(sealed(parts(maker=own, maker_role="attacker")))
    assert found == {"ofd_maker_certificate": FAILED, "ofd_revocation": UNTOLD}


def test_a_signer_cannot_make_his_own_seal_certificate():
    """A signer is no authority, so what he issues leads nowhere."""
    below = certificate(
        "attacker",
        issuer=sm2_certificates.name("测试 signer", "测试", genuine.USCC),
        issuer_key=key("signer"),
    )
    found = states(sealed(parts(maker=below, maker_role="attacker")))
    assert found["ofd_maker_certificate"] is FAILED


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_to": genuine.SIGNED - timedelta(seconds=1)},
        {"valid_from": genuine.SIGNED + timedelta(seconds=1)},
    ],
    ids=["expired", "not yet"],
)
def test_a_seal_used_outside_its_validity_fails(changes):
    assert states(sealed(parts(**changes))) == {"ofd_signing_time": FAILED}


def test_a_signing_time_in_the_future_fails():
    data = sealed(parts(), at=genuine.NOW + timedelta(minutes=6))
    assert states(data) == {
        "ofd_signing_time": FAILED,
        "ofd_signer_certificate": FAILED,
        "ofd_maker_certificate": FAILED,
    }


def test_a_seal_that_has_expired_since_does_not_spoil_its_documents():
    used = parts(valid_to=genuine.NOW + DAY)
    assert states(sealed(used), at=genuine.NOW + 20 * DAY) == {}


# --- revocation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [SIGNER_SERIAL, MAKER_SERIAL])
def test_a_revoked_certificate_fails_whenever_it_was_revoked(serial):
    for since in (genuine.FOUNDED, genuine.SIGNED, genuine.NOW):
        taken_back = crl(sm2_crl.Revoked(serial, since))
        assert states(sealed(parts()), crls=(taken_back,)) == {"ofd_revocation": FAILED}


def test_a_revocation_counts_however_old_the_list_is():
    old = crl(sm2_crl.Revoked(SIGNER_SERIAL, genuine.FOUNDED), lasts=DAY)
    assert states(sealed(parts()), crls=(old,)) == {"ofd_revocation": FAILED}


@pytest.mark.parametrize(
    "crls", [(), (crl(lasts=DAY),), (b"noise",)], ids=["none", "out of date", "noise"]
)
def test_without_a_current_list_revocation_is_not_checked(crls):
    assert states(sealed(parts()), crls=crls) == {"ofd_revocation": UNTOLD}


def test_without_a_pinned_root_nothing_is_said_about_the_certificates():
    found = states(sealed(parts()), roots=())
    assert found == {
        "ofd_signer_certificate": UNTOLD,
        "ofd_maker_certificate": UNTOLD,
        "ofd_revocation": UNTOLD,
    }


# --- the signed value ----------------------------------------------------------------------------

SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
SEAL_FILE = "Doc_0/Signs/Sign_0/Seal.esl"


def value_with(change) -> bytes:
    """The honest file with its four outer fields passed through `change`."""
    data = sealed(parts())
    value = ofd_package.read(data).part(SIGNED_VALUE)
    fields, found = der_reader.read(value, der.SEQUENCE).fields(), []
    while fields.more():
        found.append(fields.take().raw)
    return replaced(data, {SIGNED_VALUE: der.sequence(*change(found))})


def raw_form(value: bytes) -> bytes:
    """The same signature as 64 bytes r and s, as one vendor writes it."""
    fields = der_reader.read(value, der.SEQUENCE).fields()
    r, s = fields.take().integer(), fields.take().integer()
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_raw_form_of_the_signature_is_not_ours():
    def change(fields):
        signature = der_reader.read(fields[3], der.BIT_STRING).whole_bits()
        return [*fields[:3], der.bit_string(raw_form(signature))]

    assert states(value_with(change)) == {"ofd_signed_value": FAILED}


def test_a_time_stamp_put_beside_the_signature_is_noticed():
    stamp = der.explicit(0, der.bit_string(b"stamp"))
    assert states(value_with(lambda fields: [*fields, stamp])) == {"ofd_time_stamp": FAILED}


@pytest.mark.parametrize("signature", [
    der.sequence(der.integer(0), der.integer(1)),
    der.sequence(der.integer(1), der.integer(0)),
    der.sequence(der.integer(1), der.integer(2**256 - 1)),
    der.sequence(der.integer(1)), b"", bytes(64), b"\x30\x80\x00\x00",
], ids=["r=0", "s=0", "s too large", "no s", "empty", "zeros", "not DER"])  # fmt: skip
def test_a_malformed_signature_fails(signature):
    found = states(value_with(lambda fields: [*fields[:3], der.bit_string(signature)]))
    assert found["ofd_signed_value"] is FAILED


def test_another_algorithm_fails():
    found = states(value_with(lambda fields: [*fields[:2], der.oid("1.2.3"), fields[3]]))
    assert found["ofd_signed_value"] is FAILED


def test_a_certificate_exchanged_beside_the_signature_fails():
    other = der.octet_string(certificate("signer", serial=5))
    found = states(value_with(lambda fields: [fields[0], other, *fields[2:]]))
    assert found == {"ofd_signer_listed": FAILED}


def test_the_fields_of_one_edition_in_the_frame_of_another_fail():
    found = states(value_with(lambda fields: [fields[0], fields[3]]))
    assert found["ofd_signed_value"] is FAILED


def test_the_signed_value_of_another_file_fails():
    data, other = sealed(parts()), genuine.plain_ofd(model="QTZ125")
    other = genuine.seal_ofd(
        other, ofd_seal.SealSigner(key("signer"), certificate("signer"), seal_of(parts()))
    )
    value = ofd_package.read(other).part(SIGNED_VALUE)
    assert states(replaced(data, {SIGNED_VALUE: value}))["ofd_signature_file"] is FAILED


def test_the_seal_of_another_authority_in_the_seals_file_fails():
    other = genuine.house().other_seal_signer.seal
    found = states(replaced(sealed(parts()), {SEAL_FILE: other}))
    assert found == {
        "ofd_digests": FAILED,
        "ofd_packed_bytes": FAILED,
        "ofd_seal_file": FAILED,
    }


def test_a_foreign_ofd_is_not_ours_and_its_own_checks_are_told():
    """An invoice, say: sound in itself, below a root that nobody here pins, without our data."""
    package = genuine.plain_ofd(attachments=())
    used = parts()
    data = genuine.seal_ofd(package, ofd_seal.SealSigner(key("signer"), used.signer, seal_of(used)))
    examination = ofd.examine(data, genuine.house().anchors, genuine.NOW)
    assert examination.readable
    assert not examination.ours
    found = {check.id: check.state for check in examination.checks}
    assert found["ofd_signer_signature"] is CheckState.PASSED
    assert found["ofd_digests"] is CheckState.PASSED
    assert found["ofd_signer_certificate"] is FAILED
    assert found["ofd_dataset"] is FAILED
