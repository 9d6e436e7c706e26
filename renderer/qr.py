"""A QR code as one path of rectangles.

Level M, and never so many modules that one gets smaller than the layout allows: a camera copes
better with a large module than with a higher level.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from renderer.layout_parts import CodePlace
from renderer.page import Segment
from renderer.shapes import rectangle, rounded

CLOSE: Segment = ("C",)
GRIDS_KEPT = 8
"""Grids of corners kept ready: codes of one layout have two or three versions."""


def margin_box(place: CodePlace, count: int) -> tuple[Segment, ...]:
    """The white square under a code of `count` modules a side."""
    module = place.size / (count + 2 * place.margin)
    left, top = place.left - place.margin * module, place.top - place.margin * module
    return rectangle(left, top, left + place.size, top + place.size)


def path(place: CodePlace, dark: Sequence[Sequence[bool]]) -> tuple[Segment, ...]:
    """The dark modules as rectangles, each as wide and then as high as it can be."""
    moves, lines = _corners(place, len(dark))
    out: list[Segment] = []
    for left, right, top, bottom in _rectangles(dark):
        upper, lower = lines[top], lines[bottom]
        out += (moves[top][left], upper[right], lower[right], lower[left], CLOSE)
    return tuple(out)


@lru_cache(maxsize=GRIDS_KEPT)
def _corners(place: CodePlace, count: int) -> tuple[list[list[Segment]], list[list[Segment]]]:
    """For each row and column of corners between modules the move and the line that go there."""
    module = place.size / (count + 2 * place.margin)
    xs = [rounded(place.left + module * i) for i in range(count + 1)]
    ys = [rounded(place.top + module * i) for i in range(count + 1)]
    return [[("M", x, y) for x in xs] for y in ys], [[("L", x, y) for x in xs] for y in ys]


def _row_runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and end (one past) of each run of dark modules."""
    text = bytes(row)
    found, start = [], text.find(1)
    while start >= 0:
        end = text.find(0, start)
        if end < 0:
            end = len(text)
        found.append((start, end))
        start = text.find(1, end)
    return found


def _rectangles(dark: Sequence[Sequence[bool]]) -> list[tuple[int, int, int, int]]:
    """Runs of dark modules, joined with equal runs below: left, right, top, bottom."""
    done: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}
    for y, row in enumerate(dark):
        current = {run: open_runs.pop(run, y) for run in _row_runs(row)}
        done += [(x0, x1, top, y) for (x0, x1), top in open_runs.items()]
        open_runs = current
    done += [(x0, x1, top, len(dark)) for (x0, x1), top in open_runs.items()]
    return done
