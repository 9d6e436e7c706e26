"""A signer below an intermediate authority, whose certificate the signature does not carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import p256_world as world
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, pades


@dataclass(frozen=True)
class Intermediate:
    """Its certificate and revocation list in DER, and a signer that it certified."""

    certificate: bytes
    crl: bytes
    signer: pades.PdfSigner


def intermediate(
    root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, now: datetime
) -> Intermediate:
    own, year = world.private_key("intermediate"), timedelta(days=365)
    begin = now - timedelta(days=1)
    template = certificates.issue_root(own, certificates.name("Intermediate", "Tests"), begin, year)
    builder = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(root.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
    )
    for extension in template.extensions:
        if not isinstance(extension.value, x509.AuthorityKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    certified = builder.sign(root_key, SHA256())
    subject = certificates.name("Below", "Tests")
    key = world.key("below")
    issued = certificates.issue_signer(certified, own, key.public_key, subject, begin, year)
    return Intermediate(
        certified.public_bytes(Encoding.DER),
        certificates.issue_crl(certified, own, (), now, timedelta(days=30)),
        pades.PdfSigner(key, issued.public_bytes(Encoding.DER)),
    )
