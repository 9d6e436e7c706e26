"""Whose checkpoints are believed: the public keys of the log, as a ring has them and as files.

`log-key.txt` has a verifier's key on each line, as C2SP `signed-note` writes it;
`log-keys.json` the same keys as a JWK set (RFC 8037).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing import jws, key_ring
from signing.key_entry import Entry, Role
from signing.signed_note import NoteKey

MAX_KEYS: Final = 64
"""Most keys read: one for each two years in a century, and to spare."""


def of_folder(folder: Path, origin: str, *, revoked: bool = False) -> tuple[NoteKey, ...]:
    """The keys of a folder of keys under the log's origin, the newest first; raises BrokenRing.

    Those that were revoked are left out, unless it is asked for what they once signed.
    """
    entries = reversed(key_ring.load(folder).of(Role.LOG_SIGNER))
    return tuple(
        NoteKey(origin, _public(folder, one))
        for one in entries
        if revoked or one.distrusted_from is None
    )


def text(keys: Sequence[NoteKey]) -> bytes:
    """`log-key.txt`; nothing where there are no keys."""
    return "".join(f"{key}\n" for key in keys).encode()


def read(content: bytes) -> tuple[NoteKey, ...]:
    """The keys in `log-key.txt`; raises ValueError, MalformedNote."""
    lines = content.decode().split()
    if not 1 <= len(lines) <= MAX_KEYS:
        raise ValueError(f"it has not one to {MAX_KEYS} keys")
    return tuple(NoteKey.parse(line) for line in lines)


def jwk_set(keys: Sequence[NoteKey]) -> bytes:
    """`log-keys.json`; nothing where there are no keys."""
    listed = [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": jws.base64url(key.public),
            "kid": key.hash.hex(),
            "use": "sig",
            "alg": "EdDSA",
            "purpose": "log",
            "origin": key.name,
        }
        for key in keys
    ]
    written = json.dumps({"keys": listed}, indent=2, ensure_ascii=False)
    return f"{written}\n".encode() if listed else b""


def _public(folder: Path, entry: Entry) -> bytes:
    try:
        key = load_der_public_key(entry.spki)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise key_ring.BrokenRing(folder / key_ring.RING, f"{entry.id} is no Ed25519 key")
    return key.public_bytes_raw()
