"""Pictures: a seal as PNG for the SES seal, a page of a PDF as PNG for the preview."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from renderer.errors import RendererError
from renderer.page import Colour
from renderer.pdf_content import Content, millimetres, points
from renderer.pdf_objects import ObjectTable, plain_stream
from renderer.seal_art import RED, SealArt

if TYPE_CHECKING:
    from PIL import Image

BLACK: Colour = (0, 0, 0)
POINTS_PER_INCH = 72

SEAL_DPI = 300
SEAL_ALPHA = 205
"""0.8 of 255: the text under a seal stays readable."""

LARGEST_PAGE_PIXELS = 40_000_000
"""An A4 page at 600 dpi has 35 million; more is nobody's preview."""


class NotDrawable(RendererError):
    """Bytes that pdfium does not take for a PDF, or a picture that would be too large."""


def seal_png(art: SealArt, dpi: float = SEAL_DPI) -> bytes:
    """The seal as a PNG with a transparent background; the red lets a fifth through."""
    from PIL import Image

    ink = _drawn(_silhouette(art), dpi, grey=True)
    opacity = [(255 - grey) * SEAL_ALPHA // 255 for grey in range(256)]
    picture = Image.new("RGBA", ink.size, (*RED, 0))
    picture.putalpha(ink.point(opacity))
    return _png(picture, dpi)


def _silhouette(art: SealArt) -> bytes:
    """A PDF of one page with the seal in black."""
    content = Content(millimetres(art.diameter))
    content.marks(replace(path, fill=BLACK) for path in art.paths)
    table = ObjectTable()
    stream = table.add(*plain_stream("", content.bytes()))
    side = points(art.diameter)
    page, pages = table.number(), table.number()
    table.put(
        page,
        f"<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 {side} {side}]"
        f"/Resources<<>>/Contents {stream} 0 R>>".encode(),
    )
    table.put(pages, b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page)
    root = table.add(b"<</Type/Catalog/Pages %d 0 R>>" % pages)
    return table.file(root, table.add(b"<<>>"), b"seal")


def page_png(pdf: bytes, dpi: float = 150) -> bytes:
    """The first page of a PDF as pdfium draws it, signatures' appearances included.

    Raises:
        NotDrawable: pdfium cannot open it, or the picture would be too large.
    """
    return _png(_drawn(pdf, dpi).convert("RGB"), dpi)


def _drawn(pdf: bytes, dpi: float, grey: bool = False) -> Image.Image:
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(pdf) as document:
            document.init_forms()
            page = document[0]
            scale = dpi / POINTS_PER_INCH
            if page.get_width() * page.get_height() * scale**2 > LARGEST_PAGE_PIXELS:
                raise NotDrawable(f"more than {LARGEST_PAGE_PIXELS} pixels at {dpi:g} dpi")
            picture: Image.Image = page.render(scale=scale, grayscale=grey).to_pil()
            return picture
    except pdfium.PdfiumError as error:
        raise NotDrawable(f"pdfium: {error}") from error


def _png(picture: Image.Image, dpi: float) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi), optimize=False, compress_level=6)
    return out.getvalue()
