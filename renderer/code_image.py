"""The image of a code, compressed once for both formats."""

from __future__ import annotations

from renderer.deflate import NEAR, deflate
from renderer.page import PIXELS, Deflated

NO_FILTER = b"\0"
EIGHT_PIXELS = bytes.maketrans(b"\0\1", b"\0\xff")
IMAGE_DEFLATE_LEVEL = 1
"""Lines repeat the one above, which the lowest level finds as well."""


def lines(dark: bytes, count: int) -> Deflated:
    """The scanlines (PNG, 7.2 and 9.2) of `dark`: a byte is a module, eight lines a row.

    An image of many pixels is read at any resolution. One with a pixel for each module is not,
    since readers move its edges to the screen's pixels; a path of a thousand rectangles takes
    longer to write and to compress than all else on the page.
    """
    rows = dark.translate(EIGHT_PIXELS)
    found = [NO_FILTER + rows[at : at + count] for at in range(0, len(rows), count)]
    return deflate(b"".join([line * PIXELS for line in found]), IMAGE_DEFLATE_LEVEL, NEAR)
