"""Which revocation lists (RFC 5280 section 5) may speak of an issuer's certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from signing.errors import MalformedCertificate


def sound(issuer: x509.Certificate, crls: Sequence[bytes]) -> list[x509.CertificateRevocationList]:
    """The lists (DER) that the issuer signed and that are complete, no deltas and no parts.

    What is no list, or of another issuer, says nothing.
    """
    found = []
    for encoded in crls:
        try:
            crl = x509.load_der_x509_crl(encoded)
            if crl.issuer == issuer.subject and _is_whole(crl) and _is_signed_by(crl, issuer):
                found.append(crl)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    return found


def is_current(crl: x509.CertificateRevocationList, at: datetime) -> bool:
    """Whether the list speaks of the moment `at` (aware)."""
    following = crl.next_update_utc
    return following is not None and crl.last_update_utc <= at < following


def reason_of(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    """Why a certificate was revoked, if the list says it; raises MalformedCertificate."""
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise MalformedCertificate("an entry of a revocation list is malformed") from error


def _is_whole(crl: x509.CertificateRevocationList) -> bool:
    return not any(extension.critical for extension in crl.extensions)


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
