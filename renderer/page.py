"""The page as marks: what `compose` decides and the writers only write down.

All lengths are millimetres from the top left corner, y downwards, rounded once (`ROUNDING`
decimals) by `compose`, so that no writer rounds in its own way. Marks are painted in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

ROUNDING = 3
"""Decimals kept in every length: a micrometre, far below what any printer resolves."""

PIXELS = 8
"""Pixels on each side of a module in the image of a code: 450 to the inch, so that a screen or a
printer has enough of them to average, wherever its own pixels lie."""

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


class TextRun(NamedTuple):
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


@dataclass(frozen=True, eq=False)
class Deflated:
    """Bytes and their raw deflate stream (RFC 1951), compressed once for both PDF and ZIP."""

    size: int
    crc32: int
    adler32: int
    stream: bytes


@dataclass(frozen=True, eq=False)
class Stored:
    """Bytes that are not to be compressed, and their checksum, which is known already."""

    data: bytes
    crc32: int


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

    @cached_property
    def image(self) -> Deflated:
        """The same as the scanlines of a PNG, each with its filter before it, for both formats.

        `PIXELS` square for each module and one bit for each pixel, 1 dark. Made when it is first
        asked for: who compares pages does not write them.
        """
        from renderer import code_image  # here: it compresses into what this module defines

        return code_image.lines(self.dark, self.count)


Mark = Path | Modules | TextRun


@dataclass(frozen=True, eq=False)
class Artwork:
    """Paths that are the same on every page of a layout: border, background, table frame.

    Compared by identity, so that a writer may keep what it wrote for one.
    """

    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Subset:
    """The part of one font that a page needs, as a TrueType file with renumbered glyphs.

    `widths[g]` is the advance of glyph `g` in thousandths of the em; `characters[g]` the code
    point that it draws (0 for `.notdef`); the vertical metrics are thousandths of the em too.
    `coded` makes the file's deflate stream.
    """

    key: str
    family: str
    postscript_name: str
    data: bytes
    coded: Callable[[], Deflated]
    widths: tuple[int, ...]
    characters: tuple[int, ...]
    ascent: int
    descent: int
    cap_height: int
    bounding_box: tuple[int, int, int, int]
    bold: bool

    @cached_property
    def deflated(self) -> Deflated:
        """The file compressed: by `coded`, when it is first asked for."""
        return self.coded()


@dataclass(frozen=True, eq=False)
class Frame:
    """Marks that many pages share: the lines of the table, labels, title, a watermark.

    Compared by identity, so that a writer may keep what it wrote for one. Its runs show glyphs that
    have the same ids in the fonts of all these pages.
    """

    marks: tuple[Mark, ...]

    @cached_property
    def fonts(self) -> tuple[str, ...]:
        """The keys of the fonts in its runs, in order."""
        return tuple(sorted({mark.font for mark in self.marks if isinstance(mark, TextRun)}))


@dataclass(frozen=True, eq=False)
class Page:
    """One composed page: `artwork` first, then the frame, then its own marks, each in order.

    `fonts` are known by the keys that runs name.
    """

    width: float
    height: float
    artwork: Artwork
    frame: Frame
    own: tuple[Mark, ...]
    fonts: Mapping[str, Subset]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks but the artwork, in the order in which they are painted."""
        return self.frame.marks + self.own

    @cached_property
    def font_keys(self) -> tuple[str, ...]:
        """The keys of all fonts, those of the frame first: their numbers are the same elsewhere."""
        return (*self.frame.fonts, *sorted(self.fonts.keys() - set(self.frame.fonts)))
