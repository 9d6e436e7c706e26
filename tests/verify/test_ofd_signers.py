"""Only a seal that its maker made, used by whom it lists, with both below the pinned root."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import genuine
import pytest
from altering_ofds import replaced

from renderer import raster
from signing import der, der_reader, ofd_seal, ses, ses_build, ses_sign, sm2_certificates, sm2_crl
from signing.libcrypto import Sm2PrivateKey
from signing.sm2_certificates import KeyUsage
from verify import ofd, ofd_package
from verify.check import CheckState
from verify.verdict import all_passed

DAY = timedelta(days=1)
YEARS = timedelta(days=3650)
ROOT_NAME = sm2_certificates.name("测试印章根", "测试")
SIGNING = KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION
ISSUING = KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN
SIGNER_SERIAL, MAKER_SERIAL = 4711, 4712
FAILED, UNTOLD = CheckState.FAILED, CheckState.NOT_CHECKED


@cache
def key(role: str) -> Sm2PrivateKey:
    assert role
    return Sm2PrivateKey.generate()


def certificate(role: str, **changes) -> bytes:
    """A certificate that the root issues to a role, unless told otherwise."""
    values = {
        "subject": ROOT_NAME
        if role == "root"
        else sm2_certificates.name(f"测试 {role}", "测试", genuine.USCC),
        "issuer": ROOT_NAME,
        "point": key(role).public.point,
        "issuer_key": key("root"),
        "serial": {"signer": SIGNER_SERIAL, "maker": MAKER_SERIAL}.get(role, 99),
        "not_before": genuine.FOUNDED,
        "not_after": genuine.NOW + YEARS,
        "key_usage": SIGNING,
    }
    return sm2_certificates.issue(**{**values, **changes})


@cache
def root() -> bytes:
    return certificate("root", ca=True, key_usage=ISSUING)


def crl(*revoked: sm2_crl.Revoked, made: datetime = genuine.FOUNDED, lasts=30 * DAY) -> bytes:
    return sm2_crl.build_crl(
        issuer=ROOT_NAME,
        issuer_key=key("root"),
        number=1,
        this_update=made,
        next_update=made + lasts,
        revoked=revoked,
    )


@dataclass(frozen=True)
class Parts:
    """Certificates and roles of one sealing; keys go by the role's name."""

    signer: bytes
    maker: bytes
    listed: tuple[bytes, ...]
    signer_role: str = "signer"
    maker_role: str = "maker"
    valid_from: datetime = genuine.FOUNDED
    valid_to: datetime = genuine.NOW + YEARS


def parts(**changes) -> Parts:
    signer = changes.pop("signer", None) or certificate("signer")
    values = {"signer": signer, "maker": certificate("maker"), "listed": (signer,)}
    return Parts(**{**values, **changes})


@pytest.fixture(autouse=True)
def _signs_anything(monkeypatch):
    """The honest signer refuses what it must; an attacker's program does not."""
    monkeypatch.setattr(ses_sign, "_require_valid", lambda *_: None)
    for module in (ses_build, ses_sign):
        monkeypatch.setattr(module, "require_own", lambda *_: None)


def seal_of(used: Parts) -> bytes:
    content = ses.SealContent(
        id="45010000000001",
        name=genuine.NAME,
        picture=raster.seal_png(genuine.house().art, 72),
        width=42,
        height=42,
        signers=used.listed,
        created=genuine.FOUNDED,
        valid_from=used.valid_from,
        valid_to=used.valid_to,
    )
    return ses.make_seal(content, key(used.maker_role), used.maker)


def sealed(used: Parts, seal: bytes | None = None, at: datetime = genuine.SIGNED) -> bytes:
    signer = ofd_seal.SealSigner(key(used.signer_role), used.signer, seal or seal_of(used))
    return genuine.seal_ofd(_package(), signer, at=at)


@cache
def _package() -> bytes:
    return genuine.plain_ofd()


def states(data: bytes, roots=None, crls=None, at=genuine.NOW) -> dict[str, CheckState]:
    """The checks that are not passed, with their states."""
    anchors = replace(
        genuine.house().anchors,
        seal_roots=(root(),) if roots is None else tuple(roots),
        seal_crls=(crl(),) if crls is None else tuple(crls),
    )
    checks = ofd.examine(data, anchors, at).checks
    assert all_passed(checks) == all(check.state is CheckState.PASSED for check in checks)
    return {check.id: check.state for check in checks if check.state is not CheckState.PASSED}


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
