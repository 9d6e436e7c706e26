"""Paths from lines, rectangles, waves and glyph outlines; lengths in mm, y downwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from renderer import fonts
from renderer.page import ROUNDING, Segment

Point = tuple[float, float]
Transform = Callable[[float, float], Point]

ARCH_HEIGHT, ARCH_REACH = 4 / 3, 4 / (3 * math.pi)
"""Control points of the cubic for half a sine wave, in amplitudes and half periods: right in its
top and in its slopes at both ends, within 2 % of the amplitude elsewhere."""


def rounded(value: float) -> float:
    """A length as it stands on a page: rounded once, and never minus zero."""
    return round(value, ROUNDING) + 0.0


def moved(segments: Iterable[Segment], transform: Transform, digits: int) -> tuple[Segment, ...]:
    """The path with every point transformed and rounded."""
    out: list[Segment] = []
    for segment in segments:
        numbers: list[float] = []
        for place in range(1, len(segment), 2):
            x, y = transform(segment[place], segment[place + 1])  # type: ignore[arg-type]
            numbers += (round(x, digits) + 0.0, round(y, digits) + 0.0)
        out.append((segment[0], *numbers))  # type: ignore[arg-type]
    return tuple(out)


def line(x0: float, y0: float, x1: float, y1: float) -> tuple[Segment, ...]:
    """A straight line."""
    return (("M", rounded(x0), rounded(y0)), ("L", rounded(x1), rounded(y1)))


def rectangle(left: float, top: float, right: float, bottom: float) -> tuple[Segment, ...]:
    """A closed rectangle."""
    x0, y0, x1, y1 = rounded(left), rounded(top), rounded(right), rounded(bottom)
    return (("M", x0, y0), ("L", x1, y0), ("L", x1, y1), ("L", x0, y1), ("C",))


def wave(start: Point, end: Point, amplitude: float, periods: int) -> tuple[Segment, ...]:
    """A sine wave of whole periods between two points; it begins to the right of the way."""
    length = math.dist(start, end)
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    half = length / periods / 2

    def place(t: float, height: float) -> Point:
        return (
            rounded(start[0] + along[0] * t - along[1] * height * amplitude),
            rounded(start[1] + along[1] * t + along[0] * height * amplitude),
        )

    out: list[Segment] = [("M", *place(0, 0))]
    for index in range(2 * periods):
        t, height = index * half, (1 if index % 2 == 0 else -1) * ARCH_HEIGHT
        first, second = (
            place(t + half * ARCH_REACH, height),
            place(t + half - half * ARCH_REACH, height),
        )
        out.append(("B", *first, *second, *place(t + half, 0)))
    return tuple(out)


def closed_curve(
    point: Callable[[float], Point], slope: Callable[[float], Point], pieces: int, digits: int
) -> tuple[Segment, ...]:
    """A smooth closed curve over an angle from 0 to 2 pi, as cubics with its own tangents."""
    step = 2 * math.pi / pieces
    angles = [step * i for i in range(pieces)]
    points = [point(a) for a in angles]
    slopes = [slope(a) for a in angles]
    out: list[Segment] = [("M", round(points[0][0], digits), round(points[0][1], digits))]
    for index in range(pieces):
        (x0, y0), (x3, y3) = points[index], points[(index + 1) % pieces]
        (dx0, dy0), (dx3, dy3) = slopes[index], slopes[(index + 1) % pieces]
        numbers = (
            *(x0 + dx0 * step / 3, y0 + dy0 * step / 3),
            *(x3 - dx3 * step / 3, y3 - dy3 * step / 3),
            *(x3, y3),
        )
        out.append(("B", *(round(n, digits) for n in numbers)))  # type: ignore[arg-type]
    out.append(("C",))
    return tuple(out)


def circle(x: float, y: float, radius: float) -> tuple[Segment, ...]:
    """A closed circle of four cubics."""
    return closed_curve(
        lambda a: (x + radius * math.cos(a), y + radius * math.sin(a)),
        # 4/3 tan(pi/8) instead of step/3 makes the quarter circles round to 0.03 %
        lambda a: (-radius * math.sin(a) * ROUND, radius * math.cos(a) * ROUND),
        4,
        ROUNDING,
    )


ROUND = 4 / 3 * math.tan(math.pi / 8) * 3 / (math.pi / 2)


def glyph(found: fonts.Glyph, transform: Transform) -> tuple[Segment, ...]:
    """The outline of a glyph; `transform` takes thousandths of the em, y upwards, to the page."""
    return moved(fonts.outline(found.face, found.id), transform, ROUNDING)
