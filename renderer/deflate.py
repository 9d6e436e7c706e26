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

Setup = tuple[int, int]
"""Window and memory of a compressor: the smaller, the quicker it is set up."""

USUAL: Setup = (RAW, 8)
SMALL: Setup = (-12, 5)
NEAR: Setup = (-13, 6)
"""`SMALL` for data of at most `SMALL_BYTES`, `NEAR` for what repeats itself at short distance."""

SMALL_BYTES = 4096


def _compressor(size: int, level: int, setup: Setup | None = None) -> zlib._Compress:
    window, memory = setup or (SMALL if size <= SMALL_BYTES else USUAL)
    return zlib.compressobj(level, zlib.DEFLATED, window, memory)


def deflate(data: bytes, level: int = LEVEL, setup: Setup | None = None) -> Deflated:
    """The raw deflate stream of `data` with its size and both checksums."""
    compressor = _compressor(len(data), level, setup)
    stream = compressor.compress(data) + compressor.flush()
    return Deflated(len(data), zlib.crc32(data), zlib.adler32(data), stream)


def begun(data: bytes, level: int = LEVEL) -> Deflated:
    """A stream that begins with `data` and is to be `continued`: it ends with a whole byte."""
    compressor = _compressor(len(data), level)
    stream = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return Deflated(len(data), zlib.crc32(data), zlib.adler32(data), stream)


def continued(beginning: Deflated, rest: bytes, level: int) -> Deflated:
    """The whole stream: one that was `begun`, and what comes behind it."""
    compressor = _compressor(len(rest), level)
    return Deflated(
        beginning.size + len(rest),
        zlib.crc32(rest, beginning.crc32),
        zlib.adler32(rest, beginning.adler32),
        b"".join((beginning.stream, compressor.compress(rest), compressor.flush())),
    )
