"""Pictures of a PDF by pdfium and of an OFD by ofdrw, and how far apart two pictures are."""

import os
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops, ImageFilter, ImageStat

from .asking_ofdrw import Ofdrw

MILLIMETRES_PER_INCH = 25.4
POINTS_PER_INCH = 72
PAGE = (210, 297)
"""A4, in mm."""

COMPARED_AT = 127
"""Dots per inch that make exactly 5 pixels a millimetre: A4 is then a whole number of pixels."""

FINER = 3
"""Pages are drawn this many times finer and averaged down before they are compared: rasterisers
disagree by half a pixel on where thin lines go, and this makes the half a sixth."""

BLUR = 0.7
"""Radius in pixels (0.14 mm) of the blur that takes away what they still disagree on."""

BLOCK = 10
"""Side in pixels (2 mm) of the squares whose worst is looked for: less than one character."""


def draw_pdf(pdf: bytes, dpi: int) -> Image.Image:
    """The first page as pdfium draws it, the signature's appearance included.

    It is drawn onto exactly the pixels that its paper has, as ofdrw does it; pypdfium2's own
    `render` rounds sizes up.
    """
    document = pypdfium2.PdfDocument(pdf)
    try:
        document.init_forms()
        page = document[0]
        width, height = (round(side * dpi / POINTS_PER_INCH) for side in page.get_size())
        bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        place = (bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        pdfium.FPDF_RenderPageBitmap(*place)
        if document.formenv:
            pdfium.FPDF_FFLDraw(document.formenv, *place)
        return bitmap.to_pil().convert("RGB")
    finally:
        document.close()


class Pictures:
    """Files as pictures; those fit to be compared are kept, the finer ones have 40 MB each."""

    def __init__(self, ofdrw: Ofdrw, folder: Path) -> None:
        self._ofdrw = ofdrw
        self._folder = folder
        self._smooth: dict[Path, Image.Image] = {}

    def of_pdf(self, pdf: Path, dpi: int) -> Image.Image:
        """The first page by pdfium."""
        return draw_pdf(pdf.read_bytes(), dpi)

    def of_ofd(self, ofd: Path, dpi: int) -> Image.Image:
        """The first page by ofdrw."""
        bmp = self._folder / "page.bmp"  # PNG takes ofdrw as long as the drawing
        self._ofdrw.render(ofd, bmp, dpi)
        with Image.open(bmp) as picture:
            return picture.convert("RGB")

    def smooth(self, file: Path) -> Image.Image:
        """The first page of a PDF or OFD, fit to be compared."""
        if file not in self._smooth:
            draw = self.of_pdf if file.suffix == ".pdf" else self.of_ofd
            self._smooth[file] = draw(file, COMPARED_AT * FINER).reduce(FINER)
        return self._smooth[file]


@dataclass(frozen=True)
class Difference:
    """How far two pictures are apart, on the scale of 0 (same) to 255 (black against white)."""

    mean: float
    """Over the whole page."""
    worst: float
    """Mean of the worst block."""
    where: tuple[int, int]
    """Centre of the worst block, mm from the top left."""
    picture: Image.Image
    """The difference at each point, grey."""


def difference(one: Image.Image, other: Image.Image) -> Difference:
    """Compare two pictures at `COMPARED_AT` dpi: at each point the largest of red, green, blue."""
    assert one.size == other.size
    blurred = [image.filter(ImageFilter.GaussianBlur(BLUR)) for image in (one, other)]
    red, green, blue = ImageChops.difference(*blurred).split()
    apart = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    blocks = apart.reduce(BLOCK)
    worst = blocks.getextrema()[1]
    row, column = divmod(blocks.tobytes().index(worst), blocks.width)
    millimetres = BLOCK * MILLIMETRES_PER_INCH / COMPARED_AT
    where = (round((column + 0.5) * millimetres), round((row + 0.5) * millimetres))
    return Difference(ImageStat.Stat(apart).mean[0], worst, where, apart)


def show(name: str, *images: Image.Image) -> None:
    """Where `SEALPRESS_PICTURES` names a folder, write pictures side by side for a person."""
    folder = os.environ.get("SEALPRESS_PICTURES")
    if not folder:
        return
    width, height = images[0].size
    side_by_side = Image.new("RGB", (len(images) * width, height))
    for place, image in enumerate(images):
        side_by_side.paste(image, (place * width, 0))
    Path(folder).mkdir(parents=True, exist_ok=True)
    side_by_side.save(Path(folder) / f"{name}.png")


def stronger(apart: Image.Image) -> Image.Image:
    """A difference made visible: white where there is none, four times as dark as it is."""
    return ImageChops.invert(apart.point(lambda level: min(255, 4 * level)))
