"""Only a signer whom the pinned root vouches for, for this purpose, then and still now."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import genuine
import pytest
from certified_signers import (
    DAY,
    DOCUMENTS,
    ROOT_KEY,
    ROOT_NAME,
    SIGNER_KEY,
    SUBJECT,
    YEARS,
    certificate,
    crl,
    file_of,
    states,
    usage,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID
from rsa_signers import RSA_SHA1_OID, SHA1_OID, SHA256_OID, rsa_file

from signing import certificates
from verify.check import CheckState

UNTRUSTED = {"pdf_certificate": CheckState.FAILED, "pdf_revocation": CheckState.NOT_CHECKED}


def test_a_signer_of_the_pinned_root_passes():
    assert states(file_of(certificate())) == {}


def test_a_signer_below_an_intermediate_passes_if_both_have_a_list():
    key = certificates.new_key()
    name = certificates.name("中级", "测试")
    between = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(long_root().subject)
        .public_key(key.public_key())
        .serial_number(99)
        .not_valid_before(genuine.FOUNDED)
        .not_valid_after(genuine.NOW + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT_KEY.public_key()), False
        )
        .sign(ROOT_KEY, SHA256())
    )
    data = file_of(certificate(issuer=between, issuer_key=key), chain=(between,))
    own = crl(key=key, issuer=between)
    assert states(data, roots=(long_root(),), crls=(crl(issuer=long_root()), own)) == {}
    assert states(data, roots=(long_root(),), crls=(own,)) == {
        "pdf_revocation": CheckState.NOT_CHECKED
    }


def root(path_length: int | None, **uses: bool) -> x509.Certificate:
    """A root with as many authorities below it (None: any), for those uses."""
    return (
        x509.CertificateBuilder()
        .subject_name(ROOT_NAME)
        .issuer_name(ROOT_NAME)
        .public_key(ROOT_KEY.public_key())
        .serial_number(1)
        .not_valid_before(genuine.FOUNDED)
        .not_valid_after(genuine.NOW + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage(**uses), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ROOT_KEY.public_key()), False)
        .sign(ROOT_KEY, SHA256())
    )


@cache
def long_root() -> x509.Certificate:
    """A root that may have authorities below it."""
    return root(None, key_cert_sign=True, crl_sign=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
        {"purposes": [*DOCUMENTS, ExtendedKeyUsageOID.SERVER_AUTH]},
        {"purposes": [*DOCUMENTS, ExtendedKeyUsageOID.CLIENT_AUTH]},
        {"purposes": [ExtendedKeyUsageOID.EMAIL_PROTECTION]},
        {"purposes": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]},
        {"purposes": None},
        {"key_usage": usage(key_encipherment=True)},
        {"key_usage": usage(digital_signature=True, key_cert_sign=True)},
        {"ca": True, "key_usage": usage(digital_signature=True, key_cert_sign=True)},
        {"begins": genuine.SIGNED + timedelta(minutes=1)},
        {"ends": genuine.SIGNED - timedelta(minutes=1)},
    ],
    ids=["TLS", "TLS too", "client", "mail only", "any", "none", "encipherment", "issuing",
         "authority", "not yet", "expired"],
)  # fmt: skip
def test_a_certificate_for_something_else_or_another_time_fails(changes):
    assert states(file_of(certificate(**changes))) == UNTRUSTED


def test_an_attacker_with_the_same_names_and_serial_number_fails():
    attacker = certificates.new_key()
    fake_root = certificates.issue_root(attacker, ROOT_NAME, genuine.FOUNDED, YEARS)
    forged = certificate(issuer=fake_root, issuer_key=attacker)
    assert states(file_of(forged)) == UNTRUSTED
    assert states(file_of(forged, chain=(fake_root,))) == UNTRUSTED


def test_a_self_signed_signer_fails():
    own = certificates.issue_root(SIGNER_KEY, SUBJECT, genuine.FOUNDED, YEARS)
    assert states(file_of(own)) == UNTRUSTED


def test_a_certificate_that_is_not_of_the_key_fails():
    data = file_of(certificate(), key=certificates.new_key())
    assert states(data)["pdf_signature"] is CheckState.FAILED


def test_a_signer_whose_certificate_names_no_organisation_is_not_matched_with_the_authority():
    anonymous = certificate(subject=certificates.name("南宁市住建局", "南宁市住建局"))
    assert states(file_of(anonymous)) == {"pdf_authority": CheckState.NOT_CHECKED}


def test_without_a_pinned_root_nothing_is_said_about_the_signer():
    assert states(file_of(certificate()), roots=()) == {
        "pdf_certificate": CheckState.NOT_CHECKED,
        "pdf_revocation": CheckState.NOT_CHECKED,
    }


def test_certificates_that_have_nothing_to_do_with_the_signature_fail():
    stranger = certificates.issue_root(
        certificates.new_key(), certificates.name("路人", "路人"), genuine.FOUNDED, YEARS
    )
    assert states(file_of(certificate(), chain=(stranger,))) == UNTRUSTED


# --- time ----------------------------------------------------------------------------------------


def test_a_certificate_that_has_expired_since_needs_a_proof_of_time():
    """Whoever has the expired key today states any time: see test_pdf_proof_of_time."""
    one = certificate(ends=genuine.NOW + DAY)
    later = genuine.NOW + 20 * DAY
    assert states(file_of(one), at=genuine.NOW + DAY) == {}
    assert states(file_of(one), at=later) == {"pdf_certificate": CheckState.NOT_CHECKED}


def test_a_signing_time_in_the_future_fails():
    data = file_of(certificate(), signed_at=genuine.NOW + timedelta(minutes=6))
    assert states(data) == UNTRUSTED


def test_a_clock_a_little_ahead_is_forgiven():
    data = file_of(certificate(), signed_at=genuine.NOW + timedelta(minutes=4))
    assert states(data) == {}


# --- revocation ----------------------------------------------------------------------------------

REVOKED = {"pdf_revocation": CheckState.FAILED}
UNTOLD = {"pdf_revocation": CheckState.NOT_CHECKED}


@pytest.mark.parametrize("since", [genuine.SIGNED - DAY, genuine.SIGNED, genuine.NOW])
def test_a_revoked_signer_fails_whenever_it_was_revoked(since):
    taken_back = certificates.Revocation(4711, since)
    assert states(file_of(certificate()), crls=(crl(taken_back),)) == REVOKED


def test_a_revoked_signer_fails_even_by_a_list_that_is_out_of_date():
    old = crl(certificates.Revocation(4711, genuine.FOUNDED), lasts=timedelta(hours=1))
    assert states(file_of(certificate()), crls=(old,)) == REVOKED
    assert states(file_of(certificate()), crls=(crl(), old)) == REVOKED


def test_another_revoked_certificate_does_not_matter():
    other = crl(certificates.Revocation(4712, genuine.FOUNDED))
    assert states(file_of(certificate()), crls=(other,)) == {}


def test_without_a_list_revocation_is_not_checked():
    assert states(file_of(certificate()), crls=()) == UNTOLD


def test_a_list_that_is_out_of_date_says_nothing():
    assert states(file_of(certificate()), crls=(crl(lasts=DAY),)) == UNTOLD


def test_a_list_by_somebody_else_says_nothing():
    key = certificates.new_key()
    assert states(file_of(certificate()), crls=(crl(key=key),)) == UNTOLD
    other = certificates.issue_root(key, certificates.name("别人", "别人"), genuine.FOUNDED, YEARS)
    assert states(file_of(certificate()), crls=(crl(key=key, issuer=other),)) == UNTOLD
    assert states(file_of(certificate()), crls=(crl(issuer=other),)) == UNTOLD


def test_a_list_by_an_issuer_that_may_not_sign_lists_says_nothing():
    silent = root(0, key_cert_sign=True)
    data = file_of(certificate())
    assert states(data, roots=(silent,), crls=(crl(issuer=silent),)) == UNTOLD
    assert states(data, crls=(crl(issuer=silent),)) == {}


@pytest.mark.parametrize("broken", [b"", b"\x30\x00", b"noise" * 100])
def test_a_list_that_cannot_be_read_says_nothing(broken):
    assert states(file_of(certificate()), crls=(broken,)) == UNTOLD
    assert states(file_of(certificate()), crls=(broken, crl())) == {}


# --- algorithms ----------------------------------------------------------------------------------


def test_rsa_of_2048_bits_passes():
    assert states(rsa_file(2048)) == {}


def test_rsa_of_1024_bits_fails():
    assert states(rsa_file(1024))["pdf_algorithms"] is CheckState.FAILED


@pytest.mark.parametrize(
    ("digest", "signature"), [(SHA1_OID, RSA_SHA1_OID), (SHA256_OID, RSA_SHA1_OID)]
)
def test_sha1_fails(digest, signature):
    assert states(rsa_file(2048, digest, signature))["pdf_algorithms"] is CheckState.FAILED


@pytest.mark.parametrize("curve", [ec.SECP224R1(), ec.SECP256K1(), ec.BrainpoolP256R1()])
def test_other_curves_fail(curve):
    key = ec.generate_private_key(curve)
    found = states(file_of(certificate(key=key), key=key))
    assert found["pdf_algorithms"] is CheckState.FAILED
