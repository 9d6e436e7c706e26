"""Setting text: pieces with a place on the page, and the glyph runs that they become.

A piece is a line of text in one style. Its characters may come from several fonts; which ones is
known at once, but the glyph ids of a page's own small fonts only when all its text is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from renderer import fonts, subset
from renderer.fonts import Glyph
from renderer.layout_parts import MILLIMETRES_PER_POINT, Align
from renderer.page import ROUNDING, Colour, Subset, TextRun
from renderer.shapes import rounded

HAN_CENTRE = 0.38
"""Height of the middle of Han characters over the baseline, in sizes: the em box of these fonts
reaches from -0.12 to 0.88. Digits and capitals, 0.73 high, have theirs at 0.365."""


@dataclass(frozen=True, eq=False)
class Span:
    """Part of a piece in one font: `offsets` in mm from `x`."""

    font: str
    glyphs: tuple[Glyph, ...]
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
        group = tuple(glyphs[start:end])
        *offsets, width = accumulate([g.advance for g in group], initial=0)
        places = tuple([round(offset * scale, ROUNDING) for offset in offsets])
        out.append(Span(keys[start], group, rounded(x), places, rounded(width * scale)))
        x, start = x + width * scale, end
    return tuple(out)


def first_baseline(centre: float, lines: int, size: float, leading: float) -> float:
    """The first baseline of a block of lines (`size` in points) with its middle at `centre`."""
    millimetres = size * MILLIMETRES_PER_POINT
    return centre + (HAN_CENTRE - (lines - 1) * leading / 2) * millimetres


def runs(pieces: Iterable[Piece]) -> tuple[list[TextRun], dict[str, Subset]]:
    """The glyph runs of all pieces, and the fonts cut down to what they show."""
    pieces = list(pieces)
    needed: dict[str, dict[int, Glyph]] = defaultdict(dict)
    for one in pieces:
        for glyph in one.glyphs:
            needed[glyph.face][glyph.code] = glyph
    keys = _keys_of_twins(needed)
    cuts = _cut(needed, keys)
    out: list[TextRun] = []
    for one in pieces:
        spans = one.spans
        if keys and any((g.face, g.code) in keys for g in one.glyphs):
            fonts_of = [keys.get((g.face, g.code), g.face) for g in one.glyphs]
            spans = _spans(one.glyphs, fonts_of, one.size, one.x)
        out += [_run(one, span, cuts[span.font].glyph_ids) for span in spans]
    return out, {key: cut.subset for key, cut in cuts.items()}


def _keys_of_twins(needed: Mapping[str, Mapping[int, Glyph]]) -> dict[tuple[str, int], str]:
    """Fonts of their own for characters that share a glyph with another one on the page.

    Noto draws U+2F00 with the glyph of U+4E00. A reader that goes from the glyph back to the
    character could not tell them apart; in two fonts it can.
    """
    found: dict[tuple[str, int], str] = {}
    for face, glyphs in needed.items():
        if len({g.id for g in glyphs.values()}) == len(glyphs):
            continue
        seen: dict[int, int] = defaultdict(int)
        for code in sorted(glyphs, reverse=True):  # Han characters before radicals
            seen[glyphs[code].id] += 1
            if seen[glyphs[code].id] > 1:
                found[face, code] = f"{face}-{seen[glyphs[code].id]}"
    return found


def _cut(
    needed: Mapping[str, Mapping[int, Glyph]], keys: Mapping[tuple[str, int], str]
) -> dict[str, subset.Cut]:
    codes: dict[str, set[int]] = defaultdict(set)
    faces: dict[str, str] = {}
    for face, glyphs in needed.items():
        for code in glyphs:
            key = keys.get((face, code), face)
            codes[key].add(code)
            faces[key] = face
    return {key: subset.cut(faces[key], frozenset(codes[key]), key) for key in sorted(codes)}


def _run(one: Piece, span: Span, glyph_ids: Mapping[int, int]) -> TextRun:
    return TextRun(
        field=one.field,
        text="".join([chr(g.code) for g in span.glyphs]),
        font=span.font,
        size=one.size,
        x=span.x,
        y=one.y,
        glyphs=tuple([glyph_ids[g.code] for g in span.glyphs]),
        offsets=span.offsets,
        colour=one.colour,
        width=span.width,
    )
