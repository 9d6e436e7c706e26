"""Compression, done once for what both files carry.

PDF wants a zlib stream (RFC 1950), ZIP a raw one (RFC 1951); both are the same deflate data in a
different wrapping, so a font is compressed once and each writer puts its own frame around it.
"""

from __future__ import annotations

import zlib

from renderer.page import Deflated

LEVEL = 6
"""zlib's usual level: on glyph outlines the highest saves 1 % more and takes twice the time."""

RAW = -zlib.MAX_WBITS


def deflate(data: bytes, level: int = LEVEL) -> Deflated:
    """The raw deflate stream of `data` with its size and both checksums."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, RAW)
    stream = compressor.compress(data) + compressor.flush()
    return Deflated(len(data), zlib.crc32(data), zlib.adler32(data), stream)
