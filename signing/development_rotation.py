"""The next key of a role in a development authority: made, certified, and entered into the ring."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from signing import development_files as files
from signing import development_lists as lists
from signing import key_changes, key_names, key_publication, key_ring, key_takeover, ses_parse
from signing.development_chains import Authority
from signing.errors import CannotSign
from signing.key_entry import Entry, Role
from signing.key_ring import KeyRing, RingFile


def make_next(
    folder: Path, role: Role, authority: str | None, active_from: datetime, now: datetime
) -> Entry:
    """A new key of a role, that signs from the aware moment `active_from` on.

    It is published at once; those before it are retired at that moment. An authority keeps the
    name and the picture of its seal. Raises CannotSign, KeyUnavailable, OSError.
    """
    at = now.replace(microsecond=0)
    with key_ring.changing(folder) as file:
        stem = key_names.next_stem(folder, role, authority)
        _make(file, stem, role, authority, at)
        entry = replace(
            key_takeover.of_files(folder, stem, role, authority, at),
            id=file.ring.next_id(role, authority),
            active_from=max(active_from.replace(microsecond=0), at),
        )
        file.write(key_changes.following(file.ring, entry))
        lists.write(file.ring, at, lambda path: not path.exists())  # a new root's first
    return entry


def _make(file: RingFile, stem: str, role: Role, authority: str | None, now: datetime) -> None:
    if authority is None:
        files.MAKE[role](file, stem, now)
        return
    make = files.make_pdf_signer if role is Role.PDF_SIGNER else files.make_seal_signer
    make(file, stem, _known(file.ring, authority), now)


def _known(ring: KeyRing, authority: str) -> Authority:
    """An authority as its newest seal describes it; raises CannotSign where it never had one."""
    seals = ring.of(Role.SEAL_SIGNER, authority)
    if not seals:
        raise CannotSign(f"the authority {authority} has no seal yet: `sealpress keys create`")
    seal = ses_parse.parse_seal(key_publication.content(ring.folder / (seals[-1].seal or "")))
    picture = seal.picture
    size = float(picture.width), float(picture.height)
    return Authority(seal.property.name, authority, picture.data, size)
