"""Setting text: pieces with a place on the page, and the glyph runs that they become.

A piece is a line of text in one style. Its characters may come from several fonts; which ones is
known at once, but the glyph ids of a page's own small fonts only when all its text is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import is_
from weakref import WeakKeyDictionary

from renderer import fonts, subset
from renderer.fonts import Glyph
from renderer.layout_parts import MILLIMETRES_PER_POINT, Align
from renderer.page import ROUNDING, Colour, Subset, TextRun
from renderer.shapes import rounded

OFFSETS_KEPT = 1024
"""Places of glyphs held per process: Chinese words of one length and size have the same."""

HAN_CENTRE = 0.38
"""Height of the middle of Han characters over the baseline, in sizes: the em box of these fonts
reaches from -0.12 to 0.88. Digits and capitals, 0.73 high, have theirs at 0.365."""


@dataclass(frozen=True, eq=False, slots=True)
class Span:
    """Part of a piece in one font: its code points and their glyphs there; `offsets` in mm."""

    font: str
    text: str
    codes: tuple[int, ...]
    glyphs: tuple[int, ...]
    x: float
    offsets: tuple[float, ...]
    width: float


@dataclass(frozen=True, eq=False)
class Piece:
    """A line of text: its baseline begins at (`x`, `y`) mm, its size is in mm."""

    field: str | None
    glyphs: tuple[Glyph, ...]
    size: float
    x: float
    y: float
    colour: Colour

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The piece, parted by fonts."""
        return _spans(self.glyphs, [g.face for g in self.glyphs], self.size, self.x)


@dataclass(frozen=True)
class Style:
    """Font chain, size in points and colour of a text."""

    font: str
    size: float
    colour: Colour


def piece(
    field: str | None, glyphs: Sequence[Glyph], style: Style, x: float, y: float, align: Align
) -> Piece:
    """A line with its left end, or its middle, at `x`."""
    size = style.size * MILLIMETRES_PER_POINT
    if align == "centre":
        x -= fonts.width(glyphs) * size / 2000
    return Piece(field, tuple(glyphs), rounded(size), rounded(x), rounded(y), style.colour)


def _spans(glyphs: Sequence[Glyph], keys: Sequence[str], size: float, x: float) -> tuple[Span, ...]:
    """The glyphs, grouped by the fonts that `keys` gives for each."""
    out, start, scale = [], 0, size / 1000
    while start < len(glyphs):
        end = start + 1
        while end < len(glyphs) and keys[end] == keys[start]:
            end += 1
        group = glyphs[start:end]
        offsets, width = _offsets(tuple([g.advance for g in group]), scale)
        codes = tuple([g.code for g in group])
        out.append(
            Span(
                font=keys[start],
                text="".join(map(chr, codes)),
                codes=codes,
                glyphs=tuple([g.id for g in group]),
                x=rounded(x),
                offsets=offsets,
                width=rounded(width * scale),
            )
        )
        x, start = x + width * scale, end
    return tuple(out)


@lru_cache(maxsize=OFFSETS_KEPT)
def _offsets(advances: tuple[int, ...], scale: float) -> tuple[tuple[float, ...], int]:
    """Where glyphs of those advances begin, in mm, and their whole width in advances."""
    *offsets, width = accumulate(advances, initial=0)
    return tuple([round(offset * scale, ROUNDING) for offset in offsets]), width


def first_baseline(centre: float, lines: int, size: float, leading: float) -> float:
    """The first baseline of a block of lines (`size` in points) with its middle at `centre`."""
    millimetres = size * MILLIMETRES_PER_POINT
    return centre + (HAN_CENTRE - (lines - 1) * leading / 2) * millimetres


def runs(pieces: Iterable[Piece]) -> tuple[list[TextRun], dict[str, Subset]]:
    """The glyph runs of all pieces, and the fonts cut down to what they show.

    The characters of what belongs to the layout come first in each font. So its runs are the same
    on all pages of the layout, and are kept.
    """
    pieces = list(pieces)
    needed: dict[str, dict[int, int]] = defaultdict(dict)
    fixed: dict[str, set[int]] = defaultdict(set)
    for one in pieces:
        for span in one.spans:
            needed[span.font].update(zip(span.codes, span.glyphs, strict=True))
            if one.field is None:
                fixed[span.font].update(span.codes)
    keys = _keys_of_twins(needed)
    cuts = _cut(needed, keys, fixed)
    out: list[TextRun] = []
    for one in pieces:
        if keys:
            fonts_of = [keys.get((g.face, g.code), g.face) for g in one.glyphs]
            spans = _spans(one.glyphs, fonts_of, one.size, one.x)
            out += [_run(one, span, cuts[span.font].glyph_ids) for span in spans]
        elif one.field is None:
            out += _kept(one, cuts)
        else:
            out += [_run(one, span, cuts[span.font].glyph_ids) for span in one.spans]
    return out, {key: cut.subset for key, cut in cuts.items()}


_known: WeakKeyDictionary[Piece, tuple[list[Mapping[int, int]], list[TextRun]]] = (
    WeakKeyDictionary()
)
"""The runs of the layouts' own pieces, and the glyph ids that they were made with."""


def _kept(one: Piece, cuts: Mapping[str, subset.Cut]) -> list[TextRun]:
    """The runs of a piece of the layout: those known, if the glyph ids are still the same."""
    glyph_ids = [cuts[span.font].first for span in one.spans]
    known = _known.get(one)
    if known is not None and all(map(is_, glyph_ids, known[0])):
        return known[1]
    made = [_run(one, span, cuts[span.font].glyph_ids, shared=True) for span in one.spans]
    if None not in glyph_ids:
        _known[one] = ([ids for ids in glyph_ids if ids is not None], made)
    return made


def _keys_of_twins(needed: Mapping[str, Mapping[int, int]]) -> dict[tuple[str, int], str]:
    """Fonts of their own for characters that share a glyph with another one on the page.

    Noto draws U+2F00 with the glyph of U+4E00. A reader that goes from the glyph back to the
    character could not tell them apart; in two fonts it can.
    """
    found: dict[tuple[str, int], str] = {}
    for face, glyphs in needed.items():
        if len(set(glyphs.values())) == len(glyphs):
            continue
        seen: dict[int, int] = defaultdict(int)
        for code in sorted(glyphs, reverse=True):  # Han characters before radicals
            seen[glyphs[code]] += 1
            if seen[glyphs[code]] > 1:
                found[face, code] = f"{face}-{seen[glyphs[code]]}"
    return found


def _cut(
    needed: Mapping[str, Mapping[int, int]],
    keys: Mapping[tuple[str, int], str],
    fixed: Mapping[str, Collection[int]],
) -> dict[str, subset.Cut]:
    codes: dict[str, set[int]] = defaultdict(set)
    faces: dict[str, str] = {}
    for face, glyphs in needed.items():
        codes[face], faces[face] = set(glyphs), face
    for (face, code), key in keys.items():
        codes[face].remove(code)
        codes[key].add(code)
        faces[key] = face
    return {
        key: subset.cut(
            faces[key], frozenset(codes[key]), key, frozenset(fixed.get(faces[key], ()))
        )
        for key in sorted(codes)
    }


def _run(one: Piece, span: Span, glyph_ids: Mapping[int, int], shared: bool = False) -> TextRun:
    return TextRun(
        field=one.field,
        text=span.text,
        font=span.font,
        size=one.size,
        x=span.x,
        y=one.y,
        glyphs=tuple(map(glyph_ids.__getitem__, span.codes)),
        offsets=span.offsets,
        colour=one.colour,
        width=span.width,
        natural=True,
        shared=shared,
    )
