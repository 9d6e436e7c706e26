"""A signer below an intermediate authority, whose certificate the signature does not carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import p256_world as world
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, pades

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Intermediate:
    """Certificates and revocation lists of root and intermediate (DER), and a signer below."""

    root: bytes
    root_crl: bytes
    certificate: bytes
    crl: bytes
    signer: pades.PdfSigner


def authority(name, by, begin, path_length):
    """A certificate that may certify, by the authority `by` (name, key) or by itself."""
    subject, own = certificates.name(name, "Tests"), world.private_key(name)
    issuer, issuer_key = by or (subject, own)
    usage = certificates.issue_root(own, subject, begin, YEAR).extensions
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage.get_extension_for_class(x509.KeyUsage).value, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, SHA256())
    )


def intermediate(now: datetime) -> Intermediate:
    begin, top_key, own = now - timedelta(days=1), *map(world.private_key, ("Top", "Middle"))
    top = authority("Top", None, begin, 1)
    middle = authority("Middle", (top.subject, top_key), begin, 0)
    key, subject = world.key("below"), certificates.name("Below", "Tests")
    issued = certificates.issue_signer(middle, own, key.public_key, subject, begin, YEAR)
    month = timedelta(days=30)
    return Intermediate(
        top.public_bytes(Encoding.DER),
        certificates.issue_crl(top, top_key, (), now, month),
        middle.public_bytes(Encoding.DER),
        certificates.issue_crl(middle, own, (), now, month),
        pades.PdfSigner(key, issued.public_bytes(Encoding.DER)),
    )
