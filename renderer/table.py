"""The table of the face: how high its rows are, where its lines, labels and values stand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from renderer import fit, fixed_text, setting, shapes, values
from renderer.errors import Problem
from renderer.fit import Room
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT
from renderer.page import Path, Segment, Stroke
from renderer.setting import Piece, Style
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
    for row, height in enumerate(heights):
        for index in (2 * row, 2 * row + 1):
            if index >= len(cells):
                continue
            middle = shapes.rounded(top + height / 2)
            pieces += fixed_text.label(layout, index, middle)
            cell = cells[index]
            if cell is not None:
                pieces += _value(layout, index, cell, middle, height)
        top += height
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
            problems.append(Problem(path, field.label, "缺少此项"))
            continue
        value = Value(field.key, path, field.label, field.format, face[field.key])
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


def _column(index: int) -> int:
    """Which of the table's columns the value of a field stands in."""
    return 1 if index % 2 == 0 else 3


@lru_cache(maxsize=FRAMES_KEPT)
def _room(layout: Layout, column: int, row_height: float) -> Room:
    grid, style = layout.geometry.table, layout.geometry.table.values
    return Room(
        width=grid.columns[column + 1] - grid.columns[column] - 2 * style.inset,
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
    grid, style = layout.geometry.table, layout.geometry.table.values
    rows = math.ceil(len(layout.fields) / 2)
    for size in fit.sizes(style.size, style.minimum):
        needs = [grid.row_minimum] * rows
        for index, cell in enumerate(cells):
            if cell is not None:
                need = _need(layout, index, cell, size)
                needs[index // 2] = max(needs[index // 2], need)
        wanted = sum(max(0.0, need - grid.row_height) for need in needs)
        spare = sum(max(0.0, grid.row_height - need) for need in needs)
        if wanted <= spare:
            share = wanted / spare if spare else 0.0
            return [
                need
                if need > grid.row_height
                else grid.row_height - (grid.row_height - need) * share
                for need in needs
            ]
    return None


def _longest(layout: Layout, cells: Sequence[Measured | None]) -> list[Problem]:
    """The values that ask for more than an ordinary row even at the smallest size."""
    grid = layout.geometry.table
    smallest = grid.values.minimum
    return [
        values.too_long(cell.value, smallest)
        for index, cell in enumerate(cells)
        if cell is not None and _need(layout, index, cell, smallest) > grid.row_height
    ]


def _need(layout: Layout, index: int, cell: Measured, size: float) -> float:
    """The height of a row that lets a value wrap at `size` points, in mm."""
    style, room = layout.geometry.table.values, _room(layout, _column(index), 0)
    if fit.one_line(cell.advances, room) is not None:
        return 0.0
    found = fit.wrapped(cell.text, cell.advances, size, room)
    if found is None:
        return math.inf
    return fit.height_of(len(found), size, style.leading) + 2 * style.headroom


def _value(layout: Layout, index: int, cell: Measured, middle: float, height: float) -> list[Piece]:
    """A value in its cell: at the left, in the middle of the row."""
    grid, style = layout.geometry.table, layout.geometry.table.values
    fitted = fit.fit(cell.text, cell.advances, _room(layout, _column(index), height))
    if fitted is None:  # pragma: no cover
        raise AssertionError("a row lower than its value needs")
    first = setting.first_baseline(middle, len(fitted.lines), fitted.size, style.leading)
    step = fitted.size * MILLIMETRES_PER_POINT * style.leading
    text_style = Style(style.font, fitted.size, layout.geometry.colours.text)
    x = grid.columns[_column(index)] + style.inset
    return [
        setting.piece(cell.value.key, cell.glyphs[a:b], text_style, x, first + n * step, "left")
        for n, (a, b) in enumerate(fitted.lines)
    ]


@lru_cache(maxsize=FRAMES_KEPT)
def _lines(layout: Layout, heights: tuple[float, ...]) -> tuple[Path, ...]:
    grid, colour = layout.geometry.table, layout.geometry.colours.line
    left, *inner, right = grid.columns
    bottom = grid.top + sum(heights)
    lines: list[Segment] = []
    y = grid.top
    for height in heights[:-1]:
        y += height
        lines += shapes.line(left, y, right, y)
    for x in inner:
        lines += shapes.line(x, grid.top, x, bottom)
    frame = shapes.rectangle(left, grid.top, right, bottom)
    return (
        Path(tuple(lines), stroke=Stroke(colour, grid.line_width)),
        Path(frame, stroke=Stroke(colour, grid.frame_width)),
    )
