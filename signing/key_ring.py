"""The register of a folder of keys, `ring.json`: which keys there are, and what became of them.

    {"version": 1, "entries": [{"id": "code-signer-1", "role": "code-signer", ...}]}

Nothing is ever taken out of it: a key that signs no more stays, with its public half, since what
it signed is looked at for decades. It holds nothing secret. Every change is made under one lock
and replaces the file as a whole. A folder from before there was a ring is taken over once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from signing import atomic, file_keys, key_names
from signing.errors import CannotSign, SigningError
from signing.key_entry import Entry, Role, State
from signing.key_entry_reading import MalformedEntry, read

RING: Final = "ring.json"
VERSION: Final = 1

MAX_RING_BYTES: Final = 16 << 20
"""Largest ring read, bytes: 1 KB an entry, two a year for each of 200 authorities, for 40 years."""

_LOCK: Final = ".lock"
_RINGS_KEPT: Final = 16


class BrokenRing(SigningError):
    """`ring.json` is not what it should be; nothing is signed until it is mended."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be used: {reason}")


class NoActiveKey(CannotSign):
    """No key of that role may sign now."""

    def __init__(self, role: Role, authority: str | None) -> None:
        self.role, self.authority = role, authority
        whose = f" of the authority {authority}" if authority else ""
        super().__init__(f"no key{whose} is active in the role {role}: `sealpress keys list`")


@dataclass(frozen=True)
class VerifyingKey:
    """The public half of a key that codes or lists are verified with.

    From the aware moment `revoked_at` on, nothing that it signed is believed; None: not revoked.
    """

    public_key: ec.EllipticCurvePublicKey
    kid: bytes
    revoked_at: datetime | None


@dataclass(frozen=True)
class KeyRing:
    """The keys of a folder, oldest first; changing gives another ring."""

    folder: Path
    entries: tuple[Entry, ...]

    def of(self, role: Role, authority: str | None = None) -> tuple[Entry, ...]:
        """The entries of a role, of one authority where each has its own."""
        return self._by_role.get((role, authority), ())

    @cached_property
    def _by_role(self) -> Mapping[tuple[Role, str | None], tuple[Entry, ...]]:
        found: dict[tuple[Role, str | None], tuple[Entry, ...]] = {}
        for one in self.entries:
            place = one.role, one.authority
            found[place] = (*found.get(place, ()), one)
        return found

    def by_id(self, identifier: str) -> Entry:
        """The entry with that id; raises CannotSign."""
        for one in self.entries:
            if one.id == identifier:
                return one
        raise CannotSign(f"there is no key {identifier}: `sealpress keys list` names them")

    def signing(self, role: Role, authority: str | None, at: datetime) -> Entry:
        """The entry that signs at an aware moment: the newest active one; raises NoActiveKey."""
        active = [one for one in self.of(role, authority) if one.state_at(at) is State.ACTIVE]
        if not active:
            raise NoActiveKey(role, authority)
        return max(enumerate(active), key=lambda one: (one[1].active_from, one[0]))[1]

    def uri(self, entry: Entry) -> str:
        """Where an entry's private key is; raises CannotSign where it is elsewhere, unknown."""
        if entry.uri is None:
            raise CannotSign(f"the private key of {entry.id} is not kept here")
        return file_keys.uri_of(self.folder / entry.uri) if entry.in_folder else entry.uri

    def next_id(self, role: Role, authority: str | None = None) -> str:
        """The id of the next key of that role."""
        whose = f"-{authority}" if authority else ""
        return f"{role}{whose}-{len(self.of(role, authority)) + 1}"

    def adding(self, entry: Entry) -> KeyRing:
        """The ring with one more key."""
        return replace(self, entries=(*self.entries, entry))

    def replacing(self, entry: Entry) -> KeyRing:
        """The ring in which the entry of that id has become this one."""
        changed = (entry if one.id == entry.id else one for one in self.entries)
        return replace(self, entries=tuple(changed))


def load(folder: Path) -> KeyRing:
    """The ring of a folder, read anew only if it changed; raises BrokenRing.

    A folder without one is taken over; where it holds no keys, the ring is empty.
    """
    path = folder / RING
    try:
        found = path.stat()
    except FileNotFoundError:
        return _taken_over(folder)
    except OSError as error:
        raise BrokenRing(path, error.strerror or "unreadable") from None
    if found.st_size > MAX_RING_BYTES:
        raise BrokenRing(path, f"it is larger than {MAX_RING_BYTES} bytes")
    return _read(path, (found.st_ino, found.st_size, found.st_mtime_ns))


def verifying_keys(folder: Path, role: Role) -> tuple[VerifyingKey, ...]:
    """All keys that codes, lists or receipts (by the role) are verified with, oldest first.

    Upcoming, retired and revoked ones among them. No private key is touched. Raises BrokenRing.
    """
    return tuple(_verifying(folder, one) for one in load(folder).of(role))


class RingFile:
    """The ring while it is being changed; whoever holds it holds the folder's lock."""

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self.folder, self.ring = folder, ring

    def write(self, ring: KeyRing) -> None:
        """Puts another ring in place."""
        write(self.folder, ring)
        self.ring = ring


@contextmanager
def changing(folder: Path) -> Iterator[RingFile]:
    """Lets one process at a time change the folder; what a killed one left is removed.

    Folder and ring are made if they are missing. Raises BrokenRing, OSError. Taken twice by one
    thread, it waits for itself.
    """
    folder.mkdir(mode=atomic.PRIVATE_FOLDER, parents=True, exist_ok=True)
    with atomic.lock(folder / _LOCK):
        for part in (folder, folder / key_names.CRLS, folder / key_names.AUTHORITIES):
            part.mkdir(mode=atomic.PRIVATE_FOLDER, exist_ok=True)
            for left in part.glob(f"{atomic.TEMPORARY_PREFIX}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        if not (folder / RING).exists():
            write(folder, _found(folder))
        yield RingFile(folder, load(folder))


def write(folder: Path, ring: KeyRing) -> None:
    """Puts the ring in place; only within `changing`."""
    content = {"version": VERSION, "entries": [one.as_json() for one in ring.entries]}
    data = json.dumps(content, indent=1, ensure_ascii=False)
    atomic.write(folder / RING, f"{data}\n".encode())


def _taken_over(folder: Path) -> KeyRing:
    """The ring of a folder from before there was one, written down if that can be done."""
    found = _found(folder)
    if not found.entries:
        return found
    try:
        with changing(folder) as file:
            return file.ring
    except OSError:
        return found  # whoever may only read the folder reads it as it is, each time


def _found(folder: Path) -> KeyRing:
    from signing import key_takeover  # all of signing, which reading a ring does without

    return KeyRing(folder, key_takeover.found(folder))


@lru_cache(_RINGS_KEPT)
def _read(path: Path, _state: tuple[int, int, int]) -> KeyRing:
    try:
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise BrokenRing(path, f"it is no ring of version {VERSION}")
        listed = content.get("entries")
        if not isinstance(listed, list):
            raise BrokenRing(path, "it has no list of entries")
        entries = tuple(_entry(path, number, value) for number, value in enumerate(listed, 1))
    except OSError as error:
        raise BrokenRing(path, error.strerror or "unreadable") from None
    except (ValueError, RecursionError) as error:
        raise BrokenRing(path, "it is no JSON") from error
    if len({one.id for one in entries}) != len(entries):
        raise BrokenRing(path, "two entries have the same id")
    return KeyRing(path.parent, entries)


def _entry(path: Path, number: int, value: object) -> Entry:
    try:
        return read(value)
    except MalformedEntry as error:
        raise BrokenRing(path, f"entry {number}: {error}") from error


def _verifying(folder: Path, entry: Entry) -> VerifyingKey:
    return VerifyingKey(_p256(folder, entry.public), entry.kid, entry.distrusted_from)


@lru_cache(256)
def _p256(folder: Path, public: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(public.encode())
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BrokenRing(folder / RING, "a key of codes or lists is no P-256 key")
    return key
