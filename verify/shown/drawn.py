"""What a page draws, read from a file: glyphs, shapes, pictures, in the order of painting.

Lengths are millimetres from the top left corner of the page, y downwards, as in `renderer.page`.
Nothing is judged here. What cannot be put in these terms, because no certificate has it, is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from verify.fault import Fault
from verify.limits import SHOWN_GLYPHS, SHOWN_VALUES

Colour = tuple[int, int, int]
"""sRGB, 0 to 255 each."""

Matrix = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f): x' = a x + c y + e, y' = b x + d y + f."""

Segment = tuple[Any, ...]
"""A letter of M, L, B, C and its coordinates in mm."""

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

UNTOLD: Final = "〓"
"""Stands for a glyph of which nobody knows what it shows (as printers did for a missing letter)."""


@dataclass(frozen=True, eq=False)
class Font:
    """A font as a file has it: its TrueType bytes, None where it has none of its own.

    `copied` gives the text that copying a glyph yields; `mapping` is the raw table behind it, if
    there is one. `name` is what the file calls the font.
    """

    name: str
    data: bytes | None
    copied: Callable[[int], str]
    mapping: bytes | None = None


class Glyph(NamedTuple):
    """One glyph: its id in its font, the origin and the size in mm, and what copying gives.

    `colour` is None where it is no plain colour or the glyph is not simply filled and upright;
    `hidden` where it is drawn so that nobody sees it.
    """

    font: Font
    id: int
    copied: str | None
    x: float
    y: float
    size: float
    colour: Colour | None
    order: int
    hidden: bool = False


class Shape(NamedTuple):
    """A path, filled or stroked: colours, and the width of the pen in mm."""

    segments: tuple[Segment, ...]
    fill: Colour | None
    stroke: Colour | None
    width: float
    even_odd: bool
    order: int


class Picture(NamedTuple):
    """An image: its box (left, top, width, height in mm) and, of a code, its modules by rows.

    `dark` is None where the picture is not made of square modules in one colour.
    """

    box: tuple[float, float, float, float]
    dark: bytes | None
    colour: Colour | None
    order: int


class Note(NamedTuple):
    """Something that no certificate has: `field` for programs, `label` for people, what was found.

    `signed` is what would be there instead.
    """

    field: str
    label: str
    found: str
    signed: str = ""


@dataclass
class Drawn:
    """What a page draws, and its size in mm.

    `art` and `seal` are what all pages of a layout, and of an authority, share.
    """

    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    notes: dict[Note, None] = field(default_factory=dict)
    art: Art | None = None
    seal: Seal | None = None
    order: int = 0
    values_left: int = SHOWN_VALUES

    def next(self) -> int:
        """The place of the next mark in the order of painting."""
        self.order += 1
        return self.order

    def note(self, field: str, label: str, found: str, signed: str = "") -> None:
        """Note something, once, and no more of it than a person would read."""
        if len(self.notes) < MOST_NOTES:
            self.notes[Note(field, label, printable(found), signed)] = None

    def spend(self, values: int) -> None:
        """Count what was read; raises Fault where it is more than any page of ours could need."""
        self.values_left -= values
        if self.values_left < 0 or len(self.glyphs) > SHOWN_GLYPHS:
            raise Fault("页面上的内容过多", "more is drawn than on any page of ours")


@dataclass(frozen=True, eq=False)
class Art:
    """The bytes of the background, and how to read them: they are many, and mostly known."""

    data: bytes
    read: Callable[[], list[Shape]]


@dataclass(frozen=True, eq=False)
class Seal:
    """The seal's box on the page (left, top, width, height in mm), its bytes, how to read them."""

    box: tuple[float, float, float, float]
    data: bytes
    read: Callable[[], Drawn]


MOST_NOTES: Final = 32
FOUND_CHARACTERS: Final = 200
"""Of what was found: enough to recognise it."""


def printable(text: str) -> str:
    """A text out of a stranger's file, fit to be shown: no controls, not too long."""
    shown = "".join(character if character.isprintable() else UNTOLD for character in text)
    return shown if len(shown) <= FOUND_CHARACTERS else shown[:FOUND_CHARACTERS] + "…"


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies `inner` first, then `outer`."""
    a, b, c, d, e, f = inner
    k, m, n, o, p, q = outer
    return (
        a * k + b * n,
        a * m + b * o,
        c * k + d * n,
        c * m + d * o,
        e * k + f * n + p,
        e * m + f * o + q,
    )


def applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point through a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def moved(segments: tuple[Segment, ...] | list[Segment], matrix: Matrix) -> tuple[Segment, ...]:
    """Segments through a matrix."""
    a, b, c, d, e, f = matrix
    out: list[Segment] = []
    for letter, *numbers in segments:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        out.append(
            (letter, *(part for x, y in pairs for part in (a * x + c * y + e, b * x + d * y + f)))
        )
    return tuple(out)


def extent(segments: tuple[Segment, ...]) -> tuple[float, float, float, float]:
    """The box around all points: left, top, right, bottom in mm."""
    xs = [number for segment in segments for number in segment[1::2]]
    ys = [number for segment in segments for number in segment[2::2]]
    if not xs:
        return (0.0, 0.0, 0.0, 0.0)
    return (min(xs), min(ys), max(xs), max(ys))
