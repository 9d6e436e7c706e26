"""Setting text: pieces with a place on the page, and the glyph runs that they become.

A piece is a line of text in one style. Its characters may come from several fonts; which ones is
known at once, but the glyph ids of a page's own small fonts only when all its text is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, groupby
from operator import is_
from types import MappingProxyType
from typing import NamedTuple
from weakref import WeakKeyDictionary

from renderer import fonts, subset
from renderer.fonts import Glyph
from renderer.layout_parts import MILLIMETRES_PER_POINT, Align
from renderer.page import ROUNDING, Colour, Frame, Mark, Subset, TextRun
from renderer.shapes import rounded

NO_KEYS: Mapping[tuple[str, int], str] = MappingProxyType({})

OFFSETS_KEPT = 1024
"""Places of glyphs held per process: Chinese words of one length and size have the same."""

HAN_CENTRE = 0.38
"""Height of the middle of Han characters over the baseline, in sizes: the em box of these fonts
reaches from -0.12 to 0.88. Digits and capitals, 0.73 high, have theirs at 0.365."""


class Span(NamedTuple):
    """Part of a piece in one font: its code points and their glyphs there; `offsets` in mm."""

    font: str
    text: str
    codes: tuple[int, ...]
    glyphs: tuple[int, ...]
    x: float
    offsets: tuple[float, ...]
    width: float


class Piece(NamedTuple):
    """A line of text: its baseline begins at (`x`, `y`) mm, its size is in mm.

    `spans` are its glyphs, parted by fonts.
    """

    field: str | None
    glyphs: tuple[Glyph, ...]
    size: float
    x: float
    y: float
    colour: Colour
    spans: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class Shared:
    """What many pages share: marks that are no text, pieces, and further characters.

    The `words` stand in no fixed place, but their characters come first in the fonts, too.
    """

    marks: tuple[Mark, ...]
    pieces: tuple[Piece, ...]
    words: tuple[Piece, ...] = ()

    @cached_property
    def needed(self) -> Mapping[str, Mapping[int, int]]:
        """For each font the characters with their glyphs in it."""
        return _needed({}, (*self.pieces, *self.words))

    @cached_property
    def first(self) -> Mapping[str, frozenset[int]]:
        """For each font the characters that come first in it."""
        return {font: frozenset(glyphs) for font, glyphs in self.needed.items()}


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
    size, x = rounded(size), rounded(x)
    spans = _spans(glyphs, size, x)
    return Piece(field, tuple(glyphs), size, x, rounded(y), style.colour, spans)


def _spans(
    glyphs: Sequence[Glyph], size: float, x: float, keys: Mapping[tuple[str, int], str] = NO_KEYS
) -> tuple[Span, ...]:
    """The glyphs, grouped by their fonts: those of `keys` for a face and a character, if any."""
    if not keys and len({glyph.face for glyph in glyphs}) == 1:  # nearly always
        return (_span(glyphs[0].face, glyphs, size / 1000, x)[0],)
    out = []
    for key, group in groupby(glyphs, lambda g: keys.get((g.face, g.code), g.face)):
        span, width = _span(key, tuple(group), size / 1000, x)
        out.append(span)
        x += width
    return tuple(out)


def _span(font: str, glyphs: Sequence[Glyph], scale: float, x: float) -> tuple[Span, float]:
    """Glyphs of one font from `x` mm on, and how wide they are, not rounded."""
    codes, _, ids, advances = zip(*glyphs, strict=True)
    offsets, width = _offsets(advances, scale)
    span = Span(
        font=font,
        text="".join(map(chr, codes)),
        codes=codes,
        glyphs=ids,
        x=rounded(x),
        offsets=offsets,
        width=rounded(width * scale),
    )
    return span, width * scale


@lru_cache(maxsize=OFFSETS_KEPT)
def _offsets(advances: tuple[int, ...], scale: float) -> tuple[tuple[float, ...], int]:
    """Where glyphs of those advances begin, in mm, and their whole width in advances."""
    *offsets, width = accumulate(advances, initial=0)
    return tuple([round(offset * scale, ROUNDING) for offset in offsets]), width


def first_baseline(centre: float, lines: int, size: float, leading: float) -> float:
    """The first baseline of a block of lines (`size` in points) with its middle at `centre`."""
    millimetres = size * MILLIMETRES_PER_POINT
    return centre + (HAN_CENTRE - (lines - 1) * leading / 2) * millimetres


def runs(shared: Shared, pieces: Sequence[Piece]) -> tuple[Frame, list[TextRun], dict[str, Subset]]:
    """The frame of a page, the runs of its own pieces, and the fonts cut down to what they show.

    The characters of what is shared come first in each font. So the frame is the same on all these
    pages, and is kept.
    """
    needed = _needed({font: dict(glyphs) for font, glyphs in shared.needed.items()}, pieces)
    keys = _keys_of_twins(needed)
    cuts = _cut(needed, keys, shared.first)
    fonts_of = {key: cut.subset for key, cut in cuts.items()}
    if keys:
        both = (_parted(shared.pieces, keys, cuts), _parted(pieces, keys, cuts))
        return Frame((*shared.marks, *both[0])), both[1], fonts_of
    return _frame(shared, cuts), _plain(pieces, cuts), fonts_of


def _needed(
    needed: dict[str, dict[int, int]], pieces: Iterable[Piece]
) -> dict[str, dict[int, int]]:
    """What is needed, and what these pieces need beside it."""
    for one in pieces:
        for span in one.spans:
            known = needed.setdefault(span.font, {})
            known.update(zip(span.codes, span.glyphs, strict=True))
    return needed


_frames: WeakKeyDictionary[Shared, tuple[list[Mapping[int, int]], Frame]] = WeakKeyDictionary()
"""The frames of what is shared, and the glyph ids that they were made with."""


def _frame(shared: Shared, cuts: Mapping[str, subset.Cut]) -> Frame:
    """The frame: the one known, if the glyph ids are still the same."""
    glyph_ids = [cuts[font].first for font in shared.needed]
    known = _frames.get(shared)
    if known is not None and all(map(is_, glyph_ids, known[0])):
        return known[1]
    frame = Frame((*shared.marks, *_plain(shared.pieces, cuts)))
    if None not in glyph_ids:
        _frames[shared] = ([ids for ids in glyph_ids if ids is not None], frame)
    return frame


def _plain(pieces: Iterable[Piece], cuts: Mapping[str, subset.Cut]) -> list[TextRun]:
    """The runs of pieces whose characters have glyphs of their own."""
    return [_run(one, span, cuts[span.font].glyph_ids) for one in pieces for span in one.spans]


def _parted(
    pieces: Iterable[Piece],
    keys: Mapping[tuple[str, int], str],
    cuts: Mapping[str, subset.Cut],
) -> list[TextRun]:
    """The runs of pieces some characters of which are in fonts of their own."""
    out: list[TextRun] = []
    for one in pieces:
        spans = _spans(one.glyphs, one.size, one.x, keys)
        out += [_run(one, span, cuts[span.font].glyph_ids) for span in spans]
    return out


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
    first: Mapping[str, frozenset[int]],
) -> dict[str, subset.Cut]:
    """The fonts of a page; a character that has a font of its own cannot come first in another."""
    if not keys:
        return {
            face: subset.cut(face, frozenset(needed[face]), face, first.get(face, frozenset()))
            for face in sorted(needed)
        }
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
            faces[key],
            frozenset(codes[key]),
            key,
            first.get(faces[key], frozenset()) & frozenset(codes[key]),
        )
        for key in sorted(codes)
    }


def _run(one: Piece, span: Span, glyph_ids: Mapping[int, int]) -> TextRun:
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
    )
