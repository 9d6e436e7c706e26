"""The values of a certificate as they are printed, and as pieces in their places."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from renderer import characters, fonts, setting
from renderer.errors import Problem
from renderer.fit import Fitted, Room, fit
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT, Entry, Grid
from renderer.setting import Piece, Style

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Value:
    """One value to be printed: `key` marks its runs, `path` names it in a problem."""

    key: str
    path: str
    label: str
    format: str
    text: str


@dataclass(frozen=True)
class Set:
    """A value that has been set, or what is wrong with it."""

    pieces: tuple[Piece, ...] = ()
    problem: Problem | None = None


def printed_date(text: str) -> str | None:
    """An ISO date in Chinese, 2024年09月01日; None if it is not a real date so written."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return f"{text[:4]}年{text[5:7]}月{text[8:]}日"


def printed(value_format: str, text: str) -> str | None:
    """A value as it stands on the page; None for a date that is none."""
    return printed_date(text) if value_format == "date" else text


def _refused(value: Value, message: str) -> Set:
    return Set(problem=Problem(value.path, value.label, message))


def _fitted(value: Value, font: str, room: Room) -> Set | tuple[list[fonts.Glyph], Fitted]:
    """Glyphs and setting of a value, or its problem."""
    text = printed(value.format, value.text)
    complaint = characters.complaint(font, value.text)
    if complaint is not None:
        return _refused(value, complaint)
    if text is None:
        return _refused(value, "日期无效，应为真实日期，格式为YYYY-MM-DD")
    glyphs = fonts.glyphs(font, text)
    fitted = fit(text, [g.advance for g in glyphs], room)
    if fitted is None:
        return _refused(
            value, f"文字过长（{len(text)}个字符），以最小字号{room.minimum:g}磅也排不下，请缩短"
        )
    return glyphs, fitted


def in_cell(layout: Layout, index: int, value: Value) -> Set:
    """A value of the face in its cell of the table."""
    grid, style = layout.geometry.table, layout.geometry.table.values
    if not value.text:
        return Set()
    column = 1 if index % 2 == 0 else 3
    room = Room(
        width=grid.columns[column + 1] - grid.columns[column] - 2 * style.inset,
        height=grid.row_height - 2 * style.headroom,
        size=style.size,
        one_line_minimum=style.one_line_minimum,
        minimum=style.minimum,
        lines=style.lines,
        leading=style.leading,
        unbroken=layout.geometry.unbroken,
    )
    found = _fitted(value, style.font, room)
    if isinstance(found, Set):
        return found
    glyphs, fitted = found
    count = len(fitted.lines)
    first = setting.first_baseline(middle(grid, index), count, fitted.size, style.leading)
    step = fitted.size * MILLIMETRES_PER_POINT * style.leading
    text_style = Style(style.font, fitted.size, layout.geometry.colours.text)
    x = grid.columns[column] + style.inset
    return Set(
        tuple(
            setting.piece(value.key, glyphs[a:b], text_style, x, first + n * step, "left")
            for n, (a, b) in enumerate(fitted.lines)
        )
    )


def middle(grid: Grid, index: int) -> float:
    """The middle of the row of the field with that place on the face, mm from the top."""
    return grid.top + (index // 2 + 0.5) * grid.row_height


def at_entry(layout: Layout, entry: Entry, value: Value) -> Set:
    """A value outside the table, with its label before it."""
    colour = layout.geometry.colours.text
    label = fonts.glyphs(entry.font, f"{entry.label}：")
    own = fonts.width(label) * entry.size * MILLIMETRES_PER_POINT / 1000
    room = Room(
        width=entry.width - own,
        height=entry.lines * entry.size * MILLIMETRES_PER_POINT * entry.leading,
        size=entry.size,
        one_line_minimum=entry.one_line_minimum,
        minimum=entry.minimum,
        lines=entry.lines,
        leading=entry.leading,
        unbroken=layout.geometry.unbroken,
    )
    found = _fitted(value, entry.font, room)
    if isinstance(found, Set):
        return found
    glyphs, fitted = found
    style = Style(entry.font, fitted.size, colour)
    step = fitted.size * MILLIMETRES_PER_POINT * entry.leading
    first = entry.baseline - (len(fitted.lines) - 1) * step
    left = entry.x
    if entry.align == "centre":
        widest = max(fonts.width(glyphs[a:b]) for a, b in fitted.lines)
        left -= (own + widest * fitted.size * MILLIMETRES_PER_POINT / 1000) / 2
    pieces = [
        setting.piece(None, label, Style(entry.font, entry.size, colour), left, first, "left")
    ]
    pieces += [
        setting.piece(value.key, glyphs[a:b], style, left + own, first + n * step, "left")
        for n, (a, b) in enumerate(fitted.lines)
    ]
    return Set(tuple(pieces))
