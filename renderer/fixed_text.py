"""The words that belong to a layout: title, labels, foot. Set once for each layout."""

from __future__ import annotations

from functools import cache

from renderer import fonts, setting
from renderer.errors import LayoutError
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT, Field
from renderer.setting import Piece, Style
from renderer.values import middle


@cache
def pieces(layout: Layout) -> tuple[Piece, ...]:
    """All fixed text of a layout.

    Raises:
        LayoutError: a word has a character that no font has, or a label is wider than its cell.
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
    for index, field in enumerate(layout.fields.values()):
        out += _label(layout, index, field)
    return tuple(out)


def _label(layout: Layout, index: int, field: Field) -> list[Piece]:
    grid, labels = layout.geometry.table, layout.geometry.table.labels
    left, right = grid.columns[:2] if index % 2 == 0 else grid.columns[2:4]
    size = labels.size * MILLIMETRES_PER_POINT
    style = Style(labels.font, labels.size, layout.geometry.colours.text)
    count = len(field.label_lines)
    first = setting.first_baseline(middle(grid, index), count, labels.size, labels.leading)
    out = []
    for number, line in enumerate(field.label_lines):
        glyphs = _glyphs(labels.font, line)
        if fonts.width(glyphs) * size / 1000 > right - left:
            raise LayoutError(f"{layout.id}: fields.{field.key}: the label is wider than its cell")
        y = first + number * size * labels.leading
        out.append(setting.piece(None, glyphs, style, (left + right) / 2, y, "centre"))
    return out


def _glyphs(font: str, text: str) -> list[fonts.Glyph]:
    try:
        return fonts.glyphs(font, text)
    except KeyError as missing:
        raise LayoutError(f"no font draws {missing} of the fixed text {text!r}") from None
