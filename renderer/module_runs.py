"""The dark modules of a code as rectangles, one for each run of a row; the unit is the module.

The rectangles of one path are filled as one area: where they touch there is no seam. (As an image
they would be snapped to the pixels of a screen, and be unreadable below 150 dots per inch.)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain, compress
from operator import sub

from renderer.page import Modules

Texts = tuple[str, ...]


def _runs(modules: Modules) -> tuple[bytes, bytes]:
    """A byte for each place, 1 where a run begins; the same for the places after the runs' ends.

    Every row has one place more than modules, a light one, so that runs end within their row.
    What differs from the module before is found for all modules at once, in one long number that
    has a byte for each.
    """
    count = modules.count
    size = count * (count + 1)
    rows = [modules.dark[at : at + count] for at in range(0, count * count, count)]
    here = int.from_bytes(b"\0".join(rows) + b"\0", "big")
    before = here >> 8
    changes = here ^ before
    return (changes & here).to_bytes(size, "big"), (changes & before).to_bytes(size, "big")


@cache
def _corners(count: int, text: str) -> Texts:
    """For each place of a code of `count` modules a side the text, with its `{x}` and `{y}`.

    `{below}` is the lower edge of the row.
    """
    return tuple(text.format(x=x, y=y, below=y + 1) for y in range(count) for x in range(count + 1))


@cache
def _places(count: int) -> tuple[int, ...]:
    return tuple(range(count * (count + 1)))


@cache
def _widths(count: int, text: str) -> Texts:
    return tuple(text.format(width=width) for width in range(count + 1))


def by_corners(modules: Modules, left: str, right: str) -> str:
    """The rectangles, each written as the text for its left side and that for its right side."""
    starts, ends = _runs(modules)
    lefts, rights = _corners(modules.count, left), _corners(modules.count, right)
    return _paired(compress(lefts, starts), compress(rights, ends))


def by_width(modules: Modules, corner: str, width: str) -> str:
    """The rectangles, each written as the text for its upper left corner and for its `{width}`."""
    starts, ends = _runs(modules)
    corners, texts = _corners(modules.count, corner), _widths(modules.count, width)
    places = _places(modules.count)
    widths = map(sub, compress(places, ends), compress(places, starts))
    return _paired(compress(corners, starts), map(texts.__getitem__, widths))


def _paired(first: Iterable[str], second: Iterable[str]) -> str:
    return "".join(chain.from_iterable(zip(first, second, strict=True)))
