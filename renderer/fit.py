"""Making a text fit its box: smaller in half points, then on several lines, down to a minimum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from renderer import linebreak
from renderer.layout_parts import MILLIMETRES_PER_POINT

STEP = 0.5
"""Sizes go down by half points."""


@dataclass(frozen=True)
class Room:
    """The box for a text (mm), and how its text may shrink (points) and wrap.

    `leading` is the distance of baselines in sizes.
    """

    width: float
    height: float
    size: float
    one_line_minimum: float
    minimum: float
    lines: int
    leading: float
    unbroken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fitted:
    """The size in points and the lines (start and end in the text)."""

    size: float
    lines: tuple[linebreak.Line, ...]


def _sizes(largest: float, smallest: float) -> list[float]:
    count = int((largest - smallest) / STEP + 1e-9)
    return [largest - STEP * i for i in range(count + 1)]


def _lines_in(height: float, size: float, leading: float) -> int:
    """How many lines of `size` mm stand one above the other in `height` mm."""
    return max(0, 1 + math.floor((height - size) / (size * leading) + 1e-9))


def in_thousandths(width: float, size: float) -> int:
    """A width in mm as thousandths of the em of text of `size` points."""
    return int(width / (size * MILLIMETRES_PER_POINT) * 1000 + 1e-6)


def fit(text: str, advances: Sequence[int], room: Room) -> Fitted | None:
    """The largest setting of a text that its room allows, or None if there is none.

    One line down to `one_line_minimum`, then several from the full size down to `minimum`.
    """
    whole = sum(advances)
    for size in _sizes(room.size, room.one_line_minimum):
        if whole <= in_thousandths(room.width, size):
            return Fitted(size, ((0, len(text)),))
    for size in _sizes(room.size, room.minimum):
        allowed = min(
            room.lines, _lines_in(room.height, size * MILLIMETRES_PER_POINT, room.leading)
        )
        limit = in_thousandths(room.width, size)
        if whole > limit * allowed:
            continue
        found = linebreak.lines(text, advances, limit, room.unbroken)
        if len(found) <= allowed and _within(found, advances, text, limit):
            return Fitted(size, tuple(found))
    return None


def _within(
    found: Sequence[linebreak.Line], advances: Sequence[int], text: str, limit: int
) -> bool:
    """Whether every line, without the spaces at its end, keeps the limit."""
    for start, end in found:
        visible = start + len(text[start:end].rstrip())
        if sum(advances[start:visible]) > limit:
            return False
    return True
