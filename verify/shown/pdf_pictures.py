"""The pictures of a PDF page: a code is a mask of square modules, all else is somebody's image."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

from renderer.page import PIXELS
from verify.pdf_objects import entry, name_in
from verify.shown.drawn import Colour, Drawn, Matrix, Picture

LARGEST_SIDE: Final = 177
"""Modules on each side of the largest code there is (version 40)."""

_SOLID: Final = bytes.maketrans(b"\0\xff", b"\0\1")
_PLAIN: Final = frozenset(
    {
        "/Type", "/Subtype", "/Width", "/Height", "/ImageMask", "/BitsPerComponent", "/Decode",
        "/DecodeParms", "/Filter", "/Length",
    }
)  # fmt: skip


def box(matrix: Matrix, drawn: Drawn) -> tuple[float, float, float, float]:
    """Where the unit square comes to lie: left, top, width and height in mm."""
    a, b, c, d, e, f = matrix
    if abs(b) > 1e-6 or abs(c) > 1e-6 or a <= 0 or d >= 0:
        drawn.note("page.image", "图片", "旋转或翻转的图片")
    corners_x, corners_y = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    left, top = min(corners_x), min(corners_y)
    return (left, top, max(corners_x) - left, max(corners_y) - top)


def read(
    image: Any, place: tuple[float, float, float, float], colour: Colour | None, drawn: Drawn
) -> Picture:
    """The image, with its modules if it is one of a code."""
    return Picture(place, modules_of(image), colour, drawn.next())


def modules_of(image: Any) -> bytes | None:
    """The modules of an image that is one of a code; None for any other."""
    return _modules(image) if _is_mask(image) else None


def _is_mask(image: Any) -> bool:
    """Whether an image is written as ours are (8.9.6.2), with lines as in a PNG (7.4.4.4)."""
    side, decode = entry(image, "/Width"), entry(image, "/Decode")
    parameters = entry(image, "/DecodeParms")
    return (
        set(image) <= _PLAIN
        and side == entry(image, "/Height")
        and bool(entry(image, "/ImageMask"))
        and entry(image, "/BitsPerComponent") == 1
        and decode is not None
        and [float(number) for number in decode] == [1.0, 0.0]
        and name_in(image, "/Filter") == "/FlateDecode"
        and isinstance(parameters, Mapping)
        and dict(parameters)
        == {"/Predictor": 15, "/Colors": 1, "/BitsPerComponent": 1, "/Columns": side}
    )


def _modules(image: Any) -> bytes | None:
    """A byte for each module, where the image has `PIXELS` square of one bit for each."""
    side = int(image["/Width"])
    if side % PIXELS or not 0 < side // PIXELS <= LARGEST_SIDE:
        return None
    return of_lines(image.encoded_data, side // PIXELS)


def of_lines(deflated: bytes, count: int) -> bytes | None:
    """The modules of a code out of a PNG's lines, which are not filtered and have a bit a pixel.

    None where these are no whole modules, or the stream is another.
    """
    size = count * PIXELS * (count + 1)
    inflating = zlib.decompressobj()
    try:
        data = inflating.decompress(deflated, size + 1)
    except zlib.error:
        return None
    if len(data) != size or not inflating.eof or inflating.unused_data:
        return None
    step = PIXELS * (count + 1)
    rows = [data[at : at + step] for at in range(0, size, step)]
    if any(row[0] or row != row[: count + 1] * PIXELS for row in rows):
        return None
    packed = b"".join([row[1 : count + 1] for row in rows])
    return packed.translate(_SOLID) if not packed.translate(None, b"\0\xff") else None
