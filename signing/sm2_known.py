"""Signatures that were found good before: those on certificates, revocation lists and seals.

A sealed file brings two signatures that are its own, and beside them those on its certificates, on
the revocation lists and on the seal, which are the same in every file of an authority. Whether a
signature is good is a pure function of key, message and signature, so a good one is remembered by
the SHA-256 of all three. A bad one is not: who sends many of them only pays for each.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from signing.libcrypto import Sm2PublicKey

MOST: Final = 4_096
"""Signatures remembered, the latest asked for: a province's authorities have some two thousand."""

_LENGTH_BYTES: Final = 8

_lock: Final = threading.Lock()
_good: Final[OrderedDict[bytes, None]] = OrderedDict()


def verify(key: Sm2PublicKey, message: bytes, signature: bytes) -> bool:
    """What `key.verify` says."""
    mark = _mark(key.point, message, signature)
    with _lock:
        if mark in _good:
            _good.move_to_end(mark)
            return True
    if not key.verify(message, signature):
        return False
    with _lock:
        _good[mark] = None
        while len(_good) > MOST:
            _good.popitem(last=False)
    return True


def forget() -> None:
    """Forget all of them."""
    with _lock:
        _good.clear()


def _mark(*parts: bytes) -> bytes:
    """A digest of the parts, each with its length before it, so that none runs into the next."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(_LENGTH_BYTES, "big"))
        found.update(part)
    return found.digest()
