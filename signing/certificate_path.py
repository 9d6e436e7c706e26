"""Paths from a certificate to a pinned root (RFC 5280 section 6), as `cryptography` builds them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from signing.errors import MalformedCertificate

Chain = tuple[x509.Certificate, ...]
"""Certificates from the one asked about up to the root."""

MAX_INTERMEDIATES = 3
"""Certificates between root and leaf: public services have one or two."""


def build(
    leaf: bytes,
    others: Iterable[bytes],
    roots: Iterable[bytes],
    at: datetime,
    ca_policy: ExtensionPolicy,
    leaf_policy: ExtensionPolicy,
) -> Chain:
    """The path of certificates in DER, all within their periods at `at` (aware).

    `roots` must not be empty. Raises MalformedCertificate where there is none, telling why.
    """
    try:
        verifier = (
            PolicyBuilder()
            .store(Store([x509.load_der_x509_certificate(one) for one in roots]))
            .time(at)
            .max_chain_depth(MAX_INTERMEDIATES)
            .extension_policies(ca_policy=ca_policy, ee_policy=leaf_policy)
            .build_client_verifier()
        )
        known = [x509.load_der_x509_certificate(one) for one in others]
        return tuple(verifier.verify(x509.load_der_x509_certificate(leaf), known).chain)
    except (VerificationError, ValueError, UnsupportedAlgorithm) as error:
        raise MalformedCertificate(str(error).partition("\n")[0][:200]) from error
