"""What is the same on every page of a layout: background, border, emblem.

Made once for each layout and kept; writers keep what they wrote for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from renderer import shapes
from renderer.emblem import Outline
from renderer.layout import Layout
from renderer.layout_parts import Border, Emblem, Geometry, Rosette
from renderer.page import ROUNDING, Artwork, Colour, Path, Segment, Stroke

ROSETTE_ROUNDING = 2
"""Decimals of the background's points: a hundredth of a millimetre, a twelfth of its line."""

ROSETTE_PIECES = 5
"""Cubics in one wave of a rosette: the curve is true to 0.02 mm."""


@cache
def artwork(layout: Layout) -> Artwork:
    """The layout's unchanging paths, from the background to the front."""
    geometry = layout.geometry
    paths = [_rosette(r, geometry.colours.rosette) for r in geometry.rosettes]
    paths += _border(geometry)
    if geometry.emblem is not None:
        paths += _emblem(geometry.emblem, layout.emblem)
    return Artwork(tuple(paths))


def _rosette(rosette: Rosette, colour: Colour) -> Path:
    segments: list[Segment] = []
    for index in range(rosette.curves):
        segments += _ring(rosette, 2 * math.pi * index / rosette.curves)
    return Path(tuple(segments), stroke=Stroke(colour, rosette.width))


def _ring(rosette: Rosette, phase: float) -> tuple[Segment, ...]:
    waves, swing = rosette.waves, rosette.swing

    def radius(angle: float) -> float:
        return rosette.radius + swing * math.sin(waves * angle + phase)

    def point(angle: float) -> shapes.Point:
        across, down = math.sin(angle), -math.cos(angle)
        r = radius(angle)
        return (rosette.x + r * across, rosette.y + r * down * rosette.stretch)

    def slope(angle: float) -> shapes.Point:
        across, down = math.sin(angle), -math.cos(angle)
        r, dr = radius(angle), swing * waves * math.cos(waves * angle + phase)
        return (dr * across - r * down, (dr * down + r * across) * rosette.stretch)

    return shapes.closed_curve(point, slope, waves * ROSETTE_PIECES, ROSETTE_ROUNDING)


def _border(geometry: Geometry) -> list[Path]:
    border, sheet, colours = geometry.border, geometry.page, geometry.colours

    def frame(inset: float, width: float) -> Path:
        segments = shapes.rectangle(inset, inset, sheet.width - inset, sheet.height - inset)
        return Path(segments, stroke=Stroke(colours.frame, width))

    return [
        frame(border.outer, border.outer_width),
        frame(border.second, border.second_width),
        _band(border, sheet.width, sheet.height, colours.band),
        *_corners(border, sheet.width, sheet.height, colours.frame),
        frame(border.inner, border.inner_width),
    ]


def _band(border: Border, width: float, height: float, colour: Colour) -> Path:
    """Two opposed waves along each side, and two of half their height inside them."""
    near, free = border.band, border.band + border.corner
    sides = [
        ((free, near), (width - free, near)),
        ((width - near, free), (width - near, height - free)),
        ((width - free, height - near), (free, height - near)),
        ((near, height - free), (near, free)),
    ]
    segments: list[Segment] = []
    for start, end in sides:
        periods = round(math.dist(start, end) / border.band_period)
        for part in (1.0, -1.0, 0.5, -0.5):
            segments += shapes.wave(start, end, border.band_amplitude * part, periods)
    return Path(tuple(segments), stroke=Stroke(colour, border.band_width))


def _corners(border: Border, width: float, height: float, colour: Colour) -> list[Path]:
    """At each corner a square that ends both bands, with a knot of four petals in it."""
    near, half = border.band, border.corner
    frames: list[Segment] = []
    knots: list[Segment] = []
    for x in (near, width - near):
        for y in (near, height - near):
            frames += shapes.rectangle(x - half, y - half, x + half, y + half)
            knots += shapes.rectangle(x - half / 6, y - half / 6, x + half / 6, y + half / 6)
            for turn in range(4):
                knots += _petal(x, y, half * 0.82, turn)
    return [
        Path(tuple(frames), stroke=Stroke(colour, border.second_width)),
        Path(tuple(knots), stroke=Stroke(colour, border.band_width)),
    ]


def _petal(x: float, y: float, length: float, turn: int) -> tuple[Segment, ...]:
    """A leaf from the centre towards one corner of the square."""
    across, down = ((1, 1), (-1, 1), (-1, -1), (1, -1))[turn]
    tip = (shapes.rounded(x + across * length), shapes.rounded(y + down * length))
    centre = (shapes.rounded(x), shapes.rounded(y))
    one = (tip[0], centre[1])
    other = (centre[0], tip[1])
    return (("M", *centre), ("Q", *one, *tip), ("Q", *other, *centre), ("C",))


def _emblem(place: Emblem, outlines: Sequence[Outline]) -> list[Path]:
    left, top = place.x - place.diameter / 2, place.y - place.diameter / 2

    def transform(x: float, y: float) -> shapes.Point:
        return (left + x * place.diameter, top + y * place.diameter)

    return [
        Path(
            shapes.moved(outline.segments, transform, ROUNDING),
            fill=outline.fill,
            even_odd=outline.even_odd,
        )
        for outline in outlines
    ]
