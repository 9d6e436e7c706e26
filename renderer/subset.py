"""Fonts cut down to the characters of one page.

Each page carries only the glyphs that it shows. The subset is made once and goes into both files,
so that PDF and OFD show the same outlines under the same glyph ids.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import uharfbuzz as hb

from renderer import fonts, subset_tables
from renderer.deflate import deflate
from renderer.glyph_data import code_of, glyph_data
from renderer.page import Subset

DROPPED_TABLES = (
    *("BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"),  # no shaping, no vertical
    "gasp",  # with NO_HINTING no other hints are left
)
NAMES_KEPT = (1, 2, 3, 4, 6)
"""Family, style, unique id, full name, PostScript name: what a system's font loader asks for."""

SHARED_TABLES = (b"OS/2", b"head", b"hhea", b"maxp", b"name", b"post")
"""What is the same in all subsets of a font, but for some numbers in it."""

FLAGS = (
    hb.SubsetFlags.NO_HINTING
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.NO_BIDI_CLOSURE  # one code point is one glyph: no mirrored brackets
    | hb.SubsetFlags.NOTDEF_OUTLINE
)
DEFLATE_LEVEL = 3
"""Outlines shrink 2 % further at the default level, which takes twice the time."""

TAG_LETTERS = 6
CUTS_KEPT = 16
"""Subsets kept: that of a title is the same on every page, those of a text hardly ever."""


@dataclass(frozen=True)
class Cut:
    """A subset and the new glyph id of each code point in it.

    `first` are the glyph ids of the characters that were asked to come first, the same mapping for
    the same characters; None where the subset has an order of its own.
    """

    subset: Subset
    glyph_ids: Mapping[int, int]
    first: Mapping[int, int] | None


@cache
def _prepared(face_key: str) -> hb.Face:
    """The face, indexed once for fast subsetting (some 70 ms for the text font)."""
    return hb.subset_preprocess(fonts.face(face_key).font.face)


def _plan(source: hb.Face, codes: Collection[int]) -> hb.SubsetPlan:
    wanted = hb.SubsetInput()
    wanted.flags = FLAGS
    wanted.unicode_set.update(codes)
    wanted.drop_table_tag_set.update(int.from_bytes(t.encode(), "big") for t in DROPPED_TABLES)
    wanted.name_id_set.clear()
    wanted.name_id_set.update(NAMES_KEPT)
    return hb.SubsetPlan(source, wanted)


@cache
def _template(face_key: str) -> Mapping[bytes, bytes]:
    """The tables that all subsets of a face share; those of the glyphs are to be replaced."""
    data = _plan(fonts.face(face_key).font.face, ()).execute().blob.data
    tables = subset_tables.tables_of(data)
    return {tag: tables[tag] for tag in SHARED_TABLES}


def tag(face_key: str, codes: Iterable[int]) -> str:
    """Six capital letters that depend on the characters only (ISO 32000-1, 9.6.4)."""
    text = face_key + "\0" + "".join(map(chr, sorted(codes)))
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
    letters = ""
    for _ in range(TAG_LETTERS):
        number, letter = divmod(number, 26)
        letters += chr(ord("A") + letter)
    return letters


def _bounding_box(data: bytes) -> tuple[int, int, int, int]:
    """The box of all glyphs in thousandths of the em, from the table `head`."""
    head = subset_tables.tables_of(data).get(b"head")
    if head is None:
        raise fonts.FontMissing("a subset without the table head")
    em = struct.unpack_from(">H", head, 18)[0]
    left, bottom, right, top = (
        side * fonts.EM // em for side in struct.unpack_from(">4h", head, 36)
    )
    return (left, bottom, right, top)


@lru_cache(maxsize=CUTS_KEPT)
def cut(face_key: str, codes: frozenset[int], key: str, first: frozenset[int] = frozenset()) -> Cut:
    """Cut a font down to the given code points, all of which it has, each on a glyph of its own.

    `key` names the subset on the page. The characters of `first`, if there are any on the page,
    get the lowest glyph ids: the same on every page of a layout.
    """
    leading = _numbered(first & codes)
    glyph_ids = leading | {
        code: glyph for glyph, code in enumerate(sorted(codes - first), len(leading) + 1)
    }
    get_glyph = fonts.face(face_key).font.get_nominal_glyph
    originals = [0, *(get_glyph(code) for code in glyph_ids)]
    glyphs = [found for found in (glyph_data(face_key, g) for g in originals) if found is not None]
    if len(glyphs) < len(originals):
        return _cut_by_harfbuzz(face_key, codes, key)
    font = subset_tables.assemble(_template(face_key), glyphs, glyph_ids, code_of(face_key))
    subset = _subset(
        face_key,
        codes,
        key,
        data=font.data,
        deflated=font.deflated,
        widths=tuple([glyph.metrics[0] for glyph in glyphs]),
        characters=(0, *glyph_ids),
        bounding_box=font.box,
    )
    return Cut(subset, glyph_ids, leading)


@lru_cache(maxsize=CUTS_KEPT)
def _numbered(codes: frozenset[int]) -> dict[int, int]:
    """Glyph ids from 1 in the order of the characters."""
    return {code: glyph for glyph, code in enumerate(sorted(codes), 1)}


def _cut_by_harfbuzz(face_key: str, codes: frozenset[int], key: str) -> Cut:
    """The general way: for glyphs made of others or with instructions, and for another em."""
    face = fonts.face(face_key)
    plan = _plan(_prepared(face_key), codes)
    data = plan.execute().blob.data
    new_ids = dict(plan.old_to_new_glyph_mapping)
    widths, characters = [0] * len(new_ids), [0] * len(new_ids)
    for old, new in new_ids.items():
        widths[new] = face.font.get_glyph_h_advance(old)
    glyph_ids: dict[int, int] = {}
    for code in codes:
        glyph_ids[code] = new = new_ids[face.font.get_nominal_glyph(code)]
        characters[new] = code
    subset = _subset(
        face_key,
        codes,
        key,
        data=data,
        deflated=deflate(data, DEFLATE_LEVEL),
        widths=tuple(widths),
        characters=tuple(characters),
        bounding_box=_bounding_box(data),
    )
    return Cut(subset, glyph_ids, None)


def _subset(face_key: str, codes: frozenset[int], key: str, **made: Any) -> Subset:
    """A subset with what it takes over from its face."""
    face = fonts.face(face_key)
    return Subset(
        key=key,
        family=face.family,
        postscript_name=f"{tag(key, codes)}+{face.postscript_name}",
        ascent=face.ascent,
        descent=face.descent,
        cap_height=face.cap_height,
        bold=face.bold,
        **made,
    )
