"""Paths as OFD PathObjects (GB/T 33190, 9.1).

Coordinates are relative to an object's Boundary, which encloses all that it draws, because readers
clip to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from renderer.curves import cubic
from renderer.decimals import decimal
from renderer.ofd_values import box, rgb
from renderer.page import Path, Segment

MITRE_LIMIT = 4.234
"""OFD's own default: how far a corner may reach, in line widths."""

_drawn: WeakKeyDictionary[Path, tuple[str, str]] = WeakKeyDictionary()


class _Shifted(dict[float, str]):
    """Coordinates already written, relative to an origin."""

    def __init__(self, origin: float) -> None:
        super().__init__()
        self._origin = origin

    def __missing__(self, value: float) -> str:
        text = self[value] = decimal(value - self._origin)
        return text


def _extent(segments: Sequence[Segment]) -> tuple[float, float, float, float]:
    """The box around all points of a path, control points included."""
    xs: list[float] = []
    ys: list[float] = []
    for _, *numbers in segments:
        xs += numbers[::2]
        ys += numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _segments_data(segments: Sequence[Segment], left: float, top: float) -> str:
    """AbbreviatedData of any path."""
    across, down = _Shifted(left), _Shifted(top)
    parts: list[str] = []
    for letter, *numbers in cubic(segments):
        parts.append(letter)
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            parts += (across[x], down[y])
    return " ".join(parts)


def _draw(path: Path) -> tuple[str, str]:
    """Boundary and AbbreviatedData of a path, written once for each path."""
    known = _drawn.get(path)
    if known is None:
        reach = path.stroke.width / 2 * MITRE_LIMIT if path.stroke else 0.0
        x0, y0, x1, y1 = _extent(path.segments)
        left, top = math.floor((x0 - reach) * 10) / 10, math.floor((y0 - reach) * 10) / 10
        boundary = box(left, top, x1 + reach - left, y1 + reach - top)
        known = _drawn[path] = (boundary, _segments_data(path.segments, left, top))
    return known


def path_objects(path: Path, first_id: int) -> list[str]:
    """The PathObjects of a path: one filled, one stroked over it, whichever it has.

    They are two because readers differ in which they paint first.
    """
    styles: list[str] = []
    if path.fill:
        rule = ' Rule="Even-Odd"' if path.even_odd else ""
        styles.append(f'Stroke="false" Fill="true"{rule}><ofd:FillColor Value="{rgb(path.fill)}"/>')
    if path.stroke:
        styles.append(
            f'LineWidth="{decimal(path.stroke.width)}" Stroke="true" Fill="false">'
            f'<ofd:StrokeColor Value="{rgb(path.stroke.colour)}"/>'
        )
    if not styles or not path.segments:
        return []
    boundary, data = _draw(path)
    return [
        f'<ofd:PathObject ID="{first_id + index}" Boundary="{boundary}" {style}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        for index, style in enumerate(styles)
    ]
