"""The image of a code as a PNG file (ISO/IEC 15948), for OFD, which takes images as files."""

from __future__ import annotations

import struct
import zlib

from renderer.page import PIXELS, Modules
from renderer.pdf_objects import ZLIB_HEADER

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INDEXED = 3
"""Colour type: bits are entries of the palette (11.2.2)."""
WHITE = b"\xff\xff\xff"


def _chunk(kind: bytes, *data: bytes) -> bytes:
    """Length, kind, data and checksum (5.3)."""
    body = b"".join((kind, *data))
    return struct.pack(">I", len(body) - len(kind)) + body + struct.pack(">I", zlib.crc32(body))


def png(modules: Modules) -> bytes:
    """The file: one bit for each pixel, white or the colour of the code."""
    side = modules.count * PIXELS
    adler32 = modules.image.adler32.to_bytes(4, "big")
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">2I5B", side, side, 1, INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", WHITE, bytes(modules.colour)),
            _chunk(b"IDAT", ZLIB_HEADER, modules.image.stream, adler32),
            _chunk(b"IEND"),
        )
    )
