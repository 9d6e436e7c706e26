"""Whether a key, its certificate, the moment and the use belong together.

Asked before anything is signed: what does not fit here, no verifier would accept afterwards. The
answer is silence, or CannotSign with a sentence that names the key by URI.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.certificates import DOCUMENT_SIGNING
from signing.document_key import DocumentPublicKey
from signing.errors import CannotSign, MalformedCertificate

if TYPE_CHECKING:
    from signing.libcrypto import Sm2PublicKey

CERTIFICATES_KEPT = 4096
"""Certificates whose content is remembered: two for each authority of a province, and to spare."""


class Usage(Enum):
    """What a key is about to do."""

    SIGN_DOCUMENTS = "sign documents"
    """Sign PDFs, with P-256 or RSA."""
    SEAL = "seal"
    """Seal OFDs, or make seals, with SM2 (GM/T 0015: digitalSignature)."""
    ISSUE = "issue certificates and revocation lists"
    """Act as a root or an authority below one."""


@dataclass(frozen=True)
class _Content:
    """What a certificate says that matters here; `usages` are those it allows."""

    public_key: DocumentPublicKey | Sm2PublicKey
    not_before: datetime
    not_after: datetime
    usages: frozenset[Usage]


def require(
    certificate: bytes,
    public_key: DocumentPublicKey | Sm2PublicKey,
    at: datetime,
    usage: Usage,
    *,
    uri: str,
) -> None:
    """Silent if the key of that URI may be used at that moment (aware) with that certificate (DER).

    Raises CannotSign where the certificate is none, is another key's, is expired or not yet valid,
    or does not allow the use.
    """
    content = _content(certificate, _is_sm2(public_key), uri)
    if content.public_key != public_key:
        raise CannotSign(f"the certificate beside the key {uri} is that of another key")
    if at < content.not_before:
        since = f"{content.not_before:%Y-%m-%d %H:%M} UTC"
        raise CannotSign(f"the certificate of the key {uri} is not valid yet, but from {since} on")
    if at > content.not_after:
        until = f"{content.not_after:%Y-%m-%d %H:%M} UTC"
        raise CannotSign(f"the certificate of the key {uri} has expired on {until}")
    if usage not in content.usages:
        raise CannotSign(f"the certificate of the key {uri} does not allow it to {usage.value}")


def _is_sm2(public_key: object) -> bool:
    # By what only SM2 keys here have: signing.libcrypto is not loaded for P-256 and RSA.
    return hasattr(public_key, "point")


def _content(certificate: bytes, sm2: bool, uri: str) -> _Content:
    try:
        return (_sm2_content if sm2 else _x509_content)(certificate)
    except MalformedCertificate as error:
        raise CannotSign(f"the certificate beside the key {uri} is of no use: {error}") from error


@lru_cache(CERTIFICATES_KEPT)
def _x509_content(certificate: bytes) -> _Content:
    try:
        found = x509.load_der_x509_certificate(certificate)
        public_key = found.public_key()
        usages = frozenset(_x509_usages(found.extensions))
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise MalformedCertificate("it is no certificate of a P-256 or RSA key") from error
    if not isinstance(public_key, DocumentPublicKey):
        raise MalformedCertificate("it is that of a key of another kind than P-256 or RSA")
    return _Content(public_key, found.not_valid_before_utc, found.not_valid_after_utc, usages)


def _x509_usages(extensions: x509.Extensions) -> list[Usage]:
    """What the extensions allow. One that is missing allows nothing: verifiers ask for it."""
    if any(
        one.critical and isinstance(one.value, x509.UnrecognizedExtension) for one in extensions
    ):
        return []  # RFC 5280 section 4.2: whoever does not know it must refuse
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return []
    if usage.key_cert_sign or usage.crl_sign:
        both = usage.key_cert_sign and usage.crl_sign and _is_authority(extensions)
        return [Usage.ISSUE] if both else []
    if not (usage.digital_signature or usage.content_commitment) or _is_authority(extensions):
        return []
    return [Usage.SIGN_DOCUMENTS] if _for_documents(extensions) else []


def _is_authority(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _for_documents(extensions: x509.Extensions) -> bool:
    """Document signing (RFC 9336), and nothing beside it but what CMS tools ask for."""
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return False
    return DOCUMENT_SIGNING in purposes and purposes <= {
        DOCUMENT_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
    }


@lru_cache(CERTIFICATES_KEPT)
def _sm2_content(certificate: bytes) -> _Content:
    from signing import sm2_certificates  # the system's library, not needed for P-256
    from signing.errors import InvalidKey
    from signing.sm2_certificates import KeyUsage

    found = sm2_certificates.parse(certificate)
    try:
        public_key = found.public
    except InvalidKey as error:
        raise MalformedCertificate(str(error)) from error
    allowed = found.key_usage or KeyUsage(0)  # GM/T 0015: without the extension nothing is allowed
    usages = set()
    if KeyUsage.DIGITAL_SIGNATURE in allowed and not found.ca:
        usages.add(Usage.SEAL)
    if found.ca and KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN in allowed:
        usages.add(Usage.ISSUE)
    if found.unknown_critical:
        usages.clear()  # as above
    return _Content(public_key, found.not_before, found.not_after, frozenset(usages))
