"""A QR code as one path of rectangles.

Level M, and never so many modules that one gets smaller than the layout allows: a camera copes
better with a large module than with a higher level.
"""

from __future__ import annotations

from collections.abc import Sequence

from renderer.layout_parts import CodePlace
from renderer.page import Segment
from renderer.shapes import rectangle, rounded


def margin_box(place: CodePlace, count: int) -> tuple[Segment, ...]:
    """The white square under a code of `count` modules a side."""
    module = place.size / (count + 2 * place.margin)
    left, top = place.left - place.margin * module, place.top - place.margin * module
    return rectangle(left, top, left + place.size, top + place.size)


def path(place: CodePlace, dark: Sequence[Sequence[bool]]) -> tuple[Segment, ...]:
    """The dark modules as rectangles, each as wide and then as high as it can be."""
    count = len(dark)
    module = place.size / (count + 2 * place.margin)
    xs = [rounded(place.left + module * i) for i in range(count + 1)]
    ys = [rounded(place.top + module * i) for i in range(count + 1)]
    out: list[Segment] = []
    for x0, x1, y0, y1 in _rectangles(dark):
        left, right, top, bottom = xs[x0], xs[x1], ys[y0], ys[y1]
        out += (
            ("M", left, top),
            ("L", right, top),
            ("L", right, bottom),
            ("L", left, bottom),
            ("C",),
        )
    return tuple(out)


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
