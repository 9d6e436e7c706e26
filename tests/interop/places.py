"""Where each character of a page stands: as `compose` decided it, and as each format says it.

Every reading gives the characters in the order of the file with the left end of their baseline, in
mm from the top left of the page.
"""

import ctypes
import math
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

from renderer.page import Page, TextRun

from .altered_ofd import OFD, PAGE_CONTENT

MILLIMETRES_PER_POINT = 25.4 / 72
SVG = {"svg": "http://www.w3.org/2000/svg"}
HIGH_SURROGATES = range(0xD800, 0xDC00)


class Place(NamedTuple):
    """A character and the left end of its baseline in mm."""

    character: str
    x: float
    y: float


def decided(page: Page) -> list[Place]:
    """What `compose` decided."""
    return [
        Place(character, run.x + offset, run.y)
        for run in page.marks
        if isinstance(run, TextRun)
        for character, offset in zip(run.text, run.offsets, strict=True)
    ]


def in_pdf(pdf: Path) -> list[Place]:
    """As pdfium, asked for each character's origin, understands the page's text operators."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return list(_in_text_page(document[0].get_textpage(), document[0].get_height()))
    finally:
        document.close()


def _in_text_page(text: pypdfium2.PdfTextPage, height: float) -> Iterator[Place]:
    high = 0
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, index) == 1:  # spaces and line ends that it guesses
            continue
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in HIGH_SURROGATES:
            high = code
            continue
        if high:
            code, high = 0x10000 + (high - 0xD800 << 10) + code - 0xDC00, 0
        assert pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        yield Place(
            chr(code), x.value * MILLIMETRES_PER_POINT, (height - y.value) * MILLIMETRES_PER_POINT
        )


def in_ofd(ofd: Path) -> list[Place]:
    """As Boundary, TextCode and DeltaX of each TextObject add up to."""
    with zipfile.ZipFile(ofd) as package:
        root = etree.fromstring(package.read(PAGE_CONTENT))
    return [place for one in root.iterfind(".//ofd:TextObject", OFD) for place in _in_object(one)]


def _in_object(text_object: etree._Element) -> Iterator[Place]:
    left, top, _, _ = (float(word) for word in text_object.get("Boundary").split())
    code = text_object.find("ofd:TextCode", OFD)
    x, y = left + float(code.get("X")), top + float(code.get("Y"))
    steps = [*_steps((code.get("DeltaX") or "").split()), math.nan]
    for character, step in zip(code.text, steps, strict=False):
        yield Place(character, x, y)
        x += step


def _steps(words: list[str]) -> Iterator[float]:
    """DeltaX: distances, of which `g 3 1.5` stands for three times 1.5."""
    rest = iter(words)
    for word in rest:
        if word == "g":
            count = int(next(rest))
            yield from [float(next(rest))] * count
        else:
            yield float(word)


def in_svg(svg: Path) -> list[Place]:
    """As the attributes `x` of tspan and `y` of text say."""
    root = etree.parse(svg).getroot()
    return [
        Place(character, float(x), float(text.get("y")))
        for text in root.iterfind(".//svg:text", SVG)
        for span in text.iterfind("svg:tspan", SVG)
        for character, x in zip(span.text, span.get("x").split(), strict=True)
    ]


def apart(found: Sequence[Place], wanted: Sequence[Place]) -> float:
    """The largest distance in mm between a character's places; the characters must be the same."""
    assert [place.character for place in found] == [place.character for place in wanted]
    return max(math.hypot(a.x - b.x, a.y - b.y) for a, b in zip(found, wanted, strict=True))
