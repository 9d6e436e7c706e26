"""Marks as PDF content: the operators that draw paths and text (ISO 32000-1, 8.5 and 9.4).

Coordinates are those of the page, millimetres and y downwards: one matrix at the start of a stream
turns them into PDF's points, so that no number is converted on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from struct import pack
from types import MappingProxyType
from weakref import WeakKeyDictionary

from renderer.curves import cubic
from renderer.decimals import Decimals, decimal
from renderer.page import Colour, Mark, Modules, Page, Path, Segment, Subset, TextRun

POINTS_PER_MM = 72 / 25.4

_written: WeakKeyDictionary[Path, str] = WeakKeyDictionary()

POSITION_TOLERANCE = 0.01
"""Millimetres that a glyph may stand off before its position is corrected within a run."""


def millimetres(height: float) -> str:
    """The operator that makes a space of `height` mm, y downwards, out of points, y upwards."""
    return f"{POINTS_PER_MM:.8f} 0 0 {-POINTS_PER_MM:.8f} 0 {height * POINTS_PER_MM:.5f} cm\n"


def points(length: float) -> str:
    """A length in mm as points."""
    return f"{length * POINTS_PER_MM:.4f}"


def _components(colour: Colour) -> str:
    """A colour in DeviceRGB; three decimals tell all 256 values apart."""
    return " ".join(decimal(component / 255) for component in colour)


def filling(colour: Colour) -> str:
    """The operator that sets the colour of what is filled."""
    return f"{_components(colour)} rg"


def path_data(path: Path) -> str:
    """The construction operators of a path (8.5.2), written once for each path."""
    known = _written.get(path)
    if known is None:
        known = _written[path] = _segments(path.segments)
    return known


def _segments(segments: Sequence[Segment]) -> str:
    numbers = Decimals()
    parts: list[str] = []
    for letter, *coordinates in cubic(segments):
        parts += map(numbers.__getitem__, coordinates)
        parts.append(OPERATORS[letter])
    return " ".join(parts)


OPERATORS = {"M": "m", "L": "l", "B": "c", "C": "h"}

PAINT = {  # (stroked, filled, even-odd): the painting operator (8.5.3)
    (True, False, False): "S",
    (True, False, True): "S",
    (False, True, False): "f",
    (False, True, True): "f*",
    (True, True, False): "B",
    (True, True, True): "B*",
}


class Content:
    """A content stream under construction; colours and pens are stated when they change.

    `names` and `fonts` are the names in the resources and the fonts themselves by the keys that
    runs have.
    """

    def __init__(
        self,
        opening: str = "",
        names: Mapping[str, str] = MappingProxyType({}),
        fonts: Mapping[str, Subset] = MappingProxyType({}),
    ) -> None:
        self.codes = 0
        self._parts = [opening]
        self._names, self._fonts = names, fonts
        self._fill: Colour | None = None
        self._stroke: tuple[Colour, float] | None = None

    def fill_with(self, colour: Colour) -> None:
        """The colour of what is filled from here on."""
        if colour != self._fill:
            self._fill = colour
            self._parts.append(filling(colour))

    def stroke_with(self, colour: Colour, width: float) -> None:
        """The pen from here on, its width in mm."""
        if (colour, width) != self._stroke:
            self._stroke = (colour, width)
            self._parts.append(f"{_components(colour)} RG {decimal(width)} w")

    def marks(self, marks: Iterable[Mark]) -> None:
        """Several marks in their order."""
        for mark in marks:
            if isinstance(mark, TextRun):
                self.text(mark)
            elif isinstance(mark, Path):
                self.path(mark)
            else:
                self.modules(mark)

    def path(self, path: Path) -> None:
        """One path; a path with neither stroke nor fill draws nothing."""
        if path.stroke:
            self.stroke_with(path.stroke.colour, path.stroke.width)
        if path.fill:
            self.fill_with(path.fill)
        paint = PAINT.get((path.stroke is not None, path.fill is not None, path.even_odd))
        if paint:
            self._parts.append(f"{path_data(path)} {paint}")

    def modules(self, modules: Modules) -> None:
        """A code, as an image of the resources that lets the colour through where it is dark."""
        self.fill_with(modules.colour)
        name = f"/Code{self.codes}"
        self.codes += 1
        side = decimal(modules.size)
        left, bottom = decimal(modules.left), decimal(modules.top + modules.size)
        self._parts.append(f"q {side} 0 0 -{side} {left} {bottom} cm {name} Do Q")

    def text(self, run: TextRun) -> None:
        """One run of glyphs, each where `compose` put it."""
        self.fill_with(run.colour)
        self._parts.append(
            f"BT {self._names[run.font]} {decimal(run.size)} Tf 1 0 0 -1 {decimal(run.x)} "
            f"{decimal(run.y)} Tm {shown(run, self._fonts[run.font].widths)} ET"
        )

    def bytes(self) -> bytes:
        """The stream, not compressed."""
        return "\n".join(self._parts).encode()


def shown(run: TextRun, widths: Sequence[int]) -> str:
    """The operator that shows a run: glyph ids, with corrections where advances do not fit.

    Corrections are counted against the true pen position, so that they never add up.
    """
    per_mm = 1000 / run.size  # thousandths of the em, the unit of advances and corrections
    tolerance = POSITION_TOLERANCE * per_mm
    if run.natural or _fits(run, widths, per_mm, tolerance):
        return f"<{pack(f'>{len(run.glyphs)}H', *run.glyphs).hex()}> Tj"
    return f"[<{_corrected(run, widths, per_mm, tolerance)}>] TJ"


def _fits(run: TextRun, widths: Sequence[int], per_mm: float, tolerance: float) -> bool:
    """Whether the advances alone lead to every glyph's place."""
    pens = accumulate([widths[glyph] for glyph in run.glyphs], initial=0)
    return all(abs(p - o * per_mm) <= tolerance for p, o in zip(pens, run.offsets, strict=False))


def _corrected(run: TextRun, widths: Sequence[int], per_mm: float, tolerance: float) -> str:
    """Glyph ids in hexadecimal, with corrections between the strings that they cut."""
    pen = 0.0
    parts: list[str] = []
    for glyph, offset in zip(run.glyphs, run.offsets, strict=True):
        ahead = pen - offset * per_mm
        if abs(ahead) > tolerance:
            correction = round(ahead, 1)
            parts.append(f">{decimal(correction)}<")
            pen -= correction
        parts.append(f"{glyph:04x}")
        pen += widths[glyph]
    return "".join(parts)


def font_names(page: Page) -> dict[str, str]:
    """The name of each font of a page in the resources: `/F1`, `/F2` in their order."""
    return {key: f"/F{index}" for index, key in enumerate(page.font_keys, 1)}
