"""A QR code in its place: the white square under it, and its modules.

Level M, and never so many modules that one gets smaller than the layout allows: a camera copes
better with a large module than with a higher level.
"""

from __future__ import annotations

import math
from functools import lru_cache

from renderer.layout_parts import CodePlace
from renderer.page import Colour, Modules, Path
from renderer.shapes import rectangle, rounded

WHITE: Colour = (255, 255, 255)
MARGINS_KEPT = 16
"""White squares kept ready: codes of one layout have two or three versions."""


def marks(place: CodePlace, dark: bytes, colour: Colour) -> tuple[Path, Modules]:
    """The marks of a code of which `dark` has a byte for each module, 1 where it is dark."""
    count = math.isqrt(len(dark))
    side = rounded(place.size * count / (count + 2 * place.margin))
    left, top = rounded(place.left), rounded(place.top)
    return _margin(place, count), Modules(left, top, side, count, dark, colour)


@lru_cache(maxsize=MARGINS_KEPT)
def _margin(place: CodePlace, count: int) -> Path:
    """The white square under a code of `count` modules a side."""
    width = place.margin * place.size / (count + 2 * place.margin)
    left, top = place.left - width, place.top - width
    return Path(rectangle(left, top, left + place.size, top + place.size), fill=WHITE)
