"""Certificates and revocation lists on P-256 (RFC 5280), for the PDF's chain.

Every choice of field is made here, so that two certificates of one kind differ in nothing but
names, keys, numbers and times.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing import der, der_reader
from signing.document_key import DocumentPublicKey
from signing.errors import MalformedCertificate, MalformedDer

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Extended key usage of signers: document signing (RFC 9336)."""

EXPIRED_CERTS_ON_CRL = x509.ObjectIdentifier("2.5.29.60")
"""Extension of lists that keep the entries of expired certificates (ITU-T X.509 9.5.2.7)."""

MAX_COMMON_NAME_BYTES = 64
"""Longest common name, bytes of UTF-8. RFC 5280 (appendix A.1, ub-common-name) counts characters,
but some programs, `cryptography` among them, count bytes: a third as many in Chinese."""

MAX_ORGANISATION_CHARACTERS = 64
"""Longest organisation name (RFC 5280 appendix A.1, ub-organization-name)."""

BACKDATED = timedelta(hours=1)
"""How long before its issue a certificate or list begins, for verifiers whose clocks are behind."""

CODES_KEPT = 256
"""Certificates whose organisation is known without reading them anew, those asked for last."""


@dataclass(frozen=True)
class Revocation:
    """A certificate that its issuer took back, and since when (aware) it is not believed.

    `recorded_at` is when the issuer listed it, where that was later (RFC 5280 5.3.2: the key was
    unsafe before anybody knew).
    """

    serial_number: int
    revoked_at: datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified
    recorded_at: datetime | None = None


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name: str, organisation: str, code: str | None = None) -> x509.Name:
    """A name in China: organisation, its USCC as organizationIdentifier, common name.

    The organisation is cut to what the standard allows: the code is what identifies. Raises
    MalformedCertificate where the common name, see `shortened`, is too long.
    """
    if not 1 <= len(common_name.encode()) <= MAX_COMMON_NAME_BYTES:
        raise MalformedCertificate(f"a common name has 1 to {MAX_COMMON_NAME_BYTES} bytes")
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:MAX_ORGANISATION_CHARACTERS]),
    ]
    if code is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, code))
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(parts)


def shortened(text: str, mark: str) -> str:
    """A common name made of a text and a mark behind it; the text is cut where it must be."""
    room = MAX_COMMON_NAME_BYTES - len(mark.encode())
    return text.encode()[:room].decode("utf-8", "ignore") + mark


def issue_root(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, now: datetime, lifetime: timedelta
) -> x509.Certificate:
    """A self-signed root that may sign end certificates and revocation lists, nothing else."""
    return (
        _builder(subject, subject, key.public_key(), key.public_key(), now)
        .not_valid_after(now + lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, SHA256())
    )


def issue_signer(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    public_key: DocumentPublicKey,
    subject: x509.Name,
    now: datetime,
    lifetime: timedelta,
) -> x509.Certificate:
    """A certificate to sign documents with; it ends no later than its issuer's.

    Beside document signing it allows e-mail protection: the usage that `openssl cms -verify` and
    older readers, which know no other, ask of whoever signs a CMS. It is good for no TLS.
    """
    usages = x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return (
        _builder(subject, issuer.subject, public_key, issuer_key.public_key(), now)
        .not_valid_after(min(now + lifetime, issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(usages, critical=False)
        .sign(issuer_key, SHA256())
    )


def issue_crl(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    revocations: Iterable[Revocation],
    now: datetime,
    lifetime: timedelta,
) -> bytes:
    """The issuer's revocation list in DER; its number is the time in seconds, so it only rises.

    It says that entries stay after a certificate expired (ITU-T X.509 9.5.2.7, expiredCertsOnCRL),
    so that it still speaks of certificates whose signatures are looked at decades later.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - BACKDATED)
        .next_update(now + lifetime)
        .add_extension(_authority_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(_keeping_since(issuer.not_valid_before_utc), critical=False)
    )
    for revocation in sorted(revocations, key=lambda one: one.serial_number):
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(revocation.serial_number)
            .revocation_date(revocation.recorded_at or revocation.revoked_at)
        )
        if revocation.recorded_at is not None:
            unsafe_from = revocation.revoked_at.astimezone(UTC).replace(tzinfo=None)
            entry = entry.add_extension(x509.InvalidityDate(unsafe_from), critical=False)
        if revocation.reason is not x509.ReasonFlags.unspecified:  # RFC 5280 5.3.1: left out
            entry = entry.add_extension(x509.CRLReason(revocation.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.DER)


def revocations(crl: bytes) -> tuple[Revocation, ...]:
    """What a revocation list in DER holds; raises MalformedCertificate."""
    try:
        return tuple(_revocation(entry) for entry in x509.load_der_x509_crl(crl))
    except ValueError as error:
        raise MalformedCertificate("this is no certificate revocation list") from error


def crl_issued_at(crl: bytes) -> datetime:
    """When a list made here, of either chain, was signed; raises MalformedCertificate."""
    try:
        return x509.load_der_x509_crl(crl).last_update_utc + BACKDATED
    except ValueError as error:
        raise MalformedCertificate("this is no certificate revocation list") from error


def from_pem(data: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file in DER, at least one; raises MalformedCertificate."""
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise MalformedCertificate("this is no certificate in PEM") from error
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in found)


def to_pem(certificate: bytes) -> bytes:
    """A certificate in DER, of any key, as PEM."""
    body = base64.b64encode(certificate).decode("ascii")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    frame = ("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", "")
    return "\n".join(frame).encode("ascii")


def spki(certificate: bytes) -> bytes:
    """The certified key of any kind, SubjectPublicKeyInfo in DER, out of a certificate in DER.

    Raises MalformedCertificate.
    """
    try:
        fields = der_reader.read(certificate, der.SEQUENCE).fields().take(der.SEQUENCE).fields()
        fields.optional(der.context(0))  # the version; before it nothing, after it six fields
        return [fields.take() for _ in range(6)][-1].raw  # RFC 5280 4.1: the sixth is the key
    except MalformedDer as error:
        raise MalformedCertificate(f"this is no certificate: {error}") from error


def period(certificate: bytes) -> tuple[datetime, datetime]:
    """From when and until when a certificate in DER is valid; raises MalformedCertificate."""
    try:
        found = x509.load_der_x509_certificate(certificate)
    except ValueError as error:
        raise MalformedCertificate("this is no certificate") from error
    return found.not_valid_before_utc, found.not_valid_after_utc


@lru_cache(maxsize=CODES_KEPT)
def organisation_code(certificate: bytes) -> str | None:
    """The USCC in the subject of a certificate in DER, if any; raises MalformedCertificate."""
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
        found = subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    except ValueError as error:
        raise MalformedCertificate("this is no certificate") from error
    return str(found[0].value) if len(found) == 1 else None


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: DocumentPublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(_authority_key(issuer_key), critical=False)
    )


def _authority_key(issuer_key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _keeping_since(moment: datetime) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, der.generalized_time(moment))


def _revocation(entry: x509.RevokedCertificate) -> Revocation:
    reason, since = x509.ReasonFlags.unspecified, entry.revocation_date_utc
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        elif isinstance(extension.value, x509.InvalidityDate):
            since = min(since, extension.value.invalidity_date_utc)
    earlier = since < entry.revocation_date_utc
    recorded_at = entry.revocation_date_utc if earlier else None
    return Revocation(entry.serial_number, since, reason, recorded_at)
