"""Embedded fonts of a PDF: composite fonts whose codes are glyph ids (ISO 32000-1, 9.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from weakref import WeakKeyDictionary

from renderer.deflate import deflate
from renderer.page import Deflated, Subset
from renderer.pdf_objects import ObjectTable, name, stream

DEFAULT_WIDTH = 1000
"""A Chinese character is one em wide; other widths are listed."""

MAX_RANGES = 100
"""Ranges allowed in one block of a CMap (Adobe Technical Note 5014)."""

MAP_DEFLATE_LEVEL = 1
"""A page's own map is compressed anew each time; higher levels save next to nothing."""

GLYPHS_IN_RANGE = 256
LAST_BMP = "\uffff"

SYMBOLIC = 4
STEM_REGULAR, STEM_BOLD = 80, 140
"""Rough stem widths (1/1000 em): the descriptor must have one, embedded outlines rule."""

CMAP_HEAD = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def
/CMapName/Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><FFFF>
endcodespacerange
"""
CMAP_TAIL = "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"

_described: WeakKeyDictionary[Subset, tuple[str, Deflated]] = WeakKeyDictionary()
"""Widths and ToUnicode of the subsets in use: one that many pages share is described once."""


def widths(subset: Subset) -> str:
    """The array /W (9.7.4.3): runs of glyphs that are not `DEFAULT_WIDTH` wide."""
    parts: list[str] = []
    glyph = 0
    for is_default, group in groupby(subset.widths, DEFAULT_WIDTH.__eq__):
        run = list(group)
        if not is_default:
            parts.append(f"{glyph}[{' '.join(map(str, run))}]")
        glyph += len(run)
    return "".join(parts)


def to_unicode(subset: Subset) -> bytes:
    """The CMap that gives each glyph its character (9.10.3), as UTF-16BE with surrogate pairs."""
    ranges = [_range(*found) for found in _ranges(subset.characters)]
    blocks = [ranges[at : at + MAX_RANGES] for at in range(0, len(ranges), MAX_RANGES)]
    listed = (f"{len(b)} beginbfrange\n{''.join(b)}endbfrange\n" for b in blocks)
    return (CMAP_HEAD + "".join(listed) + CMAP_TAIL).encode()


def _ranges(characters: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """First glyphs and characters of ranges without gaps.

    Within a range only the last byte of the glyph id may change (Technical Note 5014).
    """
    for page in range(0, len(characters), GLYPHS_IN_RANGE):
        start, rest = page, characters[page : page + GLYPHS_IN_RANGE]
        while rest:
            length = rest.index(0) if 0 in rest else len(rest)
            if length:
                yield start, rest[:length]
            start, rest = start + length + 1, rest[length + 1 :]


def _range(first: int, characters: Sequence[int]) -> str:
    """Glyphs with ids in a row, and their characters."""
    text = "".join(map(chr, characters))
    if max(text) <= LAST_BMP:
        written = text.encode("utf-16-be").hex(" ", 2).replace(" ", "><")
    else:  # two surrogates for some
        written = "><".join([character.encode("utf-16-be").hex() for character in text])
    return f"<{first:04x}><{first + len(characters) - 1:04x}>[<{written}>]\n"


def _describe(subset: Subset) -> tuple[str, Deflated]:
    known = _described.get(subset)
    if known is None:
        known = _described[subset] = (
            widths(subset),
            deflate(to_unicode(subset), MAP_DEFLATE_LEVEL),
        )
    return known


def add_font(table: ObjectTable, subset: Subset) -> int:
    """Write the objects of one font; the number of its font dictionary.

    The font file is the subset as it is, its deflate stream taken over.
    """
    width_array, unicode_map = _describe(subset)
    base_font = name(subset.postscript_name)
    file = table.add(*stream(f"/Length1 {subset.deflated.size}", subset.deflated))
    box = " ".join(map(str, subset.bounding_box))
    descriptor = table.add(
        (
            f"<</Type/FontDescriptor/FontName{base_font}/Flags {SYMBOLIC}/FontBBox[{box}]"
            f"/ItalicAngle 0/Ascent {subset.ascent}/Descent {subset.descent}"
            f"/CapHeight {subset.cap_height}"
            f"/StemV {STEM_BOLD if subset.bold else STEM_REGULAR}/FontFile2 {file} 0 R>>"
        ).encode()
    )
    descendant = table.add(
        (
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont{base_font}"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/DW {DEFAULT_WIDTH}/W[{width_array}]"
            "/CIDToGIDMap/Identity>>"
        ).encode()
    )
    characters = table.add(*stream("", unicode_map))
    return table.add(
        (
            f"<</Type/Font/Subtype/Type0/BaseFont{base_font}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {characters} 0 R>>"
        ).encode()
    )
