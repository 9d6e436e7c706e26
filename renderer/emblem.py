"""Reading an emblem: an SVG that is nothing but filled outlines.

`<svg viewBox>` with `<path d fill>` in it, and `<g>`, `<title>` or `<desc>` around or beside them.
Everything that could reach outside the file, run, or look different elsewhere is refused: doctype
and entities, processing instructions, scripts, styles, links, events, transforms, strokes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from renderer.page import Colour, Segment

SVG = "http://www.w3.org/2000/svg"
MAX_NUMBERS = 200_000
"""Numbers in all outlines: several times those of a coat of arms drawn in full detail."""

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "svg": frozenset({"viewBox", "width", "height", "version"}),
    "g": frozenset({"id"}),
    "title": frozenset(),
    "desc": frozenset(),
    "path": frozenset({"d", "fill", "fill-rule", "id"}),
}
"""The elements that may occur, and the attributes that each may have."""

_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}
_TOKEN = re.compile(r"[\s,]*([A-Za-z]|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")

Point = tuple[float, float]


class UnusableArt(Exception):
    """Why a drawing is refused: the place in it, and the reason."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True, eq=False)
class Outline:
    """A filled path; its points are in a square from 0 to 1, the drawing in its middle."""

    segments: tuple[Segment, ...]
    fill: Colour
    even_odd: bool


def read(text: str) -> tuple[Outline, ...]:
    """The outlines of an SVG.

    Raises:
        UnusableArt: it has anything but filled paths in a viewBox.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.ProcessingInstructionHandler = reader.instruction
    parser.EndElementHandler = reader.end
    reader.position = lambda: int(parser.CurrentLineNumber)
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as error:
        raise UnusableArt("", f"no well-formed XML: {error}") from None
    if not reader.outlines:
        raise UnusableArt("svg", "there is no <path> in it")
    return tuple(reader.outlines)


class _Reader:
    """What is met on the way through a drawing."""

    def __init__(self) -> None:
        self.outlines: list[Outline] = []
        self.box: tuple[float, float, float, float] | None = None
        self.open: list[str] = []
        self.numbers = 0
        self.position: Callable[[], int] = lambda: 0

    def refused(self, what: str, reason: str) -> UnusableArt:
        return UnusableArt(f"line {self.position()}, {what}", reason)

    def doctype(self, *_: object) -> None:
        raise self.refused("<!DOCTYPE>", "no document type: it can bring in entities and files")

    def instruction(self, target: str, _: str) -> None:
        raise self.refused(f"<?{target}?>", "no processing instructions: they can bring in styles")

    def characters(self, data: str) -> None:
        if data.strip() and self.open[-1] not in ("title", "desc"):
            raise self.refused(
                f"<{self.open[-1]}>", "no text: it is drawn with other people's fonts"
            )

    def end(self, _: str) -> None:
        self.open.pop()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if namespace != SVG or local not in ATTRIBUTES:
            raise self.refused(
                f"<{local}>", "only <svg>, <g>, <path>, <title> and <desc> may occur"
            )
        for key in attributes:
            if key not in ATTRIBUTES[local]:
                key = key.rpartition(" ")[2]
                raise self.refused(f"<{local} {key}>", "no such attribute may occur here")
        if (local == "svg") != (not self.open):
            raise self.refused(f"<{local}>", "<svg> is the outermost element and the only one")
        self.open.append(local)
        if local == "svg":
            self.box = self.view_box(attributes.get("viewBox", ""))
        elif local == "path":
            self.outlines.append(self.outline(attributes))

    def view_box(self, text: str) -> tuple[float, float, float, float]:
        try:
            left, top, width, height = map(float, text.replace(",", " ").split())
        except ValueError:
            raise self.refused("<svg viewBox>", "four numbers are expected") from None
        if not (width > 0 and height > 0 and math.isfinite(left + top + width + height)):
            raise self.refused("<svg viewBox>", "width and height must be greater than 0")
        return left, top, width, height

    def outline(self, attributes: Mapping[str, str]) -> Outline:
        rule, fill = attributes.get("fill-rule", "nonzero"), attributes.get("fill", "#000000")
        if rule not in ("nonzero", "evenodd"):
            raise self.refused("<path fill-rule>", "nonzero or evenodd is expected")
        if not _COLOUR.fullmatch(fill):
            raise self.refused("<path fill>", f"a colour like #A82924 is expected, not {fill!r}")
        try:
            segments = list(_absolute(attributes.get("d", "")))
        except ValueError as error:
            raise self.refused("<path d>", str(error)) from None
        self.numbers += sum(map(len, segments))
        if self.numbers > MAX_NUMBERS:
            raise self.refused("<path d>", f"the drawing has more than {MAX_NUMBERS} numbers")
        digits = fill[1:] if len(fill) == 7 else "".join(digit * 2 for digit in fill[1:])
        red, green, blue = bytes.fromhex(digits)
        return Outline(tuple(map(self.squared, segments)), (red, green, blue), rule == "evenodd")

    def squared(self, segment: Segment) -> Segment:
        """A segment with its points in the square from 0 to 1."""
        if self.box is None:  # pragma: no cover
            raise AssertionError("a path before its svg")
        left, top, width, height = self.box
        side = max(width, height)
        moved: list[float] = []
        for place in range(1, len(segment), 2):
            x, y = segment[place : place + 2]
            moved.append((float(x) - left + (side - width) / 2) / side)
            moved.append((float(y) - top + (side - height) / 2) / side)
        return (segment[0], *moved)  # type: ignore[return-value]


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command of path data with its numbers, repeated ones told apart."""
    letter, numbers = "", list[float]()
    for token in _tokens(data):
        if token.isalpha():
            if numbers:
                raise ValueError(f"too few numbers after {letter}")
            letter = _known(token)
            if letter in "Zz":
                yield letter, []
            continue
        if letter in ("", "Z", "z"):
            raise ValueError("a number without a command")
        numbers.append(float(token))
        if len(numbers) == _COUNTS[letter.upper()]:
            yield letter, numbers
            numbers = []
            letter = {"M": "L", "m": "l"}.get(letter, letter)
    if numbers:
        raise ValueError(f"too few numbers after {letter}")


def _tokens(data: str) -> Iterator[str]:
    place, end = 0, len(data.rstrip(" \t\r\n,"))
    while place < end:
        token = _TOKEN.match(data, place)
        if token is None:
            raise ValueError(f"no path data: {data[place : place + 20]!r}")
        place = token.end()
        yield token[1]


def _known(letter: str) -> str:
    if letter in "Aa":
        raise ValueError("no arcs (A): let the drawing program turn them into curves")
    if letter.upper() not in _COUNTS:
        raise ValueError(f"there is no command {letter}")
    return letter


def _absolute(data: str) -> Iterator[Segment]:
    """Path data as segments with absolute points: M, L, Q, B (cubic) and C (close)."""
    at = start = control = (0.0, 0.0)
    before = ""
    for letter, numbers in _commands(data):
        kind = letter.upper()
        if not before and kind != "M":
            raise ValueError("path data begin with M")
        origin = at if letter.islower() else (0.0, 0.0)
        if kind == "Z":
            yield ("C",)
            at, before = start, "Z"
            continue
        points = _points(kind, numbers, at, origin)
        mirrored = (2 * at[0] - control[0], 2 * at[1] - control[1])
        if kind in "ST":
            points.insert(0, mirrored if before in ("CS" if kind == "S" else "QT") else at)
        if not all(math.isfinite(value) for point in points for value in point):
            raise ValueError("a number is too large")
        drawn = {"H": "L", "V": "L", "C": "B", "S": "B", "T": "Q"}.get(kind, kind)
        yield (drawn, *(value for point in points for value in point))  # type: ignore[misc]
        at, control, before = points[-1], points[-2] if len(points) > 1 else points[-1], kind
        start = at if kind == "M" else start


def _points(kind: str, numbers: list[float], at: Point, origin: Point) -> list[Point]:
    """The points that a command names."""
    if kind == "H":
        return [(numbers[0] + origin[0], at[1])]
    if kind == "V":
        return [(at[0], numbers[0] + origin[1])]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(x + origin[0], y + origin[1]) for x, y in pairs]
