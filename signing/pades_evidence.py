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

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import Criticality, ExtensionPolicy

from signing import certificate_path, revocation_lists
from signing.certificate_path import Chain
from signing.errors import CannotSign, MalformedCertificate


@dataclass(frozen=True)
class Evidence:
    """Certificates and revocation lists in DER, each once."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def chain(leaf: bytes, others: Iterable[bytes], roots: Iterable[bytes], at: datetime) -> Chain:
    """The certificates (DER) that lead from a leaf to one of the roots, all valid at `at`.

    Which purposes the leaf serves is judged where its key is loaded. Raises CannotSign where there
    is no such chain.
    """
    pinned = tuple(roots)
    if not pinned:
        raise CannotSign("no root of the signature's chain is configured")
    anything = ExtensionPolicy.permit_all()
    ca = ExtensionPolicy.webpki_defaults_ca().may_be_present(
        x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None
    )
    try:
        return certificate_path.build(leaf, others, pinned, at, ca, anything)
    except MalformedCertificate as error:
        raise CannotSign(
            f"the signer's certificate leads to no trusted root on {at:%Y-%m-%d}: {error}"
        ) from error


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
