"""A QR code (ISO/IEC 18004) as one path of rectangles.

Level M, and never so many modules that one gets smaller than the layout allows: a camera copes
better with a large module than with a higher level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

from renderer.layout_parts import CodePlace
from renderer.page import Segment
from renderer.shapes import rectangle, rounded

MASK = 4
"""Choosing the mask costs ten times what the code costs; a fixed one reads as well."""

CHUNK = 20
"""Least characters of one kind for which it pays to change the mode within the code."""

Modules = Sequence[Sequence[bool]]


class TooLarge(Exception):
    """The text needs a higher version than the place allows."""


def modules(text: str, highest_version: int) -> Modules:
    """The modules of the code of the lowest version that holds the text, True is dark.

    Raises:
        TooLarge: no version up to `highest_version` holds it.
    """
    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASK, border=0)
    code.add_data(text, optimize=CHUNK)
    try:
        version = code.best_fit()
    except (DataOverflowError, ValueError):
        raise TooLarge from None
    if version > highest_version:
        raise TooLarge
    code.version = version
    code.make(fit=False)
    return code.modules  # type: ignore[return-value]


def margin_box(place: CodePlace, count: int) -> tuple[Segment, ...]:
    """The white square under a code of `count` modules a side."""
    module = place.size / (count + 2 * place.margin)
    left, top = place.left - place.margin * module, place.top - place.margin * module
    return rectangle(left, top, left + place.size, top + place.size)


def path(place: CodePlace, dark: Modules) -> tuple[Segment, ...]:
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
    text = "".join(["1" if dark else "0" for dark in row])
    found, end = [], 0
    while (start := text.find("1", end)) >= 0:
        end = text.find("0", start)
        if end < 0:
            end = len(text)
        found.append((start, end))
    return found


def _rectangles(dark: Modules) -> list[tuple[int, int, int, int]]:
    """Runs of dark modules, joined with equal runs below: left, right, top, bottom."""
    done: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}
    for y, row in enumerate(dark):
        current = {run: open_runs.pop(run, y) for run in _row_runs(row)}
        done += [(x0, x1, top, y) for (x0, x1), top in open_runs.items()]
        open_runs = current
    done += [(x0, x1, top, len(dark)) for (x0, x1), top in open_runs.items()]
    return done
