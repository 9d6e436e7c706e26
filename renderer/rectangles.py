"""Paths that are nothing but upright rectangles, as a QR code is: told once, written fast."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from renderer.page import Path

Column = tuple[float, ...]
Columns = tuple[Column, Column, Column, Column]
"""Lefts, tops, rights and bottoms in mm: one number of each for every rectangle."""

SEGMENTS = 5
"""Of each one: to the top left, along the top, down, back along the bottom, closed."""

_known: WeakKeyDictionary[Path, Columns | None] = WeakKeyDictionary()


def rectangles(path: Path) -> Columns | None:
    """The rectangles that a path consists of; None where it holds anything else."""
    if path in _known:
        return _known[path]
    found = _known[path] = _find(path)
    return found


def _find(path: Path) -> Columns | None:
    segments = path.segments
    if not segments or len(segments) % SEGMENTS or set(segments[4::SEGMENTS]) != {("C",)}:
        return None
    try:  # columns instead of segments: a comparison of two columns costs as much as of two numbers
        moves, west, north = zip(*segments[0::SEGMENTS], strict=True)
        tops, east, east_north = zip(*segments[1::SEGMENTS], strict=True)
        downs, south_east, south = zip(*segments[2::SEGMENTS], strict=True)
        backs, south_west, west_south = zip(*segments[3::SEGMENTS], strict=True)
    except ValueError:  # curves have more numbers, a close has none
        return None
    if {*moves} != {"M"} or {*tops, *downs, *backs} != {"L"}:
        return None
    if west != south_west or east != south_east or north != east_north or south != west_south:
        return None
    return west, north, east, south
