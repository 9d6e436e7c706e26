"""The words that belong to a layout: title, labels, foot. Set once for each layout."""

from __future__ import annotations

from functools import cache

from renderer import characters, fonts, setting
from renderer.errors import LayoutError
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT
from renderer.setting import Piece, Style
from renderer.table_plan import Placed


@cache
def pieces(layout: Layout) -> tuple[Piece, ...]:
    """The fixed text outside the table.

    Raises:
        LayoutError: a word has a character that no font has.
    """
    colour = layout.geometry.colours.text
    out = [
        setting.piece(
            None,
            _glyphs(text.font, text.text),
            Style(text.font, text.size, colour),
            text.x,
            text.baseline,
            text.align,
        )
        for text in layout.geometry.texts
    ]
    return tuple(out)


def label(layout: Layout, place: Placed, middle: float) -> tuple[Piece, ...]:
    """The label of a field in its cell; `middle` is that of its row, in mm.

    Raises:
        LayoutError: it has a character that no font has, or is wider than its cell.
    """
    labels = layout.geometry.table.labels
    size = labels.size * MILLIMETRES_PER_POINT
    style = Style(labels.font, labels.size, layout.geometry.colours.text)
    lines = place.field.label_lines
    first = setting.first_baseline(middle, len(lines), labels.size, labels.leading)
    centre = (place.label_left + place.label_right) / 2
    out = []
    for number, line in enumerate(lines):
        glyphs = _glyphs(labels.font, line)
        if fonts.width(glyphs) * size / 1000 > place.label_right - place.label_left:
            key = place.field.key
            raise LayoutError(f"{layout.id}: fields.{key}: the label is wider than its cell")
        y = first + number * size * labels.leading
        out.append(setting.piece(None, glyphs, style, centre, y, "centre"))
    return tuple(out)


def _glyphs(font: str, text: str) -> list[fonts.Glyph]:
    complaint = characters.complaint(font, text)
    if complaint is not None:
        raise LayoutError(f"fixed text {text!r}: {complaint}")
    return fonts.glyphs(font, text)
