"""Revocation lists of authorities that are not ours: checked, and put where they are published.

A list that a root of ours signs is made here (`signing.development_lists`); the list of any other
issuer is brought in, each time that issuer publishes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from signing import (
    atomic,
    certificates,
    development_lists,
    key_names,
    key_publication,
    key_ring,
    sm2_certificates,
    sm2_crl,
)
from signing.errors import CannotSign, MalformedCertificate, SigningError
from signing.key_entry import Entry, Role
from signing.key_ring import KeyRing


@dataclass(frozen=True)
class _List:
    """A list in DER, with what of it decides whether it may take another's place."""

    der: bytes
    this_update: datetime
    next_update: datetime
    serials: frozenset[int]


@dataclass(frozen=True)
class _Issuer:
    """Who may sign a list: its certificate (DER), and where its list is kept in the folder."""

    certificate: bytes
    path: str
    ours: bool


def bring_in(folder: Path, data: bytes, now: datetime) -> Path:
    """Puts a list, DER or PEM, in place; gives its path.

    What the list before it revoked stays revoked: where the new one has dropped an entry, the old
    one is kept beside it. Raises CannotSign where the list is not signed by an issuer of a pinned
    chain, is limited to some certificates, out of date or older than the one that is here.
    """
    found = _read(_as_der(data))
    if found.next_update <= now:
        raise CannotSign(f"the revocation list is out of date since {found.next_update}")
    with key_ring.changing(folder) as file:
        issuer = next((one for one in _issuers(file.ring) if _signed(found.der, one)), None)
        if issuer is None:
            raise CannotSign("no issuer of a pinned chain signed this revocation list")
        if issuer.ours:
            raise CannotSign("the list of this root is signed here; revoke with `keys revoke`")
        path = folder / issuer.path
        if path.exists():
            _keep(path, found)
        atomic.write(path, found.der)
    return path


def _keep(path: Path, following: _List) -> None:
    """Keeps what the list in place says beside the one that follows, where that says less."""
    before = _read(path.read_bytes())
    if following.this_update < before.this_update:
        raise CannotSign(f"the revocation list is older than the one of {before.this_update} here")
    if before.serials - following.serials:
        kept = path.with_name(f"{path.stem}-{before.this_update:%Y%m%d%H%M%S}.crl")
        atomic.write(kept, before.der)


def _as_der(data: bytes) -> bytes:
    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    try:
        from cryptography.hazmat.primitives.serialization import Encoding

        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError as error:
        raise CannotSign("this is no certificate revocation list") from error


def _read(data: bytes) -> _List:
    try:
        found = x509.load_der_x509_crl(data)
        critical = [one.oid.dotted_string for one in found.extensions if one.critical]
    except (ValueError, x509.DuplicateExtension) as error:
        raise CannotSign("this is no certificate revocation list") from error
    if critical:
        raise CannotSign(f"the revocation list is limited, or otherwise special: {critical}")
    if found.next_update_utc is None:
        raise CannotSign("the revocation list does not say when the next one comes")
    serials = frozenset(one.serial_number for one in found)
    return _List(data, found.last_update_utc, found.next_update_utc, serials)


def _issuers(ring: KeyRing) -> Iterator[_Issuer]:
    """All whose lists count: the roots, and authorities between them and PDF signers."""
    for role in (Role.PDF_ROOT, Role.SEAL_ROOT):
        for root in ring.of(role):
            path, ours = development_lists.path_of(ring, root), root.in_folder
            yield _Issuer(key_publication.chain(ring.folder, root)[0], path, ours)
    for entry in ring.entries:
        if entry.role is Role.PDF_SIGNER:
            yield from _between(ring, entry)


def _between(ring: KeyRing, signer: Entry) -> Iterator[_Issuer]:
    for certificate in key_publication.chain(ring.folder, signer)[1:]:
        mark = hashlib.sha256(certificates.spki(certificate)).hexdigest()[:16]
        yield _Issuer(certificate, f"{key_names.CRLS}/pdf-{mark}.crl", ours=False)


def _signed(crl: bytes, issuer: _Issuer) -> bool:
    """Whether a list is that issuer's; which kind of key signed it, the certificate tells."""
    try:
        if issuer.path.startswith(f"{key_names.CRLS}/pdf"):
            found = x509.load_der_x509_crl(crl)
            above = x509.load_der_x509_certificate(issuer.certificate)
            key = above.public_key()
            return found.issuer == above.subject and found.is_signature_valid(key)  # type: ignore[arg-type]
        parsed = sm2_crl.parse_crl(crl)
        root = sm2_certificates.parse(issuer.certificate)
        return parsed.issuer == root.subject and parsed.signed_by(root.public)
    except (MalformedCertificate, SigningError, ValueError, TypeError, UnsupportedAlgorithm):
        return False
