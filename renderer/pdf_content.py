"""Marks as PDF content: the operators that draw paths and text (ISO 32000-1, 8.5 and 9.4).

Coordinates are those of the page, millimetres and y downwards: one matrix at the start of a stream
turns them into PDF's points, so that no number is converted on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from struct import pack
from weakref import WeakKeyDictionary

from renderer.curves import cubic
from renderer.decimals import Decimals, decimal
from renderer.module_runs import by_width
from renderer.page import Colour, Modules, Path, Segment, Subset, TextRun

POINTS_PER_MM = 72 / 25.4

_texts: WeakKeyDictionary[TextRun, tuple[str, str]] = WeakKeyDictionary()
"""The operators of runs that many pages share, and the name of the font in them."""

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


CORNER, WIDTH = "{x} {y} ", "{width} 1 re "
"""A rectangle (8.5.2.1): its corner, its width and its height, which is one module's."""

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
    """A content stream under construction; colours and pens are stated when they change."""

    def __init__(self, opening: str = "") -> None:
        self._parts = [opening]
        self._fill: Colour | None = None
        self._stroke: tuple[Colour, float] | None = None

    def operators(self, text: str) -> None:
        """Operators as they are, which must leave colours and pens alone."""
        self._parts.append(text)

    def fill_with(self, colour: Colour) -> None:
        """The colour of what is filled from here on."""
        if colour != self._fill:
            self._fill = colour
            self._parts.append(f"{_components(colour)} rg")

    def stroke_with(self, colour: Colour, width: float) -> None:
        """The pen from here on, its width in mm."""
        if (colour, width) != self._stroke:
            self._stroke = (colour, width)
            self._parts.append(f"{_components(colour)} RG {decimal(width)} w")

    def path(self, path: Path) -> None:
        """One path; a path with neither stroke nor fill draws nothing."""
        if path.stroke:
            self.stroke_with(path.stroke.colour, path.stroke.width)
        if path.fill:
            self.fill_with(path.fill)
        paint = PAINT.get((path.stroke is not None, path.fill is not None, path.even_odd))
        if paint:
            self._parts.append(f"{path_data(path)} {paint}")

    def paths(self, paths: Iterable[Path]) -> None:
        """Several paths in their order."""
        for path in paths:
            self.path(path)

    def modules(self, modules: Modules) -> None:
        """The modules of a code, in a space whose unit is the module."""
        self.fill_with(modules.colour)
        place = f"{decimal(modules.left)} {decimal(modules.top)}"
        scale = f"{modules.size / modules.count:.6f}"
        path = by_width(modules, CORNER, WIDTH)
        self._parts.append(f"q {scale} 0 0 {scale} {place} cm\n{path}f Q")

    def text(self, run: TextRun, font_name: str, font: Subset) -> None:
        """One run of glyphs, each where `compose` put it."""
        self.fill_with(run.colour)
        known = _texts.get(run) if run.shared else None
        if known is None or known[0] != font_name:
            known = (font_name, _text(run, font_name, font.widths))
            if run.shared:
                _texts[run] = known
        self._parts.append(known[1])

    def bytes(self) -> bytes:
        """The stream, not compressed."""
        return "\n".join(self._parts).encode()


def _text(run: TextRun, font_name: str, widths: Sequence[int]) -> str:
    return (
        f"BT {font_name} {decimal(run.size)} Tf 1 0 0 -1 {decimal(run.x)} {decimal(run.y)} Tm "
        f"{shown(run, widths)} ET"
    )


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


def font_names(fonts: Mapping[str, Subset]) -> dict[str, str]:
    """The name of each font of a page in the resources: `/F1`, `/F2` in the order of their keys."""
    return {key: f"/F{index}" for index, key in enumerate(sorted(fonts), 1)}
