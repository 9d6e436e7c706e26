"""A QR code in its place: the white square under it, and its modules.

Level M, and never so many modules that one gets smaller than the layout allows: a camera copes
better with a large module than with a higher level.
"""

from __future__ import annotations

import math
from functools import lru_cache

from renderer.deflate import NEAR, deflate
from renderer.layout_parts import CodePlace
from renderer.page import PIXELS, Colour, Deflated, Modules, Path
from renderer.shapes import rectangle, rounded

WHITE: Colour = (255, 255, 255)
NO_FILTER = b"\0"
EIGHT_PIXELS = bytes.maketrans(b"\0\1", b"\0\xff")
IMAGE_DEFLATE_LEVEL = 1
"""Lines repeat the one above, which the lowest level finds as well."""

MARGINS_KEPT = 16
"""White squares kept ready: codes of one layout have two or three versions."""


def marks(place: CodePlace, dark: bytes, colour: Colour) -> tuple[Path, Modules]:
    """The marks of a code of which `dark` has a byte for each module, 1 where it is dark."""
    count = math.isqrt(len(dark))
    side = rounded(place.size * count / (count + 2 * place.margin))
    left, top = rounded(place.left), rounded(place.top)
    return _margin(place, count), Modules(left, top, side, count, dark, _image(dark, count), colour)


def _image(dark: bytes, count: int) -> Deflated:
    """The scanlines of the code's image (PNG, 7.2 and 9.2): a byte is a module, eight lines a row.

    An image of many pixels is read at any resolution. One with a pixel for each module is not,
    since readers move its edges to the screen's pixels; a path of a thousand rectangles takes
    longer to write and to compress than all else on the page.
    """
    rows = dark.translate(EIGHT_PIXELS)
    lines = [NO_FILTER + rows[at : at + count] for at in range(0, len(rows), count)]
    return deflate(b"".join([line * PIXELS for line in lines]), IMAGE_DEFLATE_LEVEL, NEAR)


@lru_cache(maxsize=MARGINS_KEPT)
def _margin(place: CodePlace, count: int) -> Path:
    """The white square under a code of `count` modules a side."""
    width = place.margin * place.size / (count + 2 * place.margin)
    left, top = place.left - width, place.top - width
    return Path(rectangle(left, top, left + place.size, top + place.size), fill=WHITE)
