"""TrueType files put together from single glyphs (OpenType 1.9).

HarfBuzz makes a subset of any font; but then all of it has to be compressed anew, which takes ten
times as long as cutting it. Made of glyphs that are coded already, it is compressed as it is made.
What is the same in all subsets of a font is taken from one that HarfBuzz made.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from renderer.byte_code import Bits, ByteCode
from renderer.glyph_data import GlyphData, checksum
from renderer.page import Deflated

LAST_BMP = 0xFFFF
WINDOWS, UNICODE_BMP, UNICODE_FULL = 3, 1, 10
"""Platform and encodings of the table `cmap`."""

FILE_SUM = 0xB1B0AFBA
"""What the sum of a whole file and its `checkSumAdjustment` make together (table `head`)."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Assembled:
    """A font file, its deflate stream, and the box around all its glyphs in font units."""

    data: bytes
    deflated: Deflated
    box: Box


def tables_of(font: bytes) -> dict[bytes, bytes]:
    """The tables of a font file by their tags."""
    found = {}
    for entry in range(struct.unpack_from(">H", font, 4)[0]):
        tag, _, offset, size = struct.unpack_from(">4sIII", font, 12 + 16 * entry)
        found[tag] = font[offset : offset + size]
    return found


def assemble(
    template: Mapping[bytes, bytes],
    glyphs: Sequence[GlyphData],
    glyph_ids: Mapping[int, int],
    code: ByteCode,
) -> Assembled:
    """A font of the glyphs in their order, the first one being `.notdef`.

    `template` has the tables that every subset of the font shares, `glyph_ids` the glyph of each
    code point, `code` is what the glyphs are coded with.
    """
    box = _around([glyph.box for glyph in glyphs if glyph.box is not None])
    outlines = [glyph.data for glyph in glyphs]
    ends = list(accumulate(map(len, outlines), initial=0))
    tables = {
        **template,
        b"OS/2": _os2(template[b"OS/2"], glyph_ids),
        b"cmap": _cmap(glyph_ids),
        b"head": _head(template[b"head"], box),
        b"hhea": template[b"hhea"][:34] + struct.pack(">H", len(glyphs)),
        b"hmtx": struct.pack(
            ">" + "Hh" * len(glyphs), *chain.from_iterable([g.metrics for g in glyphs])
        ),
        b"loca": struct.pack(f">{len(ends)}I", *ends),
        b"maxp": template[b"maxp"][:4] + struct.pack(">H", len(glyphs)) + template[b"maxp"][6:],
    }
    front = _front(tables, ends[-1], sum([glyph.checksum for glyph in glyphs]))
    data = b"".join((front, *outlines))
    return Assembled(data, _deflated(data, front, [g.coded for g in glyphs], code), box)


def _deflated(data: bytes, front: bytes, outlines: list[Bits], code: ByteCode) -> Deflated:
    """The deflate stream of a font: what stands before the outlines by zlib, those by pieces."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, -12, 5)  # small: quick to set up
    stream = compressor.compress(front) + compressor.flush(zlib.Z_SYNC_FLUSH)
    stream += code.last_block(outlines)
    return Deflated(len(data), zlib.crc32(data), zlib.adler32(data), stream)


def _around(boxes: Sequence[Box]) -> Box:
    if not boxes:
        return (0, 0, 0, 0)
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (min(lefts), min(bottoms), max(rights), max(tops))


def _head(table: bytes, box: Box) -> bytes:
    """The table `head` with that box, long offsets in `loca`, and no checksum of the file yet."""
    return b"".join(
        (table[:8], bytes(4), table[12:36], struct.pack(">4h", *box), table[44:50], b"\0\1\0\0")
    )


def _os2(table: bytes, codes: Collection[int]) -> bytes:
    """The table `OS/2` with the first and the last code point, as far as it can tell them."""
    first, last = (min(code, LAST_BMP) for code in (min(codes), max(codes)))
    return table[:64] + struct.pack(">2H", first, last) + table[68:]


def _cmap(glyph_ids: Mapping[int, int]) -> bytes:
    """The table `cmap`, each code point in a range of its own.

    Format 4 ends at U+FFFF; where there is more, format 12 has all. A format 4 of nothing is a
    fault to some readers.
    """
    pairs = sorted(glyph_ids.items())
    low = [pair for pair in pairs if pair[0] < LAST_BMP]
    subtables = [(UNICODE_BMP, _format_4(low))] if low else []
    if len(low) < len(pairs):
        subtables.append((UNICODE_FULL, _format_12(pairs)))
    records, offset = [struct.pack(">2H", 0, len(subtables))], 4 + 8 * len(subtables)
    for encoding, body in subtables:
        records.append(struct.pack(">2HI", WINDOWS, encoding, offset))
        offset += len(body)
    return b"".join((*records, *(body for _, body in subtables)))


def _format_12(pairs: Sequence[tuple[int, int]]) -> bytes:
    groups = b"".join([struct.pack(">3I", code, code, glyph) for code, glyph in pairs])
    return struct.pack(">2H3I", 12, 0, 16 + len(groups), 0, len(pairs)) + groups


def _format_4(pairs: Sequence[tuple[int, int]]) -> bytes:
    codes = [code for code, _ in pairs] + [LAST_BMP]
    steps = [(glyph - code) & 0xFFFF for code, glyph in pairs] + [1]
    count = len(codes)
    search = 1 << count.bit_length()  # twice the largest power of two within the count
    shift = count.bit_length() - 1
    return struct.pack(
        f">7H{count}HH{count}H{count}H{count}H",
        *(4, 16 + 8 * count, 0, 2 * count, search, shift, 2 * count - search),
        *codes,
        0,
        *codes,
        *steps,
        *([0] * count),
    )


def _front(tables: Mapping[bytes, bytes], outlines_size: int, outlines_sum: int) -> bytes:
    """The directory and all tables but `glyf`, which comes last and has that size and checksum."""
    count = len(tables) + 1
    search = 1 << (count.bit_length() + 3)
    start = struct.pack(
        ">I4H", 0x00010000, count, search, count.bit_length() - 1, 16 * count - search
    )
    offset = len(start) + 16 * count
    records, bodies, sums, head_at = [], [], [], 0
    for tag, table in tables.items():
        if tag == b"head":
            head_at = offset
        sums.append(checksum(table))
        records.append(struct.pack(">4s3I", tag, sums[-1], offset, len(table)))
        bodies.append(table + bytes(-len(table) % 4))
        offset += len(bodies[-1])
    sums.append(outlines_sum & 0xFFFFFFFF)
    records.append(struct.pack(">4s3I", b"glyf", sums[-1], offset, outlines_size))
    directory = start + b"".join(sorted(records))
    adjustment = (FILE_SUM - sum(sums) - checksum(directory)) & 0xFFFFFFFF
    front = bytearray(directory + b"".join(bodies))
    struct.pack_into(">I", front, head_at + 8, adjustment)
    return bytes(front)
