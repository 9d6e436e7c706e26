"""Which cell of the table each field stands in: rows and columns of layout.toml in millimetres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from renderer.errors import Mistake
from renderer.layout_parts import Cell, Field, Grid, Row


@dataclass(frozen=True, eq=False)
class Placed:
    """A field in its row (counted from 0), with the edges of its two cells in mm."""

    field: Field
    row: int
    label_left: float
    label_right: float
    value_left: float
    value_right: float

    @property
    def value_width(self) -> float:
        """The width of the value's cell in mm."""
        return self.value_right - self.value_left


@dataclass(frozen=True, eq=False)
class Plan:
    """The table of one layout.

    `heights` are those that the rows have where nothing needs more, `least` those down to which
    they give way; `edges` are for each row the places of its inner upright lines. All in mm.
    """

    places: tuple[Placed, ...]
    heights: tuple[float, ...]
    least: tuple[float, ...]
    edges: tuple[frozenset[float], ...]


def rows_of(grid: Grid, fields: Mapping[str, Field]) -> tuple[Row, ...]:
    """The rows as they are given, or else every field with its label and its value in turn."""
    if grid.rows:
        return grid.rows
    pairs = max(1, (len(grid.columns) - 1) // 2)
    cells = [
        Cell(
            key, (2 * (n % pairs), 2 * (n % pairs) + 1), (2 * (n % pairs) + 1, 2 * (n % pairs) + 2)
        )
        for n, key in enumerate(fields)
    ]
    return tuple(Row(tuple(cells[n : n + pairs])) for n in range(0, len(cells), pairs))


def plan(grid: Grid, fields: Mapping[str, Field]) -> Plan:
    """The table of a layout whose rows have no mistakes."""
    rows, columns = rows_of(grid, fields), grid.columns
    places = [
        Placed(
            fields[cell.field],
            number,
            columns[cell.label[0]],
            columns[cell.label[1]],
            columns[cell.value[0]],
            columns[cell.value[1]],
        )
        for number, row in enumerate(rows)
        for cell in row.cells
    ]
    heights = tuple(row.height or grid.row_height for row in rows)
    order = {key: index for index, key in enumerate(fields)}
    return Plan(
        places=tuple(sorted(places, key=lambda place: order[place.field.key])),
        heights=heights,
        least=tuple(min(height, grid.row_minimum) for height in heights),
        edges=tuple(
            frozenset(columns[edge] for edge in _inner(row, len(columns) - 1)) for row in rows
        ),
    )


def _inner(row: Row, last: int) -> frozenset[int]:
    """The edges between which the cells of a row lie, without the table's own two."""
    spans = [span for cell in row.cells for span in (cell.label, cell.value)]
    return frozenset(edge for span in spans for edge in span) - {0, last}


def mistakes(grid: Grid, fields: Mapping[str, Field], file: str) -> Iterator[Mistake]:
    """Everything in which the rows do not agree with fields and columns."""
    seen: dict[str, str] = {}
    for number, row in enumerate(rows_of(grid, fields)):
        for index, cell in enumerate(row.cells):
            key = f"table.rows[{number}].cells[{index}]"
            if cell.field not in fields:
                yield Mistake(file, f"{key}.field", f"there is no field {cell.field!r}")
            elif cell.field in seen:
                reason = f"{cell.field} stands in {seen[cell.field]} already"
                yield Mistake(file, f"{key}.field", reason)
            seen.setdefault(cell.field, key)
        yield from _overlaps(row, number, len(grid.columns) - 1, file)
    for index, name in enumerate(fields):
        if name not in seen:
            yield Mistake(file, f"fields[{index}]", f"{name} has no cell in table.rows")


def _overlaps(row: Row, number: int, last: int, file: str) -> Iterator[Mistake]:
    """Cells of one row that lie off the table or on one another."""
    spans = sorted(
        (span, f"table.rows[{number}].cells[{index}].{name}")
        for index, cell in enumerate(row.cells)
        for name, span in (("label", cell.label), ("value", cell.value))
    )
    for (_, end), key in spans:
        if end > last:
            yield Mistake(file, key, f"edge {end} is off the table, whose last one is {last}")
    for ((_, end), key), ((start, _), other) in pairwise(spans):
        if start < end:
            yield Mistake(file, other, f"overlaps {key}")
