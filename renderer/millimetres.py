"""A grid of millimetres under a page, to see where the parts of a layout stand."""

from __future__ import annotations

from renderer import fonts, shapes
from renderer.page import Colour, Mark, Path, Segment, Stroke

COLOUR: Colour = (0, 128, 160)
FIGURES = 2.0
"""Height of an em of the figures along the edges, in mm."""

STEPS: tuple[tuple[int, float, Colour], ...] = (
    (1, 0.02, (226, 242, 247)),
    (5, 0.04, (196, 228, 237)),
    (10, 0.08, (140, 202, 220)),
)
"""Every so many mm a line of that width and colour; the finest are painted first."""


def grid(width: float, height: float) -> tuple[Mark, ...]:
    """Lines over a whole page, and figures every centimetre along its top and left edge."""
    lines = [
        Path(_lines(width, height, step), stroke=Stroke(colour, thickness))
        for step, thickness, colour in STEPS
    ]
    figures: list[Segment] = []
    for x in range(10, int(width), 10):
        figures += _figure(str(x), x + 0.3, 2.4)
    for y in range(10, int(height), 10):
        figures += _figure(str(y), 0.4, y - 0.3)
    return (*lines, Path(tuple(figures), fill=COLOUR))


def _lines(width: float, height: float, step: int) -> tuple[Segment, ...]:
    out: list[Segment] = []
    for x in range(step, int(width) + 1, step):
        out += shapes.line(x, 0, x, height)
    for y in range(step, int(height) + 1, step):
        out += shapes.line(0, y, width, y)
    return tuple(out)


def _figure(text: str, left: float, baseline: float) -> tuple[Segment, ...]:
    """A number as outlines: it is no text of the page."""
    out: list[Segment] = []
    for glyph in fonts.glyphs("serif", text):

        def transform(x: float, y: float, left: float = left) -> shapes.Point:
            return left + x * FIGURES / 1000, baseline - y * FIGURES / 1000

        out += shapes.glyph(glyph, transform)
        left += glyph.advance * FIGURES / 1000
    return tuple(out)
