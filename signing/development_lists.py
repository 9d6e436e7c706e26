"""The revocation lists of a development authority: one for each of its roots.

A list holds what the one before it held and what the ring has as revoked since, for ever. A root
whose key is elsewhere is not ours to sign for: its lists are brought in (`sealpress keys crl`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

from signing import atomic, key_names, key_publication
from signing import development_files as files
from signing.certificates import Revocation
from signing.key_entry import Entry, Role
from signing.key_ring import KeyRing

_FIRST = {Role.PDF_ROOT: key_names.PDF_CRL, Role.SEAL_ROOT: key_names.SEAL_CRL}


def paths(ring: KeyRing) -> tuple[str, ...]:
    """The paths, within the folder, of the lists of all roots whose keys are here."""
    return tuple(path for _, path in _ours(ring))


def path_of(ring: KeyRing, root: Entry) -> str:
    """The path, within the folder, of a root's list: `crls/pdf.crl`, then `crls/pdf-2.crl`."""
    number = 1 + [one.id for one in ring.of(root.role)].index(root.id)
    first = _FIRST[root.role]
    return first if number == 1 else first.replace(".crl", f"-{number}.crl")


def paths_for(ring: KeyRing, entry: Entry) -> frozenset[Path]:
    """The lists that a certificate of ours belongs on; none where others issued it."""
    issuer = _key_identifiers(entry, ring)[1] if entry.role.certified else None
    if issuer is None or entry.role in _FIRST:
        return frozenset()
    ours = ((root, name) for root, name in _ours(ring) if root.role is entry.role.root)
    return frozenset(
        ring.folder / name for root, name in ours if _key_identifiers(root, ring)[0] == issuer
    )


def issued_by(ring: KeyRing, root: Entry) -> tuple[Entry, ...]:
    """The entries whose certificates that root itself issued."""
    return _below(ring, root, 0)


def anchored_in(ring: KeyRing, root: Entry) -> tuple[Entry, ...]:
    """The entries whose certificates lead to that root, over others or not."""
    return _below(ring, root, -1)


def _below(ring: KeyRing, root: Entry, link: int) -> tuple[Entry, ...]:
    """The entries of whose chain that link names the root's key as its issuer's."""
    own, _ = _key_identifiers(root, ring)
    return tuple(
        one
        for one in ring.entries
        if one.role.root is root.role
        and one.role is not root.role
        and own is not None
        and _key_identifiers(one, ring, link)[1] == own
    )


def write(ring: KeyRing, now: datetime, wanted: Callable[[Path], bool]) -> None:
    """Signs the lists anew whose path is wanted; only within `key_ring.changing`.

    Raises KeyUnavailable without a root's key, MalformedCertificate where a list is damaged.
    """
    for root, name in _ours(ring):
        path = ring.folder / name
        if wanted(path):
            previous = path.read_bytes() if path.exists() else None
            atomic.write(path, _made(ring, root, previous, now))


def _ours(ring: KeyRing) -> Iterator[tuple[Entry, str]]:
    """The roots whose keys are here, but the revoked, and the paths of their lists."""
    for role in _FIRST:
        for root in ring.of(role):
            if root.in_folder and root.revoked_at is None:
                yield root, path_of(ring, root)


def _made(ring: KeyRing, root: Entry, previous: bytes | None, now: datetime) -> bytes:
    revoked = tuple(_revocations(ring, root))
    if root.role is Role.PDF_ROOT:
        return files.pdf_chain_of(ring, root).crl(previous, revoked, now)
    return files.seal_chain_of(ring, root).crl(previous, revoked, now)


def _revocations(ring: KeyRing, root: Entry) -> Iterator[Revocation]:
    """What the ring has as revoked among the certificates that this root issued."""
    for entry in issued_by(ring, root):
        since, listed = entry.distrusted_from, entry.revoked_at
        if since is not None and listed is not None:
            serial = x509.load_der_x509_certificate(_certificate(entry, ring)).serial_number
            recorded_at = listed if since < listed else None
            reason = x509.ReasonFlags(entry.reason or x509.ReasonFlags.unspecified.value)
            yield Revocation(serial, since, reason, recorded_at)


def _key_identifiers(
    entry: Entry, ring: KeyRing, link: int = 0
) -> tuple[bytes | None, bytes | None]:
    """The identifiers of the certified key, and its issuer's, of a link of an entry's chain."""
    certificate = key_publication.chain(ring.folder, entry)[link]
    found = x509.load_der_x509_certificate(certificate).extensions
    own = issuer = None
    for extension in found:
        if isinstance(extension.value, x509.SubjectKeyIdentifier):
            own = extension.value.digest
        elif isinstance(extension.value, x509.AuthorityKeyIdentifier):
            issuer = extension.value.key_identifier
    return own, issuer


def _certificate(entry: Entry, ring: KeyRing) -> bytes:
    return key_publication.chain(ring.folder, entry)[0]
