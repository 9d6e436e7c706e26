"""What of a folder of keys everybody may have: roots and revocation lists, as certificates' files.

Light, and without private keys: the public side and `sealpress verify` start from here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from signing import certificates, file_keys, key_names, key_ring
from signing.errors import KeyUnavailable, MalformedCertificate
from signing.key_entry import Entry, Role

MAX_FILE_BYTES: Final = 4 << 20
"""Largest certificate, list or seal read from the folder: a seal is a picture of at most 1 MB."""

_FILES_KEPT: Final = 4096
_CHAINS: Final = {Role.PDF_ROOT: "pdf", Role.SEAL_ROOT: "seal"}


def roots(folder: Path, role: Role) -> tuple[bytes, ...]:
    """The certificates, DER, of all roots of that role (PDF_ROOT, SEAL_ROOT) but the revoked.

    Raises KeyUnavailable, MalformedCertificate, BrokenRing.
    """
    trusted = (one for one in key_ring.load(folder).of(role) if one.revoked_at is None)
    return tuple(chain(folder, one)[0] for one in trusted)


def revocation_lists(folder: Path, role: Role) -> tuple[bytes, ...]:
    """The revocation lists, DER, of the chains below the roots of that role; raises KeyUnavailable.

    There is one for each issuer: `crls/pdf.crl`, and `crls/pdf-2.crl` once a second root signs.
    """
    paths = (folder / key_names.CRLS).glob(f"{_CHAINS[role]}*.crl")
    return tuple(content(path) for path in sorted(paths))


def chain(folder: Path, entry: Entry) -> tuple[bytes, ...]:
    """An entry's certificate and those above it, DER; raises KeyUnavailable."""
    path = folder / (entry.certificate or "")
    try:
        return _certificates(content(path))
    except MalformedCertificate as error:
        raise KeyUnavailable(file_keys.uri_of(path), f"its certificate: {error}") from error


def content(path: Path) -> bytes:
    """What a file of the folder holds, read anew only if it changed; raises KeyUnavailable."""
    try:
        found = path.stat()
        if found.st_size > MAX_FILE_BYTES:
            raise KeyUnavailable(path.as_uri(), f"larger than {MAX_FILE_BYTES} bytes")
        return _content(path, (found.st_ino, found.st_size, found.st_mtime_ns))
    except OSError as error:
        raise KeyUnavailable(file_keys.uri_of(path), error.strerror or "unreadable") from None


@lru_cache(_FILES_KEPT)
def _content(path: Path, _state: tuple[int, int, int]) -> bytes:
    return path.read_bytes()


@lru_cache(_FILES_KEPT)
def _certificates(pem: bytes) -> tuple[bytes, ...]:
    return certificates.from_pem(pem)
