"""Marks as OFD graphic units: TextObject and PathObject (GB/T 33190, 9.1 and 11).

A unit's coordinates are relative to its Boundary, which encloses all that it draws, because
readers clip to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from renderer.curves import cubic
from renderer.decimals import Decimals, decimal
from renderer.page import ROUNDING, Colour, Path, Segment, Subset, TextRun
from renderer.xml_text import escape

LAST_BMP = 0xFFFF

SIDE_REACH, UPPER_REACH, LOWER_REACH = 0.25, 0.2, 0.3
"""How far glyphs may reach beyond their advance, the ascent and the descent, in em.

Measured over all fonts of the chain; the box that the font files give is that of their worst glyph
and four times as large as a line of text."""

MITRE_LIMIT = 4.234
"""OFD's own default (table 35): how far a corner may reach, in line widths."""

REPEATS_WORTH_A_GROUP = 3
"""`g 3 3.88` is shorter than the number three times; below that it is not."""


def _box(x: float, y: float, width: float, height: float) -> str:
    """An ST_Box."""
    return f"{decimal(x)} {decimal(y)} {decimal(width)} {decimal(height)}"


def _rgb(colour: Colour) -> str:
    return f"{colour[0]} {colour[1]} {colour[2]}"


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text into stretches (start, end) that every reader counts alike.

    Readers count characters in UTF-16 units where the standard means characters. So a character
    beyond U+FFFF gets an object of its own, in which there is nothing to count.
    """
    start = 0
    for at, character in enumerate(text):
        if ord(character) > LAST_BMP:
            if start < at:
                yield start, at
            yield at, at + 1
            start = at + 1
    if start < len(text):
        yield start, len(text)


def delta(offsets: Sequence[float], numbers: Decimals) -> str:
    """DeltaX: the distances between successive origins, equal ones grouped (`g count value`)."""
    steps = [numbers[round(after - before, ROUNDING)] for before, after in pairwise(offsets)]
    parts: list[str] = []
    for step, group in groupby(steps):
        count = sum(1 for _ in group)
        if count >= REPEATS_WORTH_A_GROUP:
            parts.append(f"g {count} {step}")
        else:
            parts += [step] * count
    return " ".join(parts)


class TextWriter:
    """Writes runs of one font on one page as TextObjects."""

    def __init__(self, font_id: int, font: Subset) -> None:
        self._font_id = font_id
        self._above = font.ascent / 1000 + UPPER_REACH
        self._below = -font.descent / 1000 + LOWER_REACH
        self._widths = font.widths

    def objects(self, run: TextRun, first_id: int, numbers: Decimals) -> list[str]:
        """The objects of one run, one for each of its `stretches`, numbered from `first_id`."""
        return [
            self._object(run, start, end, first_id + index, numbers)
            for index, (start, end) in enumerate(stretches(run.text))
        ]

    def _object(
        self, run: TextRun, start: int, end: int, identifier: int, numbers: Decimals
    ) -> str:
        """Glyph ids rule what is drawn; the characters are there to be searched and copied."""
        size, text = run.size, run.text[start:end]
        offsets = run.offsets[start:end]
        origin = run.x + offsets[0]
        left = math.floor((origin - SIDE_REACH * size) * 10) / 10
        top = math.floor((run.y - self._above * size) * 10) / 10
        last_advance = self._widths[run.glyphs[end - 1]] / 1000
        right = run.x + offsets[-1] + (last_advance + SIDE_REACH) * size
        # UTF-16 units: two for the lone character beyond U+FFFF, with a step of 0 between them.
        codes = len(text) if ord(text[0]) <= LAST_BMP else 2
        steps = delta(offsets, numbers) if codes == len(text) else "0"
        delta_x = f' DeltaX="{steps}"' if steps else ""
        glyphs = " ".join(map(str, run.glyphs[start:end]))
        return (
            f'<ofd:TextObject ID="{identifier}" '
            f'Boundary="{_box(left, top, right - left, run.y + self._below * size - top)}" '
            f'Font="{self._font_id}" Size="{decimal(size)}">'
            f'<ofd:FillColor Value="{_rgb(run.colour)}"/>'
            f'<ofd:CGTransform CodePosition="0" CodeCount="{codes}" GlyphCount="{end - start}">'
            f"<ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>"
            f'<ofd:TextCode X="{decimal(origin - left)}" Y="{decimal(run.y - top)}"{delta_x}>'
            f"{escape(text)}</ofd:TextCode></ofd:TextObject>"
        )


def _extent(segments: Sequence[Segment]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all points of a path, control points included."""
    xs: list[float] = []
    ys: list[float] = []
    for _, *numbers in segments:
        xs += numbers[::2]
        ys += numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def abbreviated(segments: Sequence[Segment], left: float, top: float) -> str:
    """AbbreviatedData (9.1): letters and coordinates relative to the Boundary's corner."""
    across = _Shifted(left)
    down = _Shifted(top)
    parts: list[str] = []
    for letter, *numbers in cubic(segments):
        parts.append(letter)
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            parts += (across[x], down[y])
    return " ".join(parts)


class _Shifted(dict[float, str]):
    """Coordinates already written, relative to an origin."""

    def __init__(self, origin: float) -> None:
        super().__init__()
        self._origin = origin

    def __missing__(self, value: float) -> str:
        text = self[value] = decimal(value - self._origin)
        return text


def path_objects(path: Path, first_id: int) -> list[str]:
    """The PathObjects of a path: one filled, one stroked over it, whichever it has.

    They are two because readers differ in which they paint first.
    """
    if not path.segments:
        return []
    reach = path.stroke.width / 2 * MITRE_LIMIT if path.stroke else 0.0
    left, top, right, bottom = _extent(path.segments)
    left, top = math.floor((left - reach) * 10) / 10, math.floor((top - reach) * 10) / 10
    box = _box(left, top, right + reach - left, bottom + reach - top)
    data = abbreviated(path.segments, left, top)
    tail = f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    styles: list[str] = []
    if path.fill:
        rule = ' Rule="Even-Odd"' if path.even_odd else ""
        styles.append(
            f'Stroke="false" Fill="true"{rule}><ofd:FillColor Value="{_rgb(path.fill)}"/>'
        )
    if path.stroke:
        styles.append(
            f'LineWidth="{decimal(path.stroke.width)}" Stroke="true" Fill="false">'
            f'<ofd:StrokeColor Value="{_rgb(path.stroke.colour)}"/>'
        )
    return [
        f'<ofd:PathObject ID="{first_id + index}" Boundary="{box}" {style}{tail}'
        for index, style in enumerate(styles)
    ]
