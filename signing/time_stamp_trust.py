"""Whether a time stamp may be believed: its imprint, its signature, its authority's certificate.

RFC 3161 section 2.3: the certificate is for time stamping alone, and says so critically. Section 4
and appendix B: an authority that gave up its key in good order keeps the stamps from before it; one
whose key was stolen, or that does not say why, loses them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy

from signing import certificate_path, revocation_lists, time_stamp
from signing.certificate_path import Chain
from signing.errors import InvalidTimeStamp, MalformedCertificate
from signing.time_stamp import TimeStamp

__all__ = [
    "Chain",
    "build",
    "check",
    "check_authority",
    "check_signature",
    "revocation_known",
]

_MIN_RSA_BITS: Final = 2048
_DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_IN_GOOD_ORDER: Final = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)
"""Reasons that leave the stamps from before the revocation good (RFC 3161 section 4)."""


def check(
    token: bytes,
    message: bytes,
    roots: Sequence[bytes],
    crls: Sequence[bytes],
    at: datetime,
) -> datetime:
    """The moment (UTC) at which the message existed, as a trusted authority says.

    `roots` and `crls` are DER. The authority's chain must be within its periods when it stamped and
    at `at` (aware): now, or the moment of a later stamp over this one. A list that speaks of the
    chain is heard even if it is old, since a certificate once revoked stays so; that there is none
    is for the caller to judge (`revocation_known`). Raises MalformedTimeStamp, InvalidTimeStamp.
    """
    found = time_stamp.parse(token)
    if found.imprint != hashlib.new(found.hash, message).digest():
        raise InvalidTimeStamp("the time stamp is one of something else")
    check_authority(found, roots, crls, at)
    return found.moment


def check_authority(
    found: TimeStamp, roots: Sequence[bytes], crls: Sequence[bytes], at: datetime
) -> Chain:
    """The authority's chain, as `check` judges it; raises InvalidTimeStamp."""
    check_signature(found)
    chain = build(found, roots, at)
    for below, above in pairwise(chain):
        for crl in revocation_lists.sound(above, crls):
            _check_listed(crl, below, found.moment, at)
    return chain


def check_signature(found: TimeStamp) -> None:
    """The signature is by the certificate that it names; raises InvalidTimeStamp."""
    signer = found.signer
    digest = _DIGESTS[signer.digest]
    try:
        key = x509.load_der_x509_certificate(signer.certificate).public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and signer.ecdsa:
            key.verify(signer.signature, signer.signed, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and not signer.ecdsa:
            if key.key_size < _MIN_RSA_BITS:
                raise InvalidTimeStamp(f"its authority's key has {key.key_size} bits only")
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), digest)
        else:
            raise InvalidTimeStamp("its signature is of another kind than its authority's key")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise InvalidTimeStamp("its signature is not that of the certificate it names") from error


def build(found: TimeStamp, roots: Sequence[bytes], at: datetime) -> Chain:
    """The chain to a pinned root, within its periods at both moments; raises InvalidTimeStamp."""
    if not roots:
        raise InvalidTimeStamp("no root of time stamping authorities is configured")
    moments = dict.fromkeys((found.moment, at))
    try:
        chains = [
            certificate_path.build(
                found.signer.certificate,
                found.certificates,
                roots,
                moment,
                _ca_policy(),
                _authority_policy(),
            )
            for moment in moments
        ]
    except MalformedCertificate as error:
        raise InvalidTimeStamp(f"its authority is not trusted: {error}") from error
    return chains[-1]


def _ca_policy() -> ExtensionPolicy:
    """An issuer's certificate; where it is limited to purposes, time stamping is among them."""
    return ExtensionPolicy.webpki_defaults_ca().may_be_present(
        x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_issuer_purpose
    )


def _authority_policy() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _check_no_issuer)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_usage)
        .require_present(x509.ExtendedKeyUsage, Criticality.CRITICAL, _check_purpose)
    )


def _check_issuer_purpose(
    _policy: Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage | None
) -> None:
    allowed = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if found is not None and not allowed & set(found):
        raise ValueError("an issuer that is not for time stamping")


def _check_no_issuer(
    _policy: Policy, _certificate: x509.Certificate, found: x509.BasicConstraints | None
) -> None:
    if found is not None and found.ca:
        raise ValueError("the certificate of an issuer, not of a time stamping authority")


def _check_usage(
    _policy: Policy, _certificate: x509.Certificate, found: x509.KeyUsage | None
) -> None:
    if found is not None and not (found.digital_signature or found.content_commitment):
        raise ValueError("its key usage is neither digitalSignature nor nonRepudiation")


def _check_purpose(
    _policy: Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage
) -> None:
    if set(found) != {ExtendedKeyUsageOID.TIME_STAMPING}:
        raise ValueError("its extended key usage is not time stamping alone")


def revocation_known(chain: Chain, crls: Sequence[bytes], at: datetime) -> bool:
    """Whether for each certificate below the root there is its issuer's list, current at `at`."""
    return all(
        any(revocation_lists.is_current(crl, at) for crl in revocation_lists.sound(above, crls))
        for _, above in pairwise(chain)
    )


def _check_listed(
    crl: x509.CertificateRevocationList, below: x509.Certificate, moment: datetime, at: datetime
) -> None:
    entry = crl.get_revoked_certificate_by_serial_number(below.serial_number)
    if entry is None or entry.revocation_date_utc > at:
        return
    since = entry.revocation_date_utc
    try:
        in_good_order = revocation_lists.reason_of(entry) in _IN_GOOD_ORDER
    except MalformedCertificate:
        in_good_order = False
    if not in_good_order or moment >= since:
        raise InvalidTimeStamp(f"its authority's certificate is revoked since {since:%Y-%m-%d}")
