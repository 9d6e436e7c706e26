"""The table of the face: how high its rows are, where its lines, labels and values stand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

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


@dataclass(frozen=True)
class Table:
    """Lines, text, and what cannot be printed."""

    lines: tuple[Path, ...]
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]


def fill(layout: Layout, face: Mapping[str, str]) -> Table:
    """The table with the values of a face."""
    cells, problems = _measure(layout, face)
    heights = _heights(layout, cells)
    if heights is None:
        problems += _longest(layout, cells)
        return Table((), (), tuple(problems))
    pieces: list[Piece] = []
    top = layout.geometry.table.top
    tops = list(accumulate(heights, initial=top))
    for place, cell in zip(layout.plan.places, cells, strict=True):
        height = heights[place.row]
        middle = shapes.rounded(tops[place.row] + height / 2)
        pieces += fixed_text.label(layout, place, middle)
        if cell is not None:
            pieces += _value(layout, place, cell, middle, height)
    return Table(_lines(layout, tuple(heights)), tuple(pieces), tuple(problems))


def _measure(
    layout: Layout, face: Mapping[str, str]
) -> tuple[list[Measured | None], list[Problem]]:
    """For each field its value, ready to be set, or None; and what is wrong with the face."""
    cells: list[Measured | None] = []
    problems: list[Problem] = []
    for field in layout.fields.values():
        path = f"face.{field.key}"
        cells.append(None)
        if field.key not in face:
            if field.key not in layout.optional:
                problems.append(Problem(path, field.label, "缺少此项"))
            continue
        value = Value(field.key, path, field.label, field.format, face[field.key], field.unit)
        if not value.text and field.format == "text":
            continue
        found = values.measured(value, layout.geometry.table.values.font)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            cells[-1] = found
    for key in face:
        if key not in layout.fields:
            problems.append(Problem(f"face.{key}", key, "此证照没有这一项"))
    return cells, problems


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


def _heights(layout: Layout, cells: Sequence[Measured | None]) -> list[float] | None:
    """The heights of the rows, in mm; their sum is always that of rows of ordinary height.

    The largest size is taken at which all that wraps can have the height it needs; None if there
    is no such size.
    """
    style, plan = layout.geometry.table.values, layout.plan
    for size in fit.sizes(style.size, style.minimum):
        needs = list(plan.least)
        for place, cell in zip(plan.places, cells, strict=True):
            if cell is not None:
                needs[place.row] = max(needs[place.row], _need(layout, place, cell, size))
        pairs = list(zip(needs, plan.heights, strict=True))
        wanted = sum(max(0.0, need - ordinary) for need, ordinary in pairs)
        spare = sum(max(0.0, ordinary - need) for need, ordinary in pairs)
        if wanted <= spare:
            share = wanted / spare if spare else 0.0
            return [
                need if need > ordinary else ordinary - (ordinary - need) * share
                for need, ordinary in pairs
            ]
    return None


def _longest(layout: Layout, cells: Sequence[Measured | None]) -> list[Problem]:
    """The values that ask for more than an ordinary row even at the smallest size."""
    smallest, plan = layout.geometry.table.values.minimum, layout.plan
    return [
        values.too_long(cell.value, smallest)
        for place, cell in zip(plan.places, cells, strict=True)
        if cell is not None and _need(layout, place, cell, smallest) > plan.heights[place.row]
    ]


def _need(layout: Layout, place: Placed, cell: Measured, size: float) -> float:
    """The height of a row that lets a value wrap at `size` points, in mm."""
    style, room = layout.geometry.table.values, _room(layout, place.value_width, 0)
    if fit.one_line(cell.advances, room) is not None:
        return 0.0
    found = fit.wrapped(cell.text, cell.advances, size, room)
    if found is None:
        return math.inf
    return fit.height_of(len(found), size, style.leading) + 2 * style.headroom


def _value(
    layout: Layout, place: Placed, cell: Measured, middle: float, height: float
) -> list[Piece]:
    """A value in its cell: at the left, in the middle of the row."""
    style = layout.geometry.table.values
    fitted = fit.fit(cell.text, cell.advances, _room(layout, place.value_width, height))
    if fitted is None:  # pragma: no cover
        raise AssertionError("a row lower than its value needs")
    first = setting.first_baseline(middle, len(fitted.lines), fitted.size, style.leading)
    step = fitted.size * MILLIMETRES_PER_POINT * style.leading
    text_style = Style(style.font, fitted.size, layout.geometry.colours.text)
    x = place.value_left + style.inset
    return [
        setting.piece(cell.value.key, cell.glyphs[a:b], text_style, x, first + n * step, "left")
        for n, (a, b) in enumerate(fitted.lines)
    ]


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
