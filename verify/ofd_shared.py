"""Parts that many files have to the byte: a layout's background, an authority's seal.

They are half of a file. What they are inflated, and their digests, are functions of their bytes and
nothing else, so both are kept under the very bytes: a part with one bit changed is another part.
Whether a file's signature covers them, with that digest, is asked of every file anew.

Parts that tell of one certificate hardly come again, and are not kept.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

from verify.limits import SHARED_PART_BYTES, SHARED_PARTS_KEPT

_BACKGROUND = "/Tpls/"
_SEAL = "/Seal.esl"


class Inflated(NamedTuple):
    """What a raw deflate stream holds, and its CRC-32; `whole` if the stream ends where it does."""

    data: bytes
    crc: int
    whole: bool


def inflated(name: str, packed: bytes, size: int) -> Inflated:
    """A part that is said to have `size` bytes: no more than that and one byte is inflated.

    Raises:
        zlib.error: the stream is damaged.
    """
    kept = is_shared(name) and max(size, len(packed)) <= SHARED_PART_BYTES
    return _kept_inflated(packed, size) if kept else _inflated(packed, size)


def sm3(name: str, octets: bytes) -> bytes:
    """The SM3 of a part, or of its packed bytes."""
    if is_shared(name) and len(octets) <= SHARED_PART_BYTES:
        return _kept_sm3(octets)
    from signing import libcrypto

    return libcrypto.sm3(octets)


def is_shared(name: str) -> bool:
    """Whether a part is, by its name, one that many files have."""
    return _BACKGROUND in name or name.endswith(_SEAL)


def forget() -> None:
    """Forget what was kept."""
    _kept_inflated.cache_clear()
    _kept_sm3.cache_clear()


def _inflated(packed: bytes, size: int) -> Inflated:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(packed, size + 1)
    whole = inflater.eof and not inflater.unused_data and not inflater.unconsumed_tail
    return Inflated(data, zlib.crc32(data), whole)


@lru_cache(maxsize=SHARED_PARTS_KEPT)
def _kept_inflated(packed: bytes, size: int) -> Inflated:
    return _inflated(packed, size)


@lru_cache(maxsize=SHARED_PARTS_KEPT)
def _kept_sm3(octets: bytes) -> bytes:
    from signing import libcrypto

    return libcrypto.sm3(octets)
