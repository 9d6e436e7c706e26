"""Signed notes and checkpoints of a log (C2SP `signed-note`, `tlog-checkpoint`), with Ed25519.

    sealpress.example/log        the origin: which log it is
    42                           how many leaves it has
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — sealpress.example/log Az3grnZ3…

A verifier's key (`vkey`) is written as `name+hash+key`, as Go's `sumdb/note` does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signing.errors import SigningError
from signing.merkle import HASH_BYTES

ED25519: Final = b"\x01"
"""The type of an Ed25519 key and its signature (C2SP `signed-note`)."""

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KEY_HASH_BYTES: Final = 4

MAX_NOTE_BYTES: Final = 64_000
"""Largest note read: a checkpoint has 200 bytes, and 100 for each witness that signed it too."""

MAX_SIGNATURES: Final = 100
"""As in Go's `sumdb/note`."""

_DASH: Final = "\u2014 "
_NAME: Final = re.compile(r"[^\s+]{1,200}")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class MalformedNote(SigningError):
    """A text is no signed note, no checkpoint, or no key of a verifier."""


@dataclass(frozen=True)
class NoteKey:
    """Whose signature is believed: the name that stands in notes, and the Ed25519 key, 32 bytes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Raises MalformedNote where name or key cannot be."""
        if not _NAME.fullmatch(self.name) or len(self.public) != KEY_BYTES:
            raise MalformedNote("no name or no Ed25519 key of a log")

    @property
    def hash(self) -> bytes:
        """What tells the key in a signature's line, 4 bytes."""
        told = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(told).digest()[:KEY_HASH_BYTES]

    def __str__(self) -> str:
        """The key as verifiers are given it."""
        encoded = base64.b64encode(ED25519 + self.public).decode("ascii")
        return f"{self.name}+{self.hash.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """A verifier's key from its text; raises MalformedNote."""
        name, _, rest = text.strip().partition("+")
        told, _, encoded = rest.partition("+")
        content = _from_base64(encoded)
        if content is None or content[:1] != ED25519:
            raise MalformedNote("this is no Ed25519 key of a verifier: name+hash+key")
        key = cls(name, content[1:])
        if key.hash.hex() != told:
            raise MalformedNote("the hash in the verifier's key is not its own")
        return key


@dataclass(frozen=True)
class Checkpoint:
    """What a log commits itself to: its origin, how many leaves it has, and its root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


def sign(text: str, key: NoteKey, signature: Callable[[bytes], bytes]) -> str:
    """The note of a text that ends with a newline; `signature` makes that of `key`."""
    signed = base64.b64encode(key.hash + signature(text.encode())).decode("ascii")
    return f"{text}\n{_DASH}{key.name} {signed}\n"


def opened(note: str, keys: Iterable[NoteKey]) -> tuple[str, NoteKey] | None:
    """A note's text and the first of the keys that signed it; None where none did.

    Lines of other signers are passed over. Raises MalformedNote where it is no note.
    """
    text, signatures = _parts(note)
    for key in keys:
        for name, content in signatures:
            known = (name, content[:KEY_HASH_BYTES]) == (key.name, key.hash)
            if known and _is_by(key.public, content[KEY_HASH_BYTES:], text.encode()):
                return text, key
    return None


def checkpoint(text: str) -> Checkpoint:
    """The checkpoint in the text of a note; raises MalformedNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise MalformedNote("it is no checkpoint: origin, size and root, a line each")
    root = _from_base64(lines[2])
    if not _SIZE.fullmatch(lines[1]) or root is None or len(root) != HASH_BYTES:
        raise MalformedNote("it is no checkpoint: its size or its root cannot be read")
    return Checkpoint(lines[0], int(lines[1]), root)


def unverified(note: str) -> Checkpoint:
    """The checkpoint in a note whose signatures are not looked at; raises MalformedNote."""
    return checkpoint(_parts(note)[0])


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text with its newline, and of each signature the name and what is behind it."""
    if len(note) > MAX_NOTE_BYTES or any(c < " " and c != "\n" for c in note):
        raise MalformedNote("it is no signed note: too long, or not text")
    head, found, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not found or not head or lines.pop() or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise MalformedNote("it is no signed note: no signatures below an empty line")
    return head + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    content = _from_base64(encoded)
    if not line.startswith(_DASH) or not _NAME.fullmatch(name) or content is None:
        raise MalformedNote("a line of the note is no signature")
    if len(content) <= KEY_HASH_BYTES:
        raise MalformedNote("a signature of the note is empty")
    return name, content


def _is_by(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
