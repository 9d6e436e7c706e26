"""A development authority in a folder of keys, made on first use and worth nothing outside.

Nothing is overwritten: what is missing is made, each file whole or not at all and each authority's
folder whole or not at all; then the ring says so. So whatever was killed in the middle, the next
run completes it; and of several processes at once one makes what the others then find.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from signing import atomic, certificates, key_names, key_publication, key_ring, key_takeover
from signing import development_files as files
from signing import development_lists as lists
from signing.development_chains import Authority
from signing.errors import KeyUnavailable
from signing.key_entry import Role
from signing.key_folder import code_key, list_key, load_pdf_signer, load_seal_signer
from signing.key_ring import RingFile

__all__ = [
    "code_key",
    "create_authorities",
    "create_signer",
    "list_key",
    "load_pdf_signer",
    "load_seal_signer",
    "refresh_crls",
]

CRL_REFRESHED_AFTER = timedelta(days=1)
"""Age from which `refresh_crls` makes a new list."""


def create_authorities(folder: Path, now: datetime) -> None:
    """Makes what is missing of roots, seal maker, the keys of codes, lists and receipts, and CRLs.

    `now` is aware. Raises KeyUnavailable where a certificate or an entry is there but its key is
    not, since a new key would not be the one certified; OSError where the folder cannot be written.
    """
    if _whole(folder, now):
        return
    with key_ring.changing(folder) as file:
        at = now.replace(microsecond=0)
        for role, make in files.MAKE.items():
            if not file.ring.of(role):
                make(file, key_names.stem(role), at)
                _enter(file, role, None, at)
        files.restore(file, at)
        lists.write(file.ring, at, lambda path: not path.exists())


def create_signer(
    folder: Path,
    name: str,
    uscc: str,
    picture: bytes,
    picture_mm: tuple[float, float],
    now: datetime,
) -> None:
    """Makes an authority's keys, certificates and seal, unless it has or had some.

    `picture` is a PNG, `picture_mm` its width and height in mm, `now` aware. Raises CannotSign for
    a picture, name or USCC that cannot be, KeyUnavailable, OSError.
    """
    home = folder / key_names.AUTHORITIES / key_names.checked(uscc)
    if home.is_dir() and key_ring.load(folder).of(Role.SEAL_SIGNER, uscc):
        return
    create_authorities(folder, now)
    at = now.replace(microsecond=0)
    with key_ring.changing(folder) as file:
        if not home.is_dir():
            if file.ring.of(Role.PDF_SIGNER, uscc):
                raise KeyUnavailable(home.as_uri(), "the ring has its keys, but they are gone")
            _make_home(file, home, Authority(name, uscc, picture, picture_mm), at)
        for role in (Role.PDF_SIGNER, Role.SEAL_SIGNER):
            if not file.ring.of(role, uscc):
                _enter(file, role, uscc, at)


def refresh_crls(folder: Path, now: datetime) -> None:
    """Signs the revocation lists anew that are older than a day; what they revoke stays revoked.

    Raises KeyUnavailable without the roots, MalformedCertificate where a list is damaged: it cannot
    be replaced, for nobody would know any more what it revoked.
    """

    def due(path: Path) -> bool:
        issued = certificates.crl_issued_at(key_publication.content(path))
        return now - issued >= CRL_REFRESHED_AFTER

    if any(due(folder / path) for path in lists.paths(key_ring.load(folder))):
        with key_ring.changing(folder) as file:
            lists.write(file.ring, now.replace(microsecond=0), due)


def _whole(folder: Path, now: datetime) -> bool:
    """Whether every role has a key, and all files of those that sign are there, and the lists."""
    if not (folder / key_ring.RING).exists():
        return False
    ring = key_ring.load(folder)
    if not all(ring.of(role) for role in files.MAKE):
        return False
    used = [path for one in files.living(ring, now) for path in (one.uri, one.certificate)]
    return all((folder / path).exists() for path in (*filter(None, used), *lists.paths(ring)))


def _enter(file: RingFile, role: Role, authority: str | None, at: datetime) -> None:
    """Puts the files of a role's first key, which are there now, into the ring."""
    entry = key_takeover.entry(file.folder, role, authority, at)
    if entry is None:
        place = (file.folder / key_names.stem(role, authority)).as_uri()
        raise KeyUnavailable(place, "its files are not whole; move them away, or complete them")
    file.write(file.ring.adding(entry))


def _make_home(file: RingFile, home: Path, authority: Authority, now: datetime) -> None:
    """Makes all that an authority has in a folder that nobody else knows yet, then names it."""
    fresh = Path(tempfile.mkdtemp(prefix=atomic.TEMPORARY_PREFIX, dir=home.parent))
    try:
        stem = f"{key_names.AUTHORITIES}/{fresh.name}"
        pdf, seal = key_names.STEMS[Role.PDF_SIGNER], key_names.STEMS[Role.SEAL_SIGNER]
        files.make_pdf_signer(file, f"{stem}/{pdf}", authority, now)
        files.make_seal_signer(file, f"{stem}/{seal}", authority, now)
        fresh.rename(home)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    atomic.sync_folder(home.parent)
