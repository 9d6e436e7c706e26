"""The picture of a round government seal: ring, star, and the name on an arc.

Drawn as vectors from the outlines of the title font. It is art only: without a signature it seals
nothing, and no document may show it as if it did (design.md, rule 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from renderer import characters, fonts, shapes
from renderer.errors import Problem, Refused
from renderer.page import Colour, Path, Segment

RED: Colour = (217, 26, 26)
"""85, 10, 10 %."""

USUAL_DIAMETER = 42.0
"""Millimetres, the usual size of a department's seal. All lengths below are for this diameter and
grow with it."""

RING = 1.1
"""Width of the ring; its outer edge is the edge of the seal."""

STAR_RADIUS = 6.6
STAR_INNER = math.sin(math.radians(18)) / math.sin(math.radians(54))
"""Radius of a five-pointed star's inner corners to that of its points."""

GAP = 1.2
"""Between the ring and the tops of the letters."""

TALLEST, SMALLEST = 4.9, 2.7
"""Heights of the letters in mm (their em)."""

NARROWEST = 0.62
"""Letters are made narrower, down to this part of their width, before they get smaller still."""

WIDEST_ARC = math.radians(230)
LONGEST_ARC = math.radians(300)
"""The arc of ordinary names, and that of names which would otherwise be too small to read."""

SPREAD = 0.55
"""Most space between two letters, in their height: a short name does not fill the arc."""

HAN_TOP, HAN_MIDDLE = 0.85, 0.38
LONGEST_NAME = 40
"""Characters; the longest names of departments have some 30."""


@dataclass(frozen=True, eq=False)
class SealArt:
    """A seal's picture: paths in a box from (0, 0) to (`diameter`, `diameter`) mm, y downwards."""

    name: str
    diameter: float
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class _Lettering:
    """Height of the letters (mm), their width and the space between them in parts of that."""

    height: float
    narrowing: float
    space: float
    arc: float


@lru_cache(maxsize=64)
def draw(name: str, diameter: float = USUAL_DIAMETER) -> SealArt:
    """The seal of an authority.

    Raises:
        Refused: the name is empty, too long for a ring, or has a character that cannot be drawn.
    """
    complaint = characters.complaint("bold", name)
    if not name.strip():
        complaint = "名称为空"
    elif len(name) > LONGEST_NAME:
        complaint = f"名称过长（{len(name)}个字符，最多{LONGEST_NAME}个）"
    if complaint is not None:
        raise Refused([Problem("authority.name", "印章名称", complaint)])
    scale = diameter / USUAL_DIAMETER
    letters: list[Segment] = []
    for segments in _letters(fonts.glyphs("bold", name), scale, diameter / 2):
        letters += segments
    paths = (
        Path(_ring(diameter / 2, RING * scale), fill=RED, even_odd=True),
        Path(_star(diameter / 2, STAR_RADIUS * scale), fill=RED),
        Path(tuple(letters), fill=RED),
    )
    return SealArt(name, diameter, paths)


def _ring(radius: float, width: float) -> tuple[Segment, ...]:
    outside = shapes.circle(radius, radius, radius)
    return outside + shapes.circle(radius, radius, radius - width)


def _star(centre: float, radius: float) -> tuple[Segment, ...]:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * STAR_INNER
        angle = math.radians(36 * corner)
        x, y = centre + reach * math.sin(angle), centre - reach * math.cos(angle)
        points.append((shapes.rounded(x), shapes.rounded(y)))
    first, *others = points
    return (("M", *first), *(("L", *point) for point in others), ("C",))


def _middle_radius(height: float) -> float:
    """Where the middles of letters of that height stand, from the centre."""
    return USUAL_DIAMETER / 2 - RING - GAP - (HAN_TOP - HAN_MIDDLE) * height


def _lettering(advances: Sequence[int]) -> _Lettering:
    """The tallest letters that stand on the arc: first less space, then narrower, then smaller."""
    ems, count = sum(advances) / 1000, len(advances)
    for arc in (WIDEST_ARC, LONGEST_ARC):
        height = TALLEST
        while height >= SMALLEST:
            room = arc * _middle_radius(height) / height  # the arc's length in ems
            for narrowing in (1.0, 0.9, 0.8, 0.7, NARROWEST):
                least = 0.08 * max(0, count - 1)
                if ems * narrowing + least <= room:
                    space = (room - ems * narrowing) / max(1, count - 1)
                    return _Lettering(height, narrowing, min(space, SPREAD), arc)
            height -= 0.1
    return _Lettering(SMALLEST, NARROWEST, 0.0, LONGEST_ARC)


def _letters(
    glyphs: Sequence[fonts.Glyph], scale: float, centre: float
) -> list[tuple[Segment, ...]]:
    """The outlines of the letters, each turned to stand upright on the circle."""
    style = _lettering([g.advance for g in glyphs])
    radius, em = _middle_radius(style.height), style.height
    widths = [g.advance / 1000 * style.narrowing for g in glyphs]
    whole = sum(widths) + style.space * (len(glyphs) - 1)
    pen = -whole / 2
    out = []
    for glyph, width in zip(glyphs, widths, strict=True):
        angle = (pen + width / 2) * em / radius
        out.append(_letter(glyph, angle, radius * scale, em * scale, style.narrowing, centre))
        pen += width + style.space
    return out


def _letter(
    glyph: fonts.Glyph, angle: float, radius: float, em: float, narrowing: float, centre: float
) -> tuple[Segment, ...]:
    cosine, sine = math.cos(angle), math.sin(angle)

    def transform(x: float, y: float) -> shapes.Point:
        across = (x - glyph.advance / 2) / 1000 * em * narrowing
        out = radius + (y / 1000 - HAN_MIDDLE) * em
        return (centre + across * cosine + out * sine, centre + across * sine - out * cosine)

    return shapes.glyph(glyph, transform)
