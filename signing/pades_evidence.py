"""What proves a signature when nobody can be asked any more: certificates and revocation lists.

EN 319 142-1 section 6.3: from level B-LT on a file carries every certificate of its chains and, for
each, its issuer's list. Whether it is all there is judged when it is put together: a level that
lacks a list would be found out years later, when there is no other to be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from signing import revocation_lists
from signing.errors import CannotSign

Chain = tuple[x509.Certificate, ...]
"""Certificates from the signer's up to a root."""

_LONGEST: Final = 6  # certificates of a chain; public services have three or four


@dataclass(frozen=True)
class Evidence:
    """Certificates and revocation lists in DER, each once."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def chain(leaf: bytes, others: Iterable[bytes], roots: Iterable[bytes], at: datetime) -> Chain:
    """The certificates (DER) that lead from a leaf to one of the roots, all valid at `at`.

    Raises CannotSign where there is no such chain.
    """
    try:
        pinned = [x509.load_der_x509_certificate(one) for one in roots]
        known = [*pinned, *(x509.load_der_x509_certificate(one) for one in others)]
        found = [x509.load_der_x509_certificate(leaf)]
    except ValueError as error:
        raise CannotSign(f"a certificate of the signature's chain is none: {error}") from error
    while found[-1] not in pinned and len(found) < _LONGEST:
        above = next((one for one in known if _issued(one, found[-1])), None)
        if above is None:
            break
        found.append(above)
    if found[-1] not in pinned:
        missing = found[-1].issuer.rfc4514_string()
        raise CannotSign(f"no chain to a root: the certificate of {missing} is missing")
    for one in found:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            whose = one.subject.rfc4514_string()
            raise CannotSign(f"the certificate of {whose} is not valid on {at:%Y-%m-%d}")
    return tuple(found)


def complete(chains: Sequence[Chain], crls: Sequence[bytes], at: datetime) -> Evidence:
    """All that proves these chains at `at`.

    Raises CannotSign where a certificate is revoked, or its issuer's current list is missing.
    """
    kept: dict[bytes, None] = {}
    for one in chains:
        for below, above in pairwise(one):
            kept[_list_for(below, above, crls, at)] = None
    certificates = {one.public_bytes(Encoding.DER): None for found in chains for one in found}
    return Evidence(tuple(certificates), tuple(kept))


def _list_for(
    below: x509.Certificate, above: x509.Certificate, crls: Sequence[bytes], at: datetime
) -> bytes:
    current = [
        crl for crl in revocation_lists.sound(above, crls) if revocation_lists.is_current(crl, at)
    ]
    if not current:
        name = above.subject.rfc4514_string()
        raise CannotSign(f"no revocation list of {name} is current at {at:%Y-%m-%d %H:%M}Z")
    for crl in current:
        entry = crl.get_revoked_certificate_by_serial_number(below.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise CannotSign(
                f"the certificate of {below.subject.rfc4514_string()} is revoked "
                f"since {entry.revocation_date_utc:%Y-%m-%d}"
            )
    newest = max(current, key=lambda crl: crl.last_update_utc)
    return newest.public_bytes(Encoding.DER)


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
