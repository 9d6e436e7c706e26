"""The table of the face: how high its rows are, where its lines, labels and values stand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain

from renderer import fit, fixed_text, setting, shapes, values
from renderer.errors import Problem
from renderer.fit import Room
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT
from renderer.page import Path, Segment, Stroke
from renderer.setting import Piece, Style
from renderer.table_plan import Placed
from renderer.values import Measured, Value

FRAMES_KEPT = 64
"""Table lines and cells kept ready: nearly all certificates have rows of the ordinary height."""


VALUES_KEPT = 2048
"""Values kept as they were set, a few kilobytes each: makers, owners, sites, inspectors and dates
come again from certificate to certificate of one authority."""


@dataclass(frozen=True)
class Table:
    """The heights of the rows in mm, the values as text, and what cannot be printed.

    With problems there are neither heights nor text.
    """

    heights: tuple[float, ...]
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, eq=False)
class _Filled:
    """A value and its cell; the size in points at which it is one line there, if there is one."""

    place: Placed
    value: Measured
    single: float | None


def fill(layout: Layout, face: Mapping[str, str]) -> Table:
    """The table with the values of a face."""
    cells, problems = _measure(layout, face)
    heights = _heights(layout, cells)
    if heights is None:
        problems += _longest(layout, cells)
    if heights is None or problems:
        return Table((), (), tuple(problems))
    pieces: list[Piece] = []
    middles = _middles(layout, heights)
    for cell in cells:
        row = cell.place.row
        pieces += _value(layout, cell, middles[row], heights[row])
    return Table(heights, tuple(pieces), ())


def frame(layout: Layout, heights: tuple[float, ...]) -> tuple[tuple[Path, ...], tuple[Piece, ...]]:
    """The lines of the table and its labels, which belong to the layout."""
    middles = _middles(layout, heights)
    labels = [fixed_text.label(layout, place, middles[place.row]) for place in layout.plan.places]
    return _lines(layout, heights), tuple(chain.from_iterable(labels))


@lru_cache(maxsize=FRAMES_KEPT)
def _middles(layout: Layout, heights: tuple[float, ...]) -> tuple[float, ...]:
    """The middle of each row, in mm from the top of the page."""
    tops = accumulate(heights, initial=layout.geometry.table.top)
    return tuple(
        shapes.rounded(top + height / 2) for top, height in zip(tops, heights, strict=False)
    )


def _measure(layout: Layout, face: Mapping[str, str]) -> tuple[list[_Filled], list[Problem]]:
    """The values there are, ready to be set; and what is wrong with the face."""
    cells: list[_Filled] = []
    problems: list[Problem] = []
    for place in layout.plan.places:
        field = place.field
        text = face.get(field.key)
        if text is None:
            if field.key not in layout.optional:
                problems.append(Problem(f"face.{field.key}", field.label, "缺少此项"))
            continue
        if not text and field.format == "text":
            continue
        found = _filled(layout, place, text)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            cells.append(found)
    for key in face:
        if key not in layout.fields:
            problems.append(Problem(f"face.{key}", key, "此证照没有这一项"))
    return cells, problems


@lru_cache(maxsize=VALUES_KEPT)
def _filled(layout: Layout, place: Placed, text: str) -> _Filled | Problem:
    """A value in its cell, or what is wrong with it."""
    field = place.field
    value = Value(field.key, f"face.{field.key}", field.label, field.format, text, field.unit)
    found = values.measured(value, layout.geometry.table.values.font)
    if isinstance(found, Problem):
        return found
    return _Filled(place, found, fit.one_line(found.advances, _room(layout, place.value_width, 0)))


@lru_cache(maxsize=FRAMES_KEPT)
def _room(layout: Layout, width: float, row_height: float) -> Room:
    style = layout.geometry.table.values
    return Room(
        width=width - 2 * style.inset,
        height=row_height - 2 * style.headroom,
        size=style.size,
        one_line_minimum=style.one_line_minimum,
        minimum=style.minimum,
        leading=style.leading,
        unbroken=layout.geometry.unbroken,
    )


def _heights(layout: Layout, cells: Sequence[_Filled]) -> tuple[float, ...] | None:
    """The heights of the rows, in mm; their sum is always that of rows of ordinary height.

    The largest size is taken at which all that wraps can have the height it needs; None if there
    is no such size.
    """
    style, plan = layout.geometry.table.values, layout.plan
    wrapping = [cell for cell in cells if cell.single is None]
    if not wrapping:
        return plan.heights
    for size in fit.sizes(style.size, style.minimum):
        needs = list(plan.least)
        for cell in wrapping:
            row = cell.place.row
            needs[row] = max(needs[row], _need(layout, cell, size))
        pairs = list(zip(needs, plan.heights, strict=True))
        wanted = sum(max(0.0, need - ordinary) for need, ordinary in pairs)
        spare = sum(max(0.0, ordinary - need) for need, ordinary in pairs)
        if wanted <= spare:
            share = wanted / spare if spare else 0.0
            return tuple(
                need if need > ordinary else ordinary - (ordinary - need) * share
                for need, ordinary in pairs
            )
    return None


def _longest(layout: Layout, cells: Sequence[_Filled]) -> list[Problem]:
    """The values that ask for more than an ordinary row even at the smallest size."""
    smallest, heights = layout.geometry.table.values.minimum, layout.plan.heights
    return [
        values.too_long(cell.value.value, smallest)
        for cell in cells
        if cell.single is None and _need(layout, cell, smallest) > heights[cell.place.row]
    ]


def _need(layout: Layout, cell: _Filled, size: float) -> float:
    """The height of a row that lets a value wrap at `size` points, in mm."""
    style, room = layout.geometry.table.values, _room(layout, cell.place.value_width, 0)
    found = fit.wrapped(cell.value.text, cell.value.advances, size, room)
    if found is None:
        return math.inf
    return fit.height_of(len(found), size, style.leading) + 2 * style.headroom


@lru_cache(maxsize=VALUES_KEPT)
def _value(layout: Layout, cell: _Filled, middle: float, height: float) -> tuple[Piece, ...]:
    """A value in its cell: at the left, in the middle of the row."""
    style, value = layout.geometry.table.values, cell.value
    room = _room(layout, cell.place.value_width, height)
    fitted = fit.fit(value.text, value.advances, room, cell.single)
    if fitted is None:  # pragma: no cover
        raise AssertionError("a row lower than its value needs")
    first = setting.first_baseline(middle, len(fitted.lines), fitted.size, style.leading)
    step = fitted.size * MILLIMETRES_PER_POINT * style.leading
    text_style = Style(style.font, fitted.size, layout.geometry.colours.text)
    x = cell.place.value_left + style.inset
    return tuple(
        [
            setting.piece(
                value.value.key, value.glyphs[a:b], text_style, x, first + n * step, "left"
            )
            for n, (a, b) in enumerate(fitted.lines)
        ]
    )


@lru_cache(maxsize=FRAMES_KEPT)
def _lines(layout: Layout, heights: tuple[float, ...]) -> tuple[Path, ...]:
    grid, colour = layout.geometry.table, layout.geometry.colours.line
    left, right = grid.columns[0], grid.columns[-1]
    tops = list(accumulate(heights, initial=grid.top))
    lines: list[Segment] = []
    for y in tops[1:-1]:
        lines += shapes.line(left, y, right, y)
    for x in grid.columns[1:-1]:
        for start, end in _stretches([x in edges for edges in layout.plan.edges]):
            lines += shapes.line(x, tops[start], x, tops[end])
    frame = shapes.rectangle(left, grid.top, right, tops[-1])
    paths = [Path(frame, stroke=Stroke(colour, grid.frame_width))]
    if lines:
        paths.insert(0, Path(tuple(lines), stroke=Stroke(colour, grid.line_width)))
    return tuple(paths)


def _stretches(present: Sequence[bool]) -> list[tuple[int, int]]:
    """The runs of rows that have an upright line, as first and one past the last."""
    found: list[tuple[int, int]] = []
    for row, here in enumerate(present):
        if here and found and found[-1][1] == row:
            found[-1] = (found[-1][0], row + 1)
        elif here:
            found.append((row, row + 1))
    return found
