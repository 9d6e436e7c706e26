"""From a layout and the data of one certificate to the page that shows it.

Whatever decides where a thing stands is decided here and in what is called from here; the writers
of PDF, OFD and SVG only write the marks down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from renderer import fixed_text, overprint, qr, qr_matrix, setting, table, values
from renderer.artwork import artwork
from renderer.errors import LayoutError, Problem, Refused
from renderer.layout import Layout
from renderer.page import Mark, Page
from renderer.setting import Piece, Shared
from renderer.values import Set, Value


@dataclass(frozen=True)
class Content:
    """What is printed: `issued_on` and the dates of the face are ISO dates, the rest text."""

    number: str
    authority: str
    issued_on: str
    face: Mapping[str, str]


@dataclass(frozen=True)
class Code:
    """The content of one QR code."""

    text: str


def check(layout: Layout, content: Content) -> tuple[Problem, ...]:
    """Everything in the values that would make `compose` refuse: unprintable, too long, no date."""
    outside = [one.problem for one in _entries(layout, content) if one.problem is not None]
    return (*outside, *table.fill(layout, content.face).problems)


def compose(
    layout: Layout,
    content: Content,
    codes: Sequence[Code],
    watermark: str | None = None,
    notice: str | None = None,
) -> Page:
    """The page of a certificate.

    `codes` go to the layout's places in order; without any the places stay empty. `watermark` is a
    large word across the page, `notice` a small line at its foot: marks of what is no certificate.

    Raises:
        Refused: values that cannot be printed, or a code that is too large; all problems at once.
        LayoutError: there are more codes than places for them, or the layout is wrong in itself.
    """
    problems: list[Problem] = []
    pieces: list[Piece] = []
    for one in _entries(layout, content):
        pieces += one.pieces
        problems += [one.problem] if one.problem else []
    face = table.fill(layout, content.face)
    pieces += face.pieces
    problems += face.problems
    drawn, faults = _codes(layout, codes)
    problems += faults
    if problems:
        raise Refused(problems)
    shared = _shared(layout, face.heights, watermark, notice)
    frame, runs, fonts = setting.runs(shared, pieces)
    own = (*drawn, *runs)
    return Page(layout.width, layout.height, artwork(layout), frame, own, fonts)


@lru_cache(maxsize=table.FRAMES_KEPT)
def _shared(
    layout: Layout, heights: tuple[float, ...], watermark: str | None, notice: str | None
) -> Shared:
    """What the pages share that have rows of these heights, and say the same beside the values."""
    lines, labels = table.frame(layout, heights)
    word = (overprint.watermark(layout, watermark),) if watermark else ()
    small = (overprint.notice(layout, notice),) if notice else ()
    return Shared(
        marks=(*word, *lines),
        pieces=(*fixed_text.pieces(layout), *labels, *small),
        words=tuple(values.label(layout, entry) for entry in layout.geometry.entries),
    )


def _entries(layout: Layout, content: Content) -> Iterator[Set]:
    """The values outside the table, each in its place or with its problem."""
    for entry in layout.geometry.entries:
        text = str(getattr(content, entry.field))
        kind = "date" if entry.field == "issued_on" else "text"
        value = Value(entry.field, entry.field, entry.label, kind, text)
        yield values.at_entry(layout, entry, value)


def _codes(layout: Layout, codes: Sequence[Code]) -> tuple[list[Mark], list[Problem]]:
    places = layout.geometry.codes
    if len(codes) > len(places):
        raise LayoutError(f"{layout.id} has {len(places)} places for codes, not {len(codes)}")
    drawn: list[Mark] = []
    problems: list[Problem] = []
    for index, (place, code) in enumerate(zip(places, codes, strict=False)):
        try:
            dark = qr_matrix.modules(code.text, place.highest_version)
        except qr_matrix.TooLarge:
            message = f"二维码内容过长：超过版本{place.highest_version}（M级），印出后难以扫读"
            problems.append(Problem(f"codes.{index}", "二维码", message))
            continue
        drawn += qr.marks(place, dark, layout.geometry.colours.code)
    return drawn, problems
