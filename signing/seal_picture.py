"""The picture of a seal: a PNG (ISO/IEC 15948) that every reader can show, looked at before use.

It is signed into the seal and travels in every file that is sealed, so what is wrong with it must
be found before. Readers of OFD show PNG and nested OFD; of JPEG and BMP some show nothing.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

from signing.errors import CannotSign

MAX_BYTES: Final = 512 << 10
"""Largest picture put into a seal, bytes: 42 mm at 600 dpi have some 100 KB. Every sealed file
carries it twice, and what verifies may refuse a signature above 1 MiB."""

MAX_PIXELS: Final = 4096
"""Longest side, pixels: 42 mm at 1200 dpi have 1,984."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_OTHERS: Final = {
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"RIFF": "a WebP",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "an OFD or another ZIP",
    b"<svg": "an SVG",
    b"<?xml": "an SVG or another XML",
}
_HEADER: Final = struct.Struct(">2L5B")
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type: samples a pixel
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})


@dataclass(frozen=True)
class Pixels:
    """The sides of a picture, in pixels."""

    width: int
    height: int


def read(picture: bytes) -> Pixels:
    """The sides of a sound PNG; raises CannotSign, saying what is wrong with any other bytes."""
    if len(picture) > MAX_BYTES:
        raise CannotSign(f"the picture has {len(picture)} bytes; {MAX_BYTES} are allowed in a seal")
    if not picture.startswith(_SIGNATURE):
        known = (name for start, name in _OTHERS.items() if picture.startswith(start))
        raise CannotSign(f"the picture of a seal must be a PNG; this is {next(known, 'none')}")
    try:
        return _read(_chunks(picture))
    except (_Broken, zlib.error) as error:
        raise CannotSign(f"the picture is a broken PNG: {error}") from error


class _Broken(Exception):
    """What is wrong with a PNG."""


def _chunks(picture: bytes) -> list[tuple[bytes, bytes]]:
    """Every chunk's type and content, to the last byte."""
    found, at = [], len(_SIGNATURE)
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4], "big")
        kind, content = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        check = picture[at + 8 + size : at + 12 + size]
        if len(check) < 4 or int.from_bytes(check, "big") != zlib.crc32(kind + content):
            raise _Broken(f"it is cut off or damaged at byte {at}")
        found.append((kind, content))
        at += 12 + size
    return found


def _read(chunks: list[tuple[bytes, bytes]]) -> Pixels:
    kinds = [kind for kind, _ in chunks]
    if len(kinds) < 3 or kinds[0] != b"IHDR" or kinds[-1] != b"IEND":
        raise _Broken("it does not begin with IHDR and end with IEND")
    strange = [kind for kind in kinds if kind not in _CRITICAL and not kind[0] & 0x20]
    if strange or kinds.count(b"IHDR") + kinds.count(b"IEND") != 2:
        raise _Broken("it has chunks that do not belong there")
    header = chunks[0][1]
    if len(header) != _HEADER.size:
        raise _Broken("its IHDR is of another length")
    width, height, depth, colour, packing, filtering, interlace = _HEADER.unpack(header)
    if not (1 <= width <= MAX_PIXELS and 1 <= height <= MAX_PIXELS):
        raise _Broken(f"its sides are {width} by {height} pixels; 1 to {MAX_PIXELS} are allowed")
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering:
        raise _Broken("its colours are of a kind that does not exist")
    if interlace:
        raise CannotSign("the picture is interlaced, which not every reader of OFD shows")
    if colour == 3 and b"PLTE" not in kinds:
        raise _Broken("it has no palette")
    row = (width * _SAMPLES[colour] * depth + 7) // 8 + 1
    _require_rows(b"".join(content for kind, content in chunks if kind == b"IDAT"), row * height)
    return Pixels(width, height)


def _require_rows(packed: bytes, size: int) -> None:
    """All rows are there; never more than that and a byte is unpacked."""
    unpacker = zlib.decompressobj()
    rows = unpacker.decompress(packed, size + 1)
    if len(rows) != size or not unpacker.eof:
        raise _Broken("its rows are not all there, or too many")
