"""Whether the certificate that signed a PDF may be believed: its chain, its uses, its revocation.

The chain (RFC 5280 clause 6) is built by `cryptography`, from the pinned roots only; nothing of
the system's and nothing from a network is trusted. Periods are judged at the time of signing:
a certificate that was good then does not spoil its documents by expiring. Revocation is judged
now: the time of signing is the signer's own word, which a stolen key gives as well as its owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from verify.fault import Fault, Untold

_DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_USES: Final = frozenset({_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION})
_INTERMEDIATES: Final = 2  # between root and signer: more than any document-signing service has

Chain = tuple[x509.Certificate, ...]
"""Certificates from the signer up to the pinned root."""


def build(
    signer: x509.Certificate,
    embedded: Sequence[bytes],
    roots: Sequence[bytes],
    signed_at: datetime,
) -> Chain:
    """The chain from the signer to a pinned root, every certificate within its period.

    `embedded` are all certificates in the signature (DER); none may be foreign to the chain.

    Raises:
        Fault: there is no such chain, or the signer's certificate is for another purpose.
        Untold: no root is pinned.
    """
    if not roots:
        raise Untold("未配置受信任的PDF根证书", "no trusted root for PDF signatures is configured")
    try:
        others = [x509.load_der_x509_certificate(one) for one in embedded]
        store = Store([x509.load_der_x509_certificate(one) for one in roots])
        verifier = (
            PolicyBuilder()
            .store(store)
            .time(signed_at)
            .max_chain_depth(_INTERMEDIATES)
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_signer_policy()
            )
            .build_client_verifier()
        )
        chain = tuple(verifier.verify(signer, others).chain)
    except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
        raise Fault(
            "签名人证书不是由受信任的根签发、已过期或用途不符",
            f"the signer's certificate is not trusted: {_first_line(error)}",
        ) from error
    if set(others) - set(chain):
        raise Fault("签名中夹带无关证书", "the signature carries certificates that are not its own")
    return chain


def _signer_policy() -> ExtensionPolicy:
    """What a signer's certificate must say: no authority, for signing, for documents."""
    return (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _check_no_authority)
        .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_usage)
        .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_purpose)
    )


def _check_no_authority(
    _policy: Policy, _certificate: x509.Certificate, found: x509.BasicConstraints | None
) -> None:
    if found is not None and found.ca:
        raise ValueError("an authority's certificate, not a signer's")


def _check_usage(_policy: Policy, _certificate: x509.Certificate, found: x509.KeyUsage) -> None:
    if not (found.digital_signature or found.content_commitment):
        raise ValueError("its key usage is neither digitalSignature nor nonRepudiation")
    if found.key_cert_sign or found.crl_sign:
        raise ValueError("its key may sign certificates")


def _check_purpose(
    _policy: Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage
) -> None:
    """Document signing, and nothing beside it but what CMS tools ask for: no TLS certificate."""
    purposes = set(found)
    if _DOCUMENT_SIGNING not in purposes or purposes - _USES:
        raise ValueError("its extended key usage is not document signing alone")


def check_revocation(chain: Chain, crls: Sequence[bytes], at: datetime) -> None:
    """No certificate of the chain is on a sound list of its issuer that is current at `at`.

    Raises:
        Fault: one is, even on a list that is out of date.
        Untold: for one of them there is no sound list, or none that is current.
    """
    lists = list(_parsed(crls))
    untold: Untold | None = None
    for below, above in pairwise(chain):
        try:
            _check_one(below, above, lists, at)
        except Untold as reason:
            untold = untold or reason
    if untold is not None:
        raise untold


def _check_one(
    below: x509.Certificate,
    above: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> None:
    sound = [one for one in lists if _may_speak(one, above)]
    for one in sound:
        entry = one.get_revoked_certificate_by_serial_number(below.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            since = entry.revocation_date_utc
            raise Fault(
                f"签名人证书已于{since:%Y-%m-%d %H:%M}（UTC）被吊销",
                f"a certificate of the signer's chain is revoked since {since:%Y-%m-%d %H:%M}Z",
            )
    if not sound:
        raise Untold("没有可用的吊销列表", "there is no sound revocation list")
    if not any(_speaks_of(one, below, at) for one in sound):
        raise Untold("吊销列表已过期", "the revocation list is out of date")


def _parsed(crls: Sequence[bytes]) -> Iterator[x509.CertificateRevocationList]:
    """The lists that can be read; one that cannot says nothing, and its absence is reported."""
    for crl in crls:
        try:
            yield x509.load_der_x509_crl(crl)
        except ValueError:
            continue


def _may_speak(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether a list is the issuer's own, signed by it, and complete (no delta, no part)."""
    if crl.issuer != issuer.subject:
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        return (
            usage.crl_sign
            and not any(extension.critical for extension in crl.extensions)
            and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        )
    except (x509.ExtensionNotFound, ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _speaks_of(
    crl: x509.CertificateRevocationList, certificate: x509.Certificate, at: datetime
) -> bool:
    """Whether a list is still current at `at`, and was made while the certificate could be on it.

    A list made after the certificate expired may have dropped it (RFC 5280 3.3).
    """
    following = crl.next_update_utc
    return (
        following is not None
        and at < following
        and crl.last_update_utc <= certificate.not_valid_after_utc
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
