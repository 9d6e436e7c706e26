"""Quadratic curves as cubic ones: PDF has no others, and OFD readers draw these more reliably."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from renderer.page import Segment

Point = tuple[float, float]


def cubic(segments: Sequence[Segment]) -> Iterator[Segment]:
    """The same path without `Q`, every other segment as it is."""
    at = start = (0.0, 0.0)
    for segment in segments:
        match segment:
            case ("Q", qx, qy, x, y):
                yield _raised(at, (qx, qy), (x, y))
                at = (x, y)
            case ("C",):
                yield segment
                at = start
            case ("M", x, y):
                yield segment
                at = start = (x, y)
            case _:
                yield segment
                at = (segment[-2], segment[-1])


def _raised(start: Point, control: Point, end: Point) -> Segment:
    """One quadratic curve with its degree raised; the curve stays exactly the same."""
    first = (start[0] + (control[0] - start[0]) * 2 / 3, start[1] + (control[1] - start[1]) * 2 / 3)
    second = (end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3)
    return ("B", *first, *second, *end)
