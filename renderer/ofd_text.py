"""Runs of text as OFD TextObjects (GB/T 33190, 11).

Coordinates are relative to an object's Boundary, which encloses all that it draws, because readers
clip to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from renderer.decimals import decimal
from renderer.ofd_values import rgb
from renderer.page import ROUNDING, Colour, Subset, TextRun
from renderer.xml_text import escape

LAST_BMP = "\uffff"

SIDE_REACH, UPPER_REACH, LOWER_REACH = 0.25, 0.2, 0.3
"""How far glyphs may reach beyond their advance, the ascent and the descent, in em.

Measured over all fonts of the chain; the box that the font files give is that of their worst glyph
and four times as large as a line of text."""

DELTAS_KEPT = 1024
"""Distances held per process: labels stand the same on every page, and so do Chinese words of one
length and size."""

LINES_KEPT = 1024
"""Lines of text held per process: rows stand at the same heights on nearly all pages."""

REPEATS_WORTH_A_GROUP = 3
"""`g 3 3.88` is shorter than the number three times; below that it is not."""


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text into stretches (start, end) that every reader counts alike.

    Readers count characters in UTF-16 units where the standard means characters. So a character
    beyond U+FFFF gets an object of its own, in which there is nothing to count.
    """
    if max(text, default="") <= LAST_BMP:
        if text:
            yield 0, len(text)
        return
    start = 0
    for at, character in enumerate(text):
        if character > LAST_BMP:
            if start < at:
                yield start, at
            yield at, at + 1
            start = at + 1
    if start < len(text):
        yield start, len(text)


@lru_cache(maxsize=DELTAS_KEPT)
def delta(offsets: tuple[float, ...]) -> str:
    """DeltaX: the distances between successive origins, equal ones grouped (`g count value`)."""
    # Rounded, so that the same step is the same number, whose text is known.
    steps = [decimal(round(after - before, ROUNDING)) for before, after in pairwise(offsets)]
    parts: list[str] = []
    for step, group in groupby(steps):
        same = list(group)
        if len(same) >= REPEATS_WORTH_A_GROUP:
            parts.append(f"g {len(same)} {step}")
        else:
            parts += same
    return " ".join(parts)


@dataclass(frozen=True)
class _Line:
    """What is the same for all runs of a font in one size and colour on one baseline.

    `top` and `height` of the Boundary and the Y of the baseline in it, as they are written;
    `style` is what stands between the Boundary and the glyphs.
    """

    top: str
    height: str
    y: str
    style: str


class TextWriter:
    """Writes runs of one font on one page as TextObjects."""

    def __init__(self, font_id: int, font: Subset) -> None:
        self._font_id, self._widths = font_id, font.widths
        self._ascent, self._descent = font.ascent, font.descent

    def objects(self, run: TextRun, first_id: int) -> list[str]:
        """The objects of one run, one for each of its `stretches`, numbered from `first_id`."""
        return [
            f'<ofd:TextObject ID="{identifier}" {self._body(run, start, end)}'
            for identifier, (start, end) in enumerate(stretches(run.text), first_id)
        ]

    def _body(self, run: TextRun, start: int, end: int) -> str:
        """An object from behind its identifier.

        Glyph ids rule what is drawn; the characters are there to be searched and copied.
        """
        size, text, offsets = run.size, run.text[start:end], run.offsets[start:end]
        line = _line(self._font_id, self._ascent, self._descent, run.y, size, run.colour)
        origin = run.x + offsets[0]
        left = math.floor((origin - SIDE_REACH * size) * 10) / 10
        last_advance = self._widths[run.glyphs[end - 1]] / 1000
        right = run.x + offsets[-1] + (last_advance + SIDE_REACH) * size
        width = math.ceil((right - left) * 10) / 10
        # UTF-16 units: two for the lone character beyond U+FFFF, with a step of 0 between them.
        codes = len(text) if text[0] <= LAST_BMP else 2
        steps = delta(offsets) if codes == len(text) else "0"
        delta_x = f' DeltaX="{steps}"' if steps else ""
        glyphs = " ".join(map(str, run.glyphs[start:end]))
        return (
            f'Boundary="{decimal(left)} {line.top} {decimal(width)} {line.height}" {line.style}'
            f'<ofd:CGTransform CodePosition="0" CodeCount="{codes}" GlyphCount="{end - start}">'
            f"<ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>"
            f'<ofd:TextCode X="{decimal(origin - left)}" Y="{line.y}"{delta_x}>'
            f"{escape(text)}</ofd:TextCode></ofd:TextObject>"
        )


@lru_cache(maxsize=LINES_KEPT)
def _line(font_id: int, ascent: int, descent: int, y: float, size: float, colour: Colour) -> _Line:
    above, below = ascent / 1000 + UPPER_REACH, -descent / 1000 + LOWER_REACH
    top = math.floor((y - above * size) * 10) / 10
    height = math.ceil((y + below * size - top) * 10) / 10
    style = f'Font="{font_id}" Size="{decimal(size)}"><ofd:FillColor Value="{rgb(colour)}"/>'
    return _Line(decimal(top), decimal(height), decimal(y - top), style)
