"""Fonts cut down to the characters of one page.

Each page carries only the glyphs that it shows. The subset is made once and goes into both files,
so that PDF and OFD show the same outlines under the same glyph ids.
"""

from __future__ import annotations

import hashlib
import string
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import count
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

NOTDEF = 0
"""The glyph that stands for what a font has not; the first of every font."""

TAG_LETTERS = 6
LETTERS = [string.ascii_uppercase[byte % 26] for byte in range(256)]
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
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "".join([LETTERS[byte] for byte in digest[:TAG_LETTERS]])


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

    `key` names the subset on the page. The characters of `first`, which are among them, get the
    lowest glyph ids: the same on every page of a layout.
    """
    leading, own = _leading(face_key, first), sorted(codes - first)
    added = _stretch(face_key, own)
    if leading.stretch is None or added is None:
        return _cut_by_harfbuzz(face_key, codes, key)
    glyph_ids = leading.glyph_ids | dict(zip(own, count(len(leading.glyph_ids) + 1), strict=False))
    font = subset_tables.assemble(
        _template(face_key), (leading.stretch, added), glyph_ids, code_of(face_key)
    )
    subset = _subset(
        face_key,
        codes,
        key,
        data=font.data,
        coded=font.deflated,
        widths=leading.stretch.widths + added.widths,
        characters=(0, *glyph_ids),
        bounding_box=font.box,
    )
    return Cut(subset, glyph_ids, leading.glyph_ids)


@dataclass(frozen=True, eq=False)
class _Leading:
    """The glyphs that a layout's pages share, from `.notdef` on; no stretch where one is not plain.

    `glyph_ids` are those of the characters, from 1.
    """

    stretch: subset_tables.Stretch | None
    glyph_ids: dict[int, int]


@lru_cache(maxsize=CUTS_KEPT)
def _leading(face_key: str, codes: frozenset[int]) -> _Leading:
    in_order = sorted(codes)
    glyph_ids = {code: glyph for glyph, code in enumerate(in_order, 1)}
    return _Leading(_stretch(face_key, in_order, [NOTDEF]), glyph_ids)


def _stretch(
    face_key: str, codes: Iterable[int], before: Iterable[int] = ()
) -> subset_tables.Stretch | None:
    """The glyphs of characters, behind those with the ids `before`; None if one is not plain."""
    get_glyph = fonts.face(face_key).font.get_nominal_glyph
    found = [glyph_data(face_key, glyph) for glyph in (*before, *map(get_glyph, codes))]
    plain = [glyph for glyph in found if glyph is not None]
    return subset_tables.stretch(plain) if len(plain) == len(found) else None


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
        coded=partial(deflate, data, DEFLATE_LEVEL),
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
