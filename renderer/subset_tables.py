"""TrueType files put together from single glyphs (OpenType 1.9).

HarfBuzz makes a subset of any font; but then all of it has to be compressed anew, which takes ten
times as long as cutting it. Made of glyphs that are coded already, it is compressed as it is made.
What is the same in all subsets of a font is taken from one that HarfBuzz made.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from renderer.byte_code import ByteCode, stored
from renderer.glyph_data import NO_INK, Box, GlyphData, checksum
from renderer.page import Deflated

LAST_BMP = 0xFFFF
WINDOWS, UNICODE_BMP, UNICODE_FULL = 3, 1, 10
"""Platform and encodings of the table `cmap`."""

FILE_SUM = 0xB1B0AFBA
"""What the sum of a whole file and its `checkSumAdjustment` make together (table `head`)."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Glyphs in a row, put together: entries of `glyf`, plain and coded, of `loca` and `hmtx`.

    `box` is the box around all of them; `checksum` that of `outlines`.
    """

    outlines: bytes
    coded: bytes
    sizes: tuple[int, ...]
    metrics: bytes
    widths: tuple[int, ...]
    checksum: int
    box: Box


@dataclass(frozen=True, eq=False)
class Assembled:
    """A font file, the pieces of its deflate stream, and the box around all its glyphs.

    The box is in font units.
    """

    data: bytes
    pieces: tuple[bytes, ...]
    box: Box

    def deflated(self) -> Deflated:
        """The file with its deflate stream, and its checksums."""
        data = self.data
        return Deflated(len(data), zlib.crc32(data), zlib.adler32(data), b"".join(self.pieces))


def stretch(glyphs: Sequence[GlyphData]) -> Stretch:
    """The glyphs in their order as one piece of a font."""
    if not glyphs:
        return Stretch(b"", b"", (), b"", (), 0, NO_INK)
    outlines, coded, sizes, checksums, metrics, widths, boxes = zip(*glyphs, strict=True)
    return Stretch(
        outlines=b"".join(outlines),
        coded=b"".join(coded),
        sizes=sizes,
        metrics=b"".join(metrics),
        widths=widths,
        checksum=sum(checksums),
        box=_around(boxes),
    )


def tables_of(font: bytes) -> dict[bytes, bytes]:
    """The tables of a font file by their tags."""
    found = {}
    for entry in range(struct.unpack_from(">H", font, 4)[0]):
        tag, _, offset, size = struct.unpack_from(">4sIII", font, 12 + 16 * entry)
        found[tag] = font[offset : offset + size]
    return found


def assemble(
    template: Mapping[bytes, bytes],
    stretches: Sequence[Stretch],
    glyph_ids: Mapping[int, int],
    code: ByteCode,
) -> Assembled:
    """A font of the glyphs in their order, the first one being `.notdef`.

    `template` has the tables that every subset of the font shares, `glyph_ids` the glyph of each
    code point, `code` is what the glyphs are coded with.
    """
    box = _around([one.box for one in stretches])
    box = (0, 0, 0, 0) if box == NO_INK else box
    pairs = sorted(glyph_ids.items())
    opening = code.opening  # its zeros lie between the other tables and the outlines
    ends = list(accumulate(chain.from_iterable([one.sizes for one in stretches]), initial=0))
    count = struct.pack(">H", len(ends) - 1)
    tables = {
        **template,
        b"OS/2": _os2(template[b"OS/2"], pairs[0][0], pairs[-1][0]),
        b"cmap": _cmap(pairs),
        b"head": _head(template[b"head"], box),
        b"hhea": template[b"hhea"][:34] + count,
        b"hmtx": b"".join([one.metrics for one in stretches]),
        b"loca": struct.pack(f">{len(ends)}I", *ends),
        b"maxp": template[b"maxp"][:4] + count + template[b"maxp"][6:],
    }
    sums = sum([one.checksum for one in stretches])
    front = _front(tables, len(opening.data), ends[-1], sums)
    data = b"".join([front, opening.data, *[one.outlines for one in stretches]])
    pieces = (
        *stored(front),  # compressing these 3 KB takes longer than all else here
        opening.coded,
        *[one.coded for one in stretches],
        code.ending,
    )
    return Assembled(data, pieces, box)


def _around(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (min(lefts), min(bottoms), max(rights), max(tops))


def _head(table: bytes, box: Box) -> bytes:
    """The table `head` with that box, long offsets in `loca`, and no checksum of the file yet."""
    return b"".join(
        (table[:8], bytes(4), table[12:36], struct.pack(">4h", *box), table[44:50], b"\0\1\0\0")
    )


def _os2(table: bytes, first: int, last: int) -> bytes:
    """The table `OS/2` with the first and the last code point, as far as it can tell them."""
    return table[:64] + struct.pack(">2H", min(first, LAST_BMP), min(last, LAST_BMP)) + table[68:]


def _cmap(pairs: Sequence[tuple[int, int]]) -> bytes:
    """The table `cmap` of code points in order with their glyphs, each in a range of its own.

    Format 4 ends at U+FFFF; where there is more, format 12 has all. A format 4 of nothing is a
    fault to some readers.
    """
    low = [pair for pair in pairs if pair[0] < LAST_BMP] if pairs[-1][0] >= LAST_BMP else pairs
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


def _front(tables: Mapping[bytes, bytes], gap: int, outlines_size: int, outlines_sum: int) -> bytes:
    """The directory and all tables but `glyf`, which has that size and checksum.

    `glyf` comes last, `gap` bytes behind the others.
    """
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
    records.append(struct.pack(">4s3I", b"glyf", sums[-1], offset + gap, outlines_size))
    directory = start + b"".join(sorted(records))
    adjustment = (FILE_SUM - sum(sums) - checksum(directory)) & 0xFFFFFFFF
    front = bytearray(directory + b"".join(bodies))
    struct.pack_into(">I", front, head_at + 8, adjustment)
    return bytes(front)
