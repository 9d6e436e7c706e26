"""Signers of PDFs as an authority might certify them, or should not have; and files by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import genuine
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, p256, pades
from verify import pdf
from verify.check import CheckState
from verify.verdict import all_passed

ROOT_KEY = certificates.new_key()
SIGNER_KEY = certificates.new_key()
SUBJECT = certificates.name("南宁市住建局", "南宁市住建局", genuine.USCC)
ROOT_NAME = certificates.name("测试根", "测试")
YEARS = timedelta(days=3650)
DAY = timedelta(days=1)
DOCUMENTS = [certificates.DOCUMENT_SIGNING]


@cache
def root() -> x509.Certificate:
    return certificates.issue_root(ROOT_KEY, ROOT_NAME, genuine.FOUNDED, YEARS)


def usage(**changes: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: changes.get(name, False) for name in names})


def certificate(
    *,
    purposes=DOCUMENTS,
    key_usage=None,
    ca=False,
    issuer=None,
    issuer_key=ROOT_KEY,
    key=SIGNER_KEY,
    begins=genuine.FOUNDED,
    ends=genuine.NOW + YEARS,
    subject=SUBJECT,
    algorithm=None,
) -> x509.Certificate:
    """A signer's certificate as an authority might issue it, or should not have."""
    issuer = issuer or root()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(key_usage or usage(digital_signature=True, content_commitment=True), True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
    return builder.sign(issuer_key, algorithm or SHA256())


def crl(*revocations, made=genuine.FOUNDED, lasts=30 * DAY, key=ROOT_KEY, issuer=None) -> bytes:
    return certificates.issue_crl(issuer or root(), key, revocations, made, lasts)


def file_of(one: x509.Certificate, key=SIGNER_KEY, chain=(), signed_at=genuine.SIGNED) -> bytes:
    signer = pades.PdfSigner(
        p256.from_private_key("memory:signer", key),
        one.public_bytes(Encoding.DER),
        tuple(link.public_bytes(Encoding.DER) for link in chain),
    )
    return genuine.sign_pdf(signer, signed_at=signed_at)


def states(data: bytes, roots=None, crls=None, at=genuine.NOW) -> dict[str, CheckState]:
    """The checks that are not passed, with their states, against the test root by default."""
    roots = (root(),) if roots is None else roots
    anchors = replace(
        genuine.house().anchors,
        pdf_roots=tuple(one.public_bytes(Encoding.DER) for one in roots),
        pdf_crls=(crl(),) if crls is None else tuple(crls),
    )
    checks = pdf.examine(data, anchors, at).checks
    assert all_passed(checks) == all(check.state is CheckState.PASSED for check in checks)
    return {check.id: check.state for check in checks if check.state is not CheckState.PASSED}
