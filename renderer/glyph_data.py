"""Single glyphs of a font file, read once and made ready for any subset.

A subset is put together from these (`subset_tables`). That is possible for plain TrueType outlines
in the em of all fonts here; what is made of other glyphs, or carries instructions, is left to the
general way.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from renderer import fonts
from renderer.byte_code import ByteCode

Box = tuple[int, int, int, int]
"""Left, bottom, right and top in font units."""

NO_INK: Box = (0x7FFF, 0x7FFF, -0x8000, -0x8000)
"""The box of nothing: whatever is joined with it stays as it is."""

GLYPHS_KEPT = 8192
"""Glyphs held per process, a kilobyte each; certificates share nearly all of theirs."""

ALIGNMENT = 4
"""Bytes to which entries of `glyf` are aligned (OpenType 1.9, `loca`)."""

SAMPLED = 512
"""Glyphs, spread over the whole font, whose bytes decide on the code for all of them."""


class GlyphData(NamedTuple):
    """A glyph as subsets take it: its entries in `glyf` and `hmtx`.

    `data` is filled up with zeros to a multiple of four bytes, `coded` the same for deflate,
    `checksum` its 32-bit sum; `box` is left, bottom, right and top in font units, for a glyph
    without ink those of `NO_INK`.
    """

    data: bytes
    coded: bytes
    size: int
    checksum: int
    metrics: bytes
    width: int
    box: Box


def checksum(table: bytes) -> int:
    """The sum of a table's 32-bit numbers, as OpenType defines it."""
    table += bytes(-len(table) % 4)
    numbers: tuple[int, ...] = struct.unpack(f">{len(table) // 4}I", table)
    return sum(numbers) & 0xFFFFFFFF


@dataclass(frozen=True)
class _Source:
    """An open font file: its bytes, mapped, and where its tables begin."""

    data: mmap.mmap
    tables: Mapping[str, int]
    glyph_count: int
    long_offsets: bool
    metrics_count: int

    def outline(self, glyph: int) -> bytes:
        """The entry of a glyph in the table `glyf`."""
        at = self.tables["loca"]
        if self.long_offsets:
            start, end = struct.unpack_from(">2I", self.data, at + 4 * glyph)
        else:
            start, end = (2 * n for n in struct.unpack_from(">2H", self.data, at + 2 * glyph))
        return self.data[self.tables["glyf"] + start : self.tables["glyf"] + end]

    def metrics(self, glyph: int) -> bytes:
        """Advance and left side bearing, as `hmtx` has them."""
        at, last = self.tables["hmtx"], self.metrics_count - 1
        advance = at + 4 * min(glyph, last)
        bearing = at + (4 * glyph + 2 if glyph <= last else 4 * (last + 1) + 2 * (glyph - last - 1))
        return self.data[advance : advance + 2] + self.data[bearing : bearing + 2]


@cache
def _source(face_key: str) -> _Source | None:
    """The font file behind a face; None where its glyphs cannot be taken over as they are."""
    with fonts.face(face_key).file.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    tables = {}
    for entry in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * entry)
        tables[tag.decode("latin-1")] = offset
    if not {"glyf", "loca", "hmtx", "hhea", "head", "maxp"} <= set(tables):
        return None
    if struct.unpack_from(">H", data, tables["head"] + 18)[0] != fonts.EM:
        return None
    return _Source(
        data=data,
        tables=tables,
        glyph_count=struct.unpack_from(">H", data, tables["maxp"] + 4)[0],
        long_offsets=struct.unpack_from(">h", data, tables["head"] + 50)[0] == 1,
        metrics_count=struct.unpack_from(">H", data, tables["hhea"] + 34)[0],
    )


@cache
def code_of(face_key: str) -> ByteCode:
    """The code for the glyphs of a face. A font file has one, whichever glyphs are asked for.

    Raises:
        ValueError: it has none, because its glyphs cannot be taken over as they are.
    """
    source = _source(face_key)
    if source is None:
        raise ValueError(f"the glyphs of font {face_key} cannot be taken over")
    step = max(1, source.glyph_count // SAMPLED)
    sample = [source.outline(glyph) for glyph in range(0, source.glyph_count, step)]
    return ByteCode(sample, filler=b"\0", step=ALIGNMENT)


@lru_cache(maxsize=GLYPHS_KEPT)
def glyph_data(face_key: str, glyph: int) -> GlyphData | None:
    """One glyph; None where it cannot be taken out of its font as it stands."""
    source = _source(face_key)
    if source is None:
        return None
    outline = source.outline(glyph)
    box = NO_INK
    if outline:
        contours, *corners = struct.unpack_from(">5h", outline)
        # Fewer than 0 contours: made of other glyphs. The length of the instructions comes next.
        if contours < 0 or struct.unpack_from(">H", outline, 10 + 2 * contours)[0]:
            return None
        box = (corners[0], corners[1], corners[2], corners[3])
    piece, metrics = code_of(face_key).piece(outline), source.metrics(glyph)
    return GlyphData(
        data=piece.data,
        coded=piece.coded,
        size=len(piece.data),
        checksum=checksum(piece.data),
        metrics=metrics,
        width=int.from_bytes(metrics[:2], "big"),
        box=box,
    )
