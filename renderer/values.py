"""The values of a certificate as they are printed, and those outside the table in their places."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from renderer import characters, fonts, setting
from renderer.errors import Problem
from renderer.fit import Fitted, Room, fit
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT, Entry
from renderer.setting import Piece, Style

VALUES_KEPT = 512
"""Values outside the table kept as they were set: authorities and days come again."""

ENTRIES_KEPT = 64
"""Labels of entries kept ready: all those of every layout and version in use."""

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Value(NamedTuple):
    """One value to be printed: `key` marks its runs, `path` names it in a problem."""

    key: str
    path: str
    label: str
    format: str
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Set:
    """A value that has been set, or what is wrong with it."""

    pieces: tuple[Piece, ...] = ()
    problem: Problem | None = None


class Measured(NamedTuple):
    """A value that can be printed: its text, glyphs and their advances (1/1000 em)."""

    value: Value
    text: str
    glyphs: tuple[fonts.Glyph, ...]
    advances: tuple[int, ...]


def printed_date(text: str) -> str | None:
    """An ISO date in Chinese, 2024年09月01日; None if it is not a real date so written."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return f"{text[:4]}年{text[5:7]}月{text[8:]}日"


def printed(value_format: str, text: str, unit: str = "") -> str | None:
    """A value as it stands on the page, its unit behind it; None for a date that is none."""
    if value_format == "date":
        return printed_date(text)
    return text + unit if text else text


def refusal(value: Value, message: str) -> Problem:
    """A problem of this value."""
    return Problem(value.path, value.label, message)


def too_long(value: Value, minimum: float) -> Problem:
    """The problem of a value that does not fit its place even at `minimum` points."""
    length = len(value.text)
    return refusal(value, f"文字过长（{length}个字符），以最小字号{minimum:g}磅也排不下，请缩短")


def measured(value: Value, font: str) -> Measured | Problem:
    """The printed text of a value with its glyphs, or why it cannot be printed."""
    complaint = characters.complaint(font, value.text)
    if complaint is not None:
        return refusal(value, complaint)
    text = printed(value.format, value.text, value.unit)
    if text is None:
        return refusal(value, "日期无效，应为真实日期，格式为YYYY-MM-DD")
    glyphs = fonts.glyphs(font, text)
    return Measured(value, text, tuple(glyphs), tuple([glyph.advance for glyph in glyphs]))


@dataclass(frozen=True, eq=False)
class _Place:
    """What is the same for every value of an entry: its label, `own` mm wide, and the room left."""

    label: tuple[fonts.Glyph, ...]
    own: float
    room: Room


@lru_cache(maxsize=ENTRIES_KEPT)
def _place(layout: Layout, entry: Entry) -> _Place:
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
    return _Place(tuple(label), own, room)


def label(layout: Layout, entry: Entry) -> Piece:
    """The label of an entry, as it stands where the value is empty."""
    style = Style(entry.font, entry.size, layout.geometry.colours.text)
    return setting.piece(None, _place(layout, entry).label, style, entry.x, entry.baseline, "left")


@lru_cache(maxsize=VALUES_KEPT)
def at_entry(layout: Layout, entry: Entry, value: Value) -> Set:
    """A value outside the table, with its label before it."""
    place = _place(layout, entry)
    found = measured(value, entry.font)
    if isinstance(found, Problem):
        return Set(problem=found)
    fitted = fit(found.text, found.advances, place.room)
    if fitted is None:
        return Set(problem=too_long(value, entry.minimum))
    return Set(tuple(_entry_pieces(layout, entry, found, fitted)))


def _entry_pieces(layout: Layout, entry: Entry, found: Measured, fitted: Fitted) -> Iterator[Piece]:
    """The label and the lines of the value; the last one stands on the entry's baseline."""
    place, glyphs, colour = _place(layout, entry), found.glyphs, layout.geometry.colours.text
    style = Style(entry.font, fitted.size, colour)
    step = fitted.size * MILLIMETRES_PER_POINT * entry.leading
    first = entry.baseline - (len(fitted.lines) - 1) * step
    left = entry.x
    if entry.align == "centre":
        widest = max(fonts.width(glyphs[a:b]) for a, b in fitted.lines)
        left -= (place.own + widest * fitted.size * MILLIMETRES_PER_POINT / 1000) / 2
    of_label = Style(entry.font, entry.size, colour)
    yield setting.piece(None, place.label, of_label, left, first, "left")
    for n, (a, b) in enumerate(fitted.lines):
        y = first + n * step
        yield setting.piece(found.value.key, glyphs[a:b], style, left + place.own, y, "left")
