"""SM3 digests of a package's parts, unpacked and packed, each part that comes back digested once.

A seal covers the parts as they are unpacked (GB/T 33190 ch. 18). Deflate can say the same bytes in
several ways, so there are bits in a package that could be changed without changing a part. A final
seal made here therefore carries a digest of the packed bytes too, as an extension of what the
signer signs: whoever does not know it passes over it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NamedTuple

from signing.libcrypto import sm3
from signing.zip_package import PackedPart

PACKED_BYTES_OID = "2.25.133041432473754222269980897189081243790"
"""The extension of TBS_Sign whose value is `packed_digest`, 32 bytes; an OID from a UUID."""

KEPT_PARTS = 128
"""Parts whose digests are kept: the frames and resources of a province's layouts."""

KEPT_PART_BYTES = 128 << 10
"""Largest part kept, packed bytes, so that all of them together take 16 MiB at most."""


class Digests(NamedTuple):
    """The SM3 digests of one part: of its own bytes, and of its packed ones."""

    unpacked: bytes
    packed: bytes


class KnownDigests:
    """Digests of the parts seen last; several threads may ask at once.

    Parts are told equal by their bytes, which costs next to nothing beside SM3 (210 MB/s).
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, int], tuple[bytes, Digests]] = {}
        self._lock = threading.Lock()

    def of(self, part: PackedPart, unpacked: bytes | None = None) -> Digests:
        """The part's digests; `unpacked` are its own bytes if they are at hand.

        Raises MalformedPackage where the part is broken, or the bytes are not its own.
        """
        key = (part.name, part.method, part.crc, len(part.octets))
        with self._lock:
            known = self._found.pop(key, None)
            if known is not None and known[0] == part.octets:
                self._found[key] = known  # now the youngest
                return known[1]
        digests = _digests(part, unpacked)
        if len(part.octets) <= KEPT_PART_BYTES:
            with self._lock:
                self._found[key] = (part.octets, digests)
                while len(self._found) > KEPT_PARTS:
                    del self._found[next(iter(self._found))]
        return digests


KNOWN = KnownDigests()


def packed_digest(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """SM3 over all parts in the order in which they stand in the package.

    For each its local header as it stands (APPNOTE.TXT 4.3.7: with name and extra field), then the
    SM3 of its packed bytes.
    """
    return sm3(b"".join(piece for part in parts for piece in part))


def _digests(part: PackedPart, unpacked: bytes | None) -> Digests:
    if unpacked is None:
        unpacked = part.unpack()
    else:
        part.require_is(unpacked)
    own = sm3(unpacked)
    return Digests(own, own if part.stored else sm3(part.octets))
