"""Pictures: a seal as PNG for the SES seal, a page of a PDF as PNG for the preview."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING

from renderer.errors import RendererError
from renderer.page import Segment
from renderer.seal_art import SealArt

if TYPE_CHECKING:
    from PIL import Image

MILLIMETRES_PER_INCH = 25.4
POINTS_PER_INCH = 72

SEAL_DPI = 300
SEAL_ALPHA = 205
"""0.8 of 255: the text under a seal stays readable."""

SUPERSAMPLING = 4
"""Each pixel of a seal is the mean of 4 x 4."""

CURVE_STEPS = 8
"""Straight pieces for one curve of a letter: true to a thousandth of a millimetre."""

LARGEST_PAGE_PIXELS = 40_000_000
"""An A4 page at 600 dpi has 35 million; more is nobody's preview."""


class NotDrawable(RendererError):
    """Bytes that pdfium does not take for a PDF, or a picture that would be too large."""


def seal_png(art: SealArt, dpi: float = SEAL_DPI) -> bytes:
    """The seal as a PNG with a transparent background; the red lets a fifth through."""
    from PIL import Image, ImageChops, ImageDraw

    side = round(art.diameter / MILLIMETRES_PER_INCH * dpi)
    large = side * SUPERSAMPLING
    scale = large / art.diameter
    mask = Image.new("1", (large, large), 0)
    for path in art.paths:
        part = Image.new("1", (large, large), 0)
        for contour in contours(path.segments, scale):
            # Outlines of letters overlap only to cut holes: painting by even-odd is right.
            other = Image.new("1", (large, large), 0)
            ImageDraw.Draw(other).polygon(contour, fill=1)
            part = ImageChops.logical_xor(part, other)
        mask = ImageChops.logical_or(mask, part)
    alpha = mask.convert("L").resize((side, side), Image.Resampling.BOX)
    picture = Image.new("RGBA", (side, side), (*(art.paths[0].fill or (0, 0, 0)), 0))
    picture.putalpha(alpha.point(lambda value: value * SEAL_ALPHA // 255))
    return _png(picture, dpi)


def contours(segments: tuple[Segment, ...], scale: float) -> list[list[tuple[float, float]]]:
    """The closed contours of a path as polygons, in mm times `scale`."""
    out: list[list[tuple[float, float]]] = []
    for segment in segments:
        numbers = [value * scale for value in segment[1:]]
        if segment[0] == "M":
            out.append([(numbers[0], numbers[1])])
        elif segment[0] == "L":
            out[-1].append((numbers[0], numbers[1]))
        elif segment[0] != "C":
            out[-1] += _flattened(out[-1][-1], numbers)
    return [contour for contour in out if len(contour) > 2]


def _flattened(start: tuple[float, float], numbers: list[float]) -> list[tuple[float, float]]:
    """Points along a quadratic (4 numbers) or cubic (6 numbers) curve, without its start."""
    points = [start, *zip(numbers[::2], numbers[1::2], strict=True)]
    out = []
    for step in range(1, CURVE_STEPS + 1):
        t, level = step / CURVE_STEPS, points
        while len(level) > 1:  # de Casteljau
            level = [
                (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)
                for a, b in itertools.pairwise(level)
            ]
        out.append(level[0])
    return out


def page_png(pdf: bytes, dpi: float = 150) -> bytes:
    """The first page of a PDF as pdfium draws it, signatures' appearances included.

    Raises:
        NotDrawable: pdfium cannot open it, or the picture would be too large.
    """
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(pdf) as document:
            document.init_forms()
            page = document[0]
            scale = dpi / POINTS_PER_INCH
            if page.get_width() * page.get_height() * scale**2 > LARGEST_PAGE_PIXELS:
                raise NotDrawable(f"more than {LARGEST_PAGE_PIXELS} pixels at {dpi:g} dpi")
            picture: Image.Image = page.render(scale=scale).to_pil()
    except pdfium.PdfiumError as error:
        raise NotDrawable(f"pdfium: {error}") from error
    return _png(picture.convert("RGB"), dpi)


def _png(picture: Image.Image, dpi: float) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi), optimize=False, compress_level=6)
    return out.getvalue()
