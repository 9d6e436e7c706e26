"""Whether the certificate that signed a PDF leads to a pinned root, and is for signing documents.

The chain (RFC 5280 clause 6) is built by `cryptography`, from the pinned roots only; nothing of
the system's and nothing from a network is trusted. It is built at the time of signing; whether it
is still good now is for `verify.key_life` and `verify.revocation` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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

from verify import key_life
from verify.fault import Fault, Untold
from verify.key_life import Period
from verify.revocation import Chain

_DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_USES: Final = frozenset({_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION})
_INTERMEDIATES: Final = 2  # between root and signer: more than any document-signing service has


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


def period(chain: Chain) -> Period:
    """When all certificates of a chain are within their periods."""
    return key_life.common(
        Period(one.not_valid_before_utc, one.not_valid_after_utc) for one in chain
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
