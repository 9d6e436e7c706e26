"""Certificates on P-256 say what they are for, and nothing more."""

import shutil
import subprocess
from datetime import timedelta

import p256_world as world
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import certificates
from signing.certificates import Revocation
from signing.errors import MalformedCertificate

ROOT, SIGNER = world.root(), world.certificate()
DER = SIGNER.public_bytes(Encoding.DER)


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def crl(*revocations, now=world.NOW):
    key = world.private_key("root")
    return certificates.issue_crl(ROOT, key, revocations, now, timedelta(days=30))


def test_a_signer_may_sign_documents_and_nothing_else():
    usage = extension(SIGNER, x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not usage.value.crl_sign
    assert not usage.value.key_agreement
    purposes = list(extension(SIGNER, x509.ExtendedKeyUsage).value)
    assert certificates.DOCUMENT_SIGNING in purposes
    assert ExtendedKeyUsageOID.SERVER_AUTH not in purposes
    assert ExtendedKeyUsageOID.CLIENT_AUTH not in purposes
    assert ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in purposes
    constraints = extension(SIGNER, x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca


def test_a_root_may_issue_signers_and_lists_but_no_further_authorities():
    usage = extension(ROOT, x509.KeyUsage).value
    assert usage.key_cert_sign
    assert usage.crl_sign
    assert not usage.digital_signature
    constraints = extension(ROOT, x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)


def test_key_identifiers_lead_from_the_signer_to_the_root():
    above = extension(ROOT, x509.SubjectKeyIdentifier).value.digest
    assert extension(SIGNER, x509.AuthorityKeyIdentifier).value.key_identifier == above
    assert extension(SIGNER, x509.SubjectKeyIdentifier).value.digest != above
    SIGNER.verify_directly_issued_by(ROOT)


def test_a_signer_does_not_outlive_its_root():
    key = world.private_key("root")
    issued = certificates.issue_signer(
        ROOT, key, key.public_key(), ROOT.subject, world.NOW, 100 * world.YEAR
    )
    assert issued.not_valid_after_utc == ROOT.not_valid_after_utc
    assert SIGNER.not_valid_after_utc == world.NOW + world.YEAR


def test_a_certificate_begins_an_hour_before_its_issue():
    assert SIGNER.not_valid_before_utc == world.NOW - timedelta(hours=1)


def test_no_two_certificates_have_one_number():
    numbers = {world.certificate().serial_number, world.root().serial_number}
    assert len(numbers) == 2
    assert all(0 < number < 2**160 for number in numbers)


def test_the_organisations_code_is_in_the_subject():
    assert certificates.organisation_code(DER) == world.USCC
    assert certificates.organisation_code(ROOT.public_bytes(Encoding.DER)) is None


def test_a_name_too_long_for_a_certificate_is_cut():
    common_name = certificates.shortened("长" * 100, "（开发）")
    assert common_name == "长" * 17 + "（开发）"
    name = certificates.name(common_name, "长" * 100, world.USCC)
    assert [len(a.value) for a in name if a.value.startswith("长")] == [64, 21]
    with pytest.raises(MalformedCertificate):
        certificates.name("长" * 22, "长")


def test_a_name_that_fits_is_not_cut():
    name = "广西壮族自治区住房和城乡建设厅"
    assert certificates.shortened(name, "（开发）") == name + "（开发）"


def test_a_list_revokes_and_reads_back():
    reason = x509.ReasonFlags.key_compromise
    entries = (Revocation(9, world.NOW, reason), Revocation(5, world.NOW - timedelta(days=1)))
    data = crl(*entries)
    found = x509.load_der_x509_crl(data)
    assert found.is_signature_valid(ROOT.public_key())
    assert set(certificates.revocations(data)) == set(entries)
    assert found.next_update_utc == world.NOW + timedelta(days=30)
    assert certificates.crl_issued_at(data) == world.NOW


def test_a_lists_number_rises_with_time():
    def number(data):
        found = x509.load_der_x509_crl(data).extensions.get_extension_for_class(x509.CRLNumber)
        return found.value.crl_number

    assert number(crl()) < number(crl(now=world.NOW + timedelta(seconds=1)))


def test_pem_goes_both_ways():
    pem = certificates.to_pem(DER)
    assert pem == SIGNER.public_bytes(Encoding.PEM)
    root = ROOT.public_bytes(Encoding.DER)
    assert certificates.from_pem(pem + certificates.to_pem(root)) == (DER, root)


@pytest.mark.parametrize("noise", [b"", b"noise", b"\x30\x03\x02\x01\x01", DER[:-1]])
@pytest.mark.parametrize(
    "read",
    [
        certificates.from_pem,
        certificates.revocations,
        certificates.crl_issued_at,
        certificates.organisation_code,
    ],
)
def test_noise_is_a_malformed_certificate(read, noise):
    with pytest.raises(MalformedCertificate):
        read(noise)


@pytest.mark.interop
def test_openssl_verifies_chain_and_list(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    list_pem = x509.load_der_x509_crl(crl()).public_bytes(Encoding.PEM)
    (tmp_path / "root.pem").write_bytes(ROOT.public_bytes(Encoding.PEM) + list_pem)
    (tmp_path / "signer.pem").write_bytes(SIGNER.public_bytes(Encoding.PEM))
    options = ("-x509_strict", "-crl_check", "-attime", str(int(world.NOW.timestamp())))
    anchors = ("-CAfile", str(tmp_path / "root.pem"))
    command = ["openssl", "verify", *options, *anchors, str(tmp_path / "signer.pem")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
