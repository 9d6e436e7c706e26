"""Runs of text as OFD TextObjects (GB/T 33190, 11).

Coordinates are relative to an object's Boundary, which encloses all that it draws, because readers
clip to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from weakref import WeakKeyDictionary

from renderer.decimals import decimal
from renderer.ofd_values import rgb
from renderer.page import ROUNDING, Subset, TextRun
from renderer.xml_text import escape

LAST_BMP = "\uffff"

SIDE_REACH, UPPER_REACH, LOWER_REACH = 0.25, 0.2, 0.3
"""How far glyphs may reach beyond their advance, the ascent and the descent, in em.

Measured over all fonts of the chain; the box that the font files give is that of their worst glyph
and four times as large as a line of text."""

DELTAS_KEPT = 1024
"""Distances held per process: labels stand the same on every page, and so do Chinese words of one
length and size."""

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


_texts: WeakKeyDictionary[TextRun, tuple[int, list[str]]] = WeakKeyDictionary()
"""The objects of runs that many pages share, without their head, and the font's id in them."""


class TextWriter:
    """Writes runs of one font on one page as TextObjects."""

    def __init__(self, font_id: int, font: Subset) -> None:
        self._font_id = font_id
        self._above = font.ascent / 1000 + UPPER_REACH
        self._below = -font.descent / 1000 + LOWER_REACH
        self._widths = font.widths

    def objects(self, run: TextRun, first_id: int) -> list[str]:
        """The objects of one run, one for each of its `stretches`, numbered from `first_id`."""
        return [
            f'<ofd:TextObject ID="{identifier}" {text}'
            for identifier, text in enumerate(self._bodies(run), first_id)
        ]

    def _bodies(self, run: TextRun) -> list[str]:
        """The objects from behind their identifier."""
        known = _texts.get(run) if run.shared else None
        if known is None or known[0] != self._font_id:
            bodies = [self._body(run, start, end) for start, end in stretches(run.text)]
            known = (self._font_id, bodies)
            if run.shared:
                _texts[run] = known
        return known[1]

    def _body(self, run: TextRun, start: int, end: int) -> str:
        """Glyph ids rule what is drawn; the characters are there to be searched and copied."""
        size, text = run.size, run.text[start:end]
        offsets = run.offsets[start:end]
        origin = run.x + offsets[0]
        left = math.floor((origin - SIDE_REACH * size) * 10) / 10
        top = math.floor((run.y - self._above * size) * 10) / 10
        last_advance = self._widths[run.glyphs[end - 1]] / 1000
        right = run.x + offsets[-1] + (last_advance + SIDE_REACH) * size
        width = math.ceil((right - left) * 10) / 10
        height = math.ceil((run.y + self._below * size - top) * 10) / 10
        # UTF-16 units: two for the lone character beyond U+FFFF, with a step of 0 between them.
        codes = len(text) if text[0] <= LAST_BMP else 2
        steps = delta(offsets) if codes == len(text) else "0"
        delta_x = f' DeltaX="{steps}"' if steps else ""
        glyphs = " ".join(map(str, run.glyphs[start:end]))
        return (
            f'Boundary="{decimal(left)} {decimal(top)} {decimal(width)} {decimal(height)}" '
            f'Font="{self._font_id}" Size="{decimal(size)}">'
            f'<ofd:FillColor Value="{rgb(run.colour)}"/>'
            f'<ofd:CGTransform CodePosition="0" CodeCount="{codes}" GlyphCount="{end - start}">'
            f"<ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>"
            f'<ofd:TextCode X="{decimal(origin - left)}" Y="{decimal(run.y - top)}"{delta_x}>'
            f"{escape(text)}</ofd:TextCode></ofd:TextObject>"
        )
