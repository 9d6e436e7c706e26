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

import uharfbuzz as hb

from renderer import fonts
from renderer.deflate import deflate
from renderer.page import Subset

DROPPED_TABLES = (
    *("BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"),  # no shaping, no vertical
    "gasp",  # with NO_HINTING no other hints are left
)
NAMES_KEPT = (1, 2, 3, 4, 6)
"""Family, style, unique id, full name, PostScript name: what a system's font loader asks for."""

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
    """A subset and the new glyph id of each code point in it."""

    subset: Subset
    glyph_ids: Mapping[int, int]


@cache
def _prepared(face_key: str) -> hb.Face:
    """The face, indexed once for fast subsetting (some 70 ms for the text font)."""
    return hb.subset_preprocess(fonts.face(face_key).font.face)


def _plan(face_key: str, codes: Collection[int]) -> hb.SubsetPlan:
    wanted = hb.SubsetInput()
    wanted.flags = FLAGS
    wanted.unicode_set.update(codes)
    wanted.drop_table_tag_set.update(int.from_bytes(t.encode(), "big") for t in DROPPED_TABLES)
    wanted.name_id_set.clear()
    wanted.name_id_set.update(NAMES_KEPT)
    return hb.SubsetPlan(_prepared(face_key), wanted)


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
    """The box of all glyphs, from the table `head`."""
    for entry in range(struct.unpack_from(">H", data, 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * entry)
        if name == b"head":
            em = struct.unpack_from(">H", data, offset + 18)[0]
            left, bottom, right, top = (
                side * fonts.EM // em for side in struct.unpack_from(">4h", data, offset + 36)
            )
            return (left, bottom, right, top)
    raise fonts.FontMissing("a subset without the table head")


@lru_cache(maxsize=CUTS_KEPT)
def cut(face_key: str, codes: frozenset[int], key: str) -> Cut:
    """Cut a font down to the given code points, all of which it has, each on a glyph of its own.

    `key` names the subset on the page.
    """
    face = fonts.face(face_key)
    plan = _plan(face_key, codes)
    data = plan.execute().blob.data
    new_ids = dict(plan.old_to_new_glyph_mapping)
    widths, characters = [0] * len(new_ids), [0] * len(new_ids)
    for old, new in new_ids.items():
        widths[new] = face.font.get_glyph_h_advance(old)
    glyph_ids: dict[int, int] = {}
    for code in codes:
        glyph_ids[code] = new = new_ids[face.font.get_nominal_glyph(code)]
        characters[new] = code
    subset = Subset(
        key=key,
        family=face.family,
        postscript_name=f"{tag(key, codes)}+{face.postscript_name}",
        data=data,
        deflated=deflate(data, DEFLATE_LEVEL),
        widths=tuple(widths),
        characters=tuple(characters),
        ascent=face.ascent,
        descent=face.descent,
        cap_height=face.cap_height,
        bounding_box=_bounding_box(data),
        bold=face.bold,
    )
    return Cut(subset, glyph_ids)
