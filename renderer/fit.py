"""Making a text fit its box: smaller in half points, then on several lines, down to a minimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from renderer import linebreak
from renderer.layout_parts import MILLIMETRES_PER_POINT

STEP = 0.5
"""Sizes go down by half points."""


@dataclass(frozen=True)
class Room:
    """The box for a text (mm), and how its text may shrink (points) and wrap.

    `leading` is the distance of baselines in sizes; `lines` a limit besides that of the height.
    """

    width: float
    height: float
    size: float
    one_line_minimum: float
    minimum: float
    leading: float
    lines: int | None = None
    unbroken: tuple[str, ...] = ()


class Fitted(NamedTuple):
    """The size in points and the lines (start and end in the text)."""

    size: float
    lines: tuple[linebreak.Line, ...]


@cache
def sizes(largest: float, smallest: float) -> tuple[float, ...]:
    """The sizes to try, from the largest down to the smallest, in points."""
    count = int((largest - smallest) / STEP + 1e-9)
    return tuple(largest - STEP * i for i in range(count + 1))


def height_of(lines: int, size: float, leading: float) -> float:
    """The height in mm of lines of `size` points, one above the other."""
    return (1 + (lines - 1) * leading) * size * MILLIMETRES_PER_POINT


def in_thousandths(width: float, size: float) -> int:
    """A width in mm as thousandths of the em of text of `size` points."""
    return int(width / (size * MILLIMETRES_PER_POINT) * 1000 + 1e-6)


def one_line(advances: Sequence[int], room: Room) -> float | None:
    """The largest size, not below `one_line_minimum`, at which a text is one line; or None."""
    whole = sum(advances)
    for size in sizes(room.size, room.one_line_minimum):
        if whole <= in_thousandths(room.width, size):
            return size
    return None


def wrapped(
    text: str, advances: Sequence[int], size: float, room: Room
) -> tuple[linebreak.Line, ...] | None:
    """The lines of a text at one size, None where a line would be too long.

    Words that should not be broken are, where that saves a line.
    """
    limit = in_thousandths(room.width, size)
    found = linebreak.lines(text, advances, limit)
    if room.unbroken:
        kept = linebreak.lines(text, advances, limit, room.unbroken)
        found = kept if len(kept) == len(found) else found
    for start, end in found:
        visible = start + len(text[start:end].rstrip())
        if sum(advances[start:visible]) > limit:
            return None
    return tuple(found)


def fit(
    text: str, advances: Sequence[int], room: Room, single: float | None = None
) -> Fitted | None:
    """The largest setting of a text that its room allows, or None if there is none.

    One line down to `one_line_minimum`, then several from the full size down to `minimum`.
    `single` is what `one_line` says, where that is known already.
    """
    single = single or one_line(advances, room)
    if single is not None:
        return Fitted(single, ((0, len(text)),))
    for size in sizes(room.size, room.minimum):
        found = wrapped(text, advances, size, room)
        if (
            found is not None
            and height_of(len(found), size, room.leading) <= room.height + 1e-9
            and (room.lines is None or len(found) <= room.lines)
        ):
            return Fitted(size, found)
    return None
