"""A page as one SVG file, for showing it in a browser.

The fonts travel inside as data; there are no scripts and no references to the outside.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from renderer.decimals import Decimals, decimal
from renderer.info import LANGUAGE
from renderer.ofd_text import stretches
from renderer.page import Artwork, Colour, Mark, Modules, Page, Path, Segment, Subset, TextRun
from renderer.pdf_content import font_names
from renderer.xml_text import DECLARATION, escape

LETTERS = {"M": "M", "L": "L", "Q": "Q", "B": "C", "C": "Z"}
"""Our path letters (those of OFD) in SVG's."""

DARK_RUN = re.compile(b"\1+")

MITRE_LIMIT = 10
"""PDF's default; SVG's own is 4."""

_artworks: WeakKeyDictionary[Artwork, str] = WeakKeyDictionary()


def _colour(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


def _data(segments: Sequence[Segment], numbers: Decimals) -> str:
    """The attribute `d` of a path."""
    return " ".join(
        f"{LETTERS[letter]}{' '.join(map(numbers.__getitem__, points))}"
        for letter, *points in segments
    )


def _path(path: Path, numbers: Decimals) -> str:
    fill = _colour(path.fill) if path.fill else "none"
    rule = ' fill-rule="evenodd"' if path.even_odd else ""
    stroke = (
        f' stroke="{_colour(path.stroke.colour)}" stroke-width="{decimal(path.stroke.width)}"'
        if path.stroke
        else ""
    )
    return f'<path fill="{fill}"{rule}{stroke} d="{_data(path.segments, numbers)}"/>\n'


def _modules(modules: Modules) -> str:
    """The modules of a code as one path of rectangles; the transform makes millimetres of modules.

    Rectangles of one path are filled as one area: where they touch there is no seam.
    """
    scale = f"{modules.size / modules.count:.6f}"
    place = f"translate({decimal(modules.left)} {decimal(modules.top)})"
    data = "".join(
        f"M{run.start()} {row}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for row in range(modules.count)
        for run in DARK_RUN.finditer(modules.dark[row * modules.count :][: modules.count])
    )
    return (
        f'<path fill="{_colour(modules.colour)}" transform="{place} scale({scale})" d="{data}"/>\n'
    )


def _mark(mark: Mark, names: Mapping[str, str], numbers: Decimals) -> str:
    if isinstance(mark, Path):
        return _path(mark, numbers)
    if isinstance(mark, Modules):
        return _modules(mark)
    return _text(mark, names[mark.font], numbers)


def _artwork(artwork: Artwork, numbers: Decimals) -> str:
    """What a layout draws on every page, written once."""
    known = _artworks.get(artwork)
    if known is None:
        known = _artworks[artwork] = "".join(_path(path, numbers) for path in artwork.paths)
    return known


def _text(run: TextRun, family: str, numbers: Decimals) -> str:
    """A run with the place of each character.

    Browsers count the places in UTF-16 units, so that what stands around a character beyond U+FFFF
    gets elements of its own.
    """
    spans = "".join(
        f'<tspan x="{" ".join(decimal(run.x + offset) for offset in run.offsets[start:end])}">'
        f"{escape(run.text[start:end])}</tspan>"
        for start, end in stretches(run.text)
    )
    return (
        f'<text y="{numbers[run.y]}" font-family="{family}" font-size="{numbers[run.size]}" '
        f'fill="{_colour(run.colour)}">{spans}</text>\n'
    )


def _font_face(family: str, font: Subset) -> str:
    data = b64encode(font.data).decode()
    return (
        f"@font-face{{font-family:{family};"
        f"src:url(data:font/ttf;base64,{data})format('truetype')}}\n"
    )


def write(page: Page, title: str = "") -> bytes:
    """The page as SVG, its units millimetres; `title` is what a screen reader says first."""
    names = {key: name.lstrip("/") for key, name in font_names(page).items()}
    numbers = Decimals()
    width, height = decimal(page.width), decimal(page.height)
    faces = "".join(_font_face(names[key], page.fonts[key]) for key in sorted(page.fonts))
    marks = "".join(_mark(mark, names, numbers) for mark in page.marks)
    label = f' role="img" aria-label="{escape(title)}"' if title else ""
    heading = f"<title>{escape(title)}</title>\n" if title else ""
    return (
        f'{DECLARATION}<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" '
        f'height="{height}mm" viewBox="0 0 {width} {height}" xml:lang="{LANGUAGE}"{label}>\n'
        f"{heading}<style>\n{faces}text{{white-space:pre;font-kerning:none;"
        "font-variant-ligatures:none}\n"
        f"path{{stroke-miterlimit:{MITRE_LIMIT}}}\n</style>\n"
        f"{_artwork(page.artwork, numbers)}{marks}</svg>\n"
    ).encode()
