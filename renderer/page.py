"""The page as marks: what `compose` decides and the writers only write down.

All lengths are millimetres from the top left corner, y downwards, rounded once (`ROUNDING`
decimals) by `compose`, so that no writer rounds in its own way. Marks are painted in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ROUNDING = 3
"""Decimals kept in every length: a micrometre, far below what any printer resolves."""

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each, in sRGB."""

Segment = (
    tuple[Literal["M", "L"], float, float]
    | tuple[Literal["Q"], float, float, float, float]
    | tuple[Literal["B"], float, float, float, float, float, float]
    | tuple[Literal["C"]]
)
"""One path segment: move, line, quadratic curve, cubic curve, close (the letters of OFD)."""


@dataclass(frozen=True)
class Stroke:
    """A pen: its colour and its width in mm."""

    colour: Colour
    width: float


@dataclass(frozen=True, eq=False)
class Path:
    """Lines and curves, stroked, filled or both."""

    segments: tuple[Segment, ...]
    stroke: Stroke | None = None
    fill: Colour | None = None
    even_odd: bool = False


@dataclass(frozen=True, eq=False)
class TextRun:
    """Glyphs of one font on one baseline.

    `glyphs` are glyph ids of the *embedded* subset `Page.fonts[font]`, one for each code point of
    `text`; `offsets` are their origins in mm to the right of `x` (the first is 0). `field` is the
    key of the face value (or `number`, `authority`, `issued_on`) that the run shows a part of, or
    None for text that belongs to the layout.
    """

    field: str | None
    text: str
    font: str
    size: float
    x: float
    y: float
    glyphs: tuple[int, ...]
    offsets: tuple[float, ...]
    colour: Colour
    width: float
    """Advance width of the whole run in mm."""
    natural: bool = False
    """Known to have every glyph where the advances of those before it lead."""
    shared: bool = False
    """The same run on many pages: compared by identity, a writer may keep what it wrote for it."""


@dataclass(frozen=True, eq=False)
class Modules:
    """The modules of a square code: `count` a side in a square of `size` mm, and their colour.

    `dark` has a byte for each, row by row from the top left: 1 dark, 0 light.
    """

    left: float
    top: float
    size: float
    count: int
    dark: bytes
    colour: Colour


Mark = Path | Modules | TextRun


@dataclass(frozen=True, eq=False)
class Artwork:
    """Paths that are the same on every page of a layout: border, background, table frame.

    Compared by identity, so that a writer may keep what it wrote for one.
    """

    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Deflated:
    """Bytes and their raw deflate stream (RFC 1951), compressed once for both PDF and ZIP."""

    size: int
    crc32: int
    adler32: int
    stream: bytes


@dataclass(frozen=True, eq=False)
class Subset:
    """The part of one font that a page needs, as a TrueType file with renumbered glyphs.

    `widths[g]` is the advance of glyph `g` in thousandths of the em; `characters[g]` the code
    point that it draws (0 for `.notdef`); the vertical metrics are thousandths of the em too.
    """

    key: str
    family: str
    postscript_name: str
    data: bytes
    deflated: Deflated
    widths: tuple[int, ...]
    characters: tuple[int, ...]
    ascent: int
    descent: int
    cap_height: int
    bounding_box: tuple[int, int, int, int]
    bold: bool


@dataclass(frozen=True, eq=False)
class Page:
    """One composed page: `artwork` first, then `marks` in order; `fonts` by their key."""

    width: float
    height: float
    artwork: Artwork
    marks: tuple[Mark, ...]
    fonts: Mapping[str, Subset]
