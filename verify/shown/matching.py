"""What a page shows held against what it should: glyph by glyph, line by line, picture by picture.

Every glyph of the expected page is looked for in its place, in its size and colour. What is missing
there, or stands there besides, tells which value was changed and what it shows now. Whatever is
painted over a glyph takes it away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from renderer.page import Page, TextRun
from verify.shown.drawn import Drawn, Glyph, Note, Shape, extent, printable
from verify.shown.expected import Expected, Place
from verify.shown.outlines import Characters

TOLERANCE: Final = 0.05
"""Millimetres that a glyph or a line may stand off: the formats round, in places, to 0.01 mm."""
SIZE_TOLERANCE: Final = 0.02
COVERS_LOOKED_AT: Final = 200
"""Of what is painted over the page: so many need no counting."""
_MIDDLE: Final = 0.35
"""Half the height and half the width of a usual glyph, in its size: the point that is covered."""
_WHITE: Final = 225
"""From here on each part of a colour is too light to be read on paper."""


class _Sign(NamedTuple):
    """A found glyph with the character that it shows; nobody sees it where it is `hidden`."""

    glyph: Glyph
    character: str
    hidden: bool


def text_differences(drawn: Drawn, expected: Expected, covers: Sequence[Shape]) -> list[Note]:
    """Every value that the page does not show as it was signed, and all text besides.

    `covers` is what lies over other marks, in the order of painting.
    """
    page = expected.page
    characters = Characters(page)
    over = [(cover.order, extent(cover.segments)) for cover in covers]
    signs = [
        _Sign(glyph, characters.shown(glyph), _is_hidden(glyph, over, page))
        for glyph in drawn.glyphs
    ]
    matched = _matched(page, signs)
    places = _Places(expected, signs, matched)
    return [*places.values(), *places.fixed(), *places.further(), *_copied(places, characters)]


def _is_hidden(glyph: Glyph, covers: Sequence[_Cover], page: Page) -> bool:
    """Whether nobody sees a glyph: too light, off the page, or under something."""
    x, y = glyph.x + _MIDDLE * glyph.size, glyph.y - _MIDDLE * glyph.size
    if glyph.hidden or not (0 <= x <= page.width and 0 <= y <= page.height):
        return True
    if glyph.colour is not None and min(glyph.colour) >= _WHITE:
        return True
    for order, (left, top, right, bottom) in covers:
        if order > glyph.order and left <= x <= right and top <= y <= bottom:
            return True
    return False


_Cover = tuple[int, tuple[float, float, float, float]]
"""What is painted over others: its place in the order, and its box."""

Matched = dict[int, TextRun]
"""Which found glyph is one of which expected run."""


def _matched(page: Page, signs: Sequence[_Sign]) -> Matched:
    """The glyphs that stand where they should, and are seen."""
    grid: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for index, sign in enumerate(signs):
        if not sign.hidden:
            grid[sign.character, int(sign.glyph.x), int(sign.glyph.y)].append(index)
    matched: Matched = {}
    for run in page.marks:
        if isinstance(run, TextRun):
            for character, offset in zip(run.text, run.offsets, strict=True):
                found = _take(grid, signs, run, character, run.x + offset)
                if found is not None:
                    matched[found] = run
    return matched


def _take(
    grid: dict[tuple[str, int, int], list[int]],
    signs: Sequence[_Sign],
    run: TextRun,
    character: str,
    x: float,
) -> int | None:
    """Take the glyph of a run at `x` mm out of the grid, if it is there."""
    columns = {int(x), int(x - TOLERANCE), int(x + TOLERANCE)}
    rows = {int(run.y), int(run.y - TOLERANCE), int(run.y + TOLERANCE)}
    for column in columns:
        for row in rows:
            cell = grid.get((character, column, row), ())
            for index in cell:
                glyph = signs[index].glyph
                if (
                    abs(glyph.x - x) <= TOLERANCE
                    and abs(glyph.y - run.y) <= TOLERANCE
                    and abs(glyph.size - run.size) <= SIZE_TOLERANCE
                    and glyph.colour == run.colour
                ):
                    grid[character, column, row].remove(index)
                    return index
    return None


class _Places:
    """The found glyphs by the places in which they stand."""

    def __init__(self, expected: Expected, signs: Sequence[_Sign], matched: Matched) -> None:
        self.expected, self.signs, self.matched = expected, signs, matched
        self.found_of: dict[int, int] = defaultdict(int)
        for run in matched.values():
            self.found_of[id(run)] += 1
        self.loose = [index for index in range(len(signs)) if index not in matched]
        self.named: set[int] = set()
        self.shifted: set[str] = set()

    def runs(self) -> list[TextRun]:
        """The expected runs."""
        return [mark for mark in self.expected.page.marks if isinstance(mark, TextRun)]

    def values(self) -> Iterator[Note]:
        """The values that are not shown as they were signed."""
        incomplete = {run.field for run in self.runs() if self._lacking(run)}
        for place in self.expected.places:
            loose = [index for index in self.loose if self._in(place, index)]
            self.named.update(loose)
            seen = [index for index in loose if self._shows(index)]
            if place.key in incomplete or seen:
                own = [at for at, run in self.matched.items() if run.field == place.key]
                text = self._text([*own, *seen])
                if place.before and text.startswith(place.before):
                    self.shifted.add(place.before)
                    text = text.removeprefix(place.before)
                yield Note(place.field, place.label, text, place.text)
            hidden = [index for index in loose if self.signs[index].hidden]
            if hidden and place.key not in incomplete:
                yield Note("page.hidden_text", "隐藏的文字", self._text(hidden))

    def fixed(self) -> Iterator[Note]:
        """Labels and other text of the layout that is not there, or not as it should be."""
        for run in self.runs():
            if run.field is None and self._lacking(run) and run.text not in self.shifted:
                near = [index for index in self.loose if self._beside(run, index)]
                self.named.update(near)
                own = [at for at, other in self.matched.items() if other is run]
                yield Note("page.text", "版面文字", self._text([*own, *near]), run.text)

    def further(self) -> Iterator[Note]:
        """Text that stands where none belongs."""
        lines: dict[int, list[int]] = defaultdict(list)
        for index in self.loose:
            if index not in self.named:
                lines[self.signs[index].glyph.order].append(index)
        for line in lines.values():
            hidden = all(self.signs[index].hidden for index in line)
            text = self._text(line)
            if text.strip():
                kind = ("page.hidden_text", "隐藏的文字") if hidden else ("page.text", "多出的文字")
                yield Note(*kind, text)

    def _lacking(self, run: TextRun) -> bool:
        return self.found_of[id(run)] < len(run.text)

    def _in(self, place: Place, index: int) -> bool:
        glyph = self.signs[index].glyph
        return place.holds(glyph.x + _MIDDLE * glyph.size, glyph.y - _MIDDLE * glyph.size)

    def _beside(self, run: TextRun, index: int) -> bool:
        glyph = self.signs[index].glyph
        return index not in self.named and (
            abs(glyph.y - run.y) <= run.size / 2 and -run.size <= glyph.x - run.x <= run.width
        )

    def _shows(self, index: int) -> bool:
        sign = self.signs[index]
        return not sign.hidden and sign.character != ""

    def _text(self, indices: Iterable[int]) -> str:
        """The text of glyphs as a person would read it: by lines, from left to right."""
        glyphs = [(self.signs[index].glyph, self.signs[index].character) for index in indices]
        return printable("".join(character for _, character in _in_order(glyphs)))


def _in_order(glyphs: list[tuple[Glyph, str]]) -> list[tuple[Glyph, str]]:
    """By lines and from left to right; what is drawn over one another, in the order of painting."""
    lines: list[list[tuple[Glyph, str]]] = []
    for one in sorted(glyphs, key=lambda pair: pair[0].y):
        if lines and one[0].y - lines[-1][-1][0].y <= one[0].size / 3:
            lines[-1].append(one)
        else:
            lines.append([one])
    return [one for line in lines for one in _line_in_order(line)]


def _line_in_order(line: list[tuple[Glyph, str]]) -> list[tuple[Glyph, str]]:
    across = sorted(line, key=lambda pair: pair[0].x)
    overlapping = any(
        after[0].x - before[0].x < before[0].size / 8 and after[0].order != before[0].order
        for before, after in pairwise(across)
    )
    return sorted(line, key=lambda pair: (pair[0].order, pair[0].x)) if overlapping else across


def _copied(places: _Places, characters: Characters) -> Iterator[Note]:
    """Runs that show one thing and say another to whoever copies or searches them."""
    false: dict[int, TextRun] = {}
    for index, run in places.matched.items():
        glyph, character, _ = places.signs[index]
        if characters.copied(glyph) != character:
            false[id(run)] = run
    for run in false.values():
        glyphs = (places.signs[at].glyph for at, other in places.matched.items() if other is run)
        in_order = sorted(glyphs, key=lambda glyph: glyph.x)
        text = "".join(map(characters.copied, in_order))
        yield Note("page.copied_text", "可复制的文字", printable(text), run.text)
