"""Which font drew what on a page: for whoever asks why a character looks as it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from renderer import fonts
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT
from renderer.page import Page, TextRun

LAYOUT_TEXT = "版面文字"
"""How the text that belongs to a layout is called: titles, labels, notices."""


@dataclass(frozen=True)
class FontUse:
    """A font and the different characters that it drew, in the order in which they come.

    `fallback`: an earlier font of the chain should have drawn them, and lacks them.
    """

    family: str
    file: str
    fallback: bool
    characters: str


@dataclass(frozen=True)
class Explanation:
    """One field of a page: its sizes in points, its lines of text, its fonts.

    `field` is None for the text of the layout itself, which is told as a whole.
    """

    field: str | None
    label: str
    sizes: tuple[float, ...]
    lines: int
    fonts: tuple[FontUse, ...]


def explain(layout: Layout, page: Page) -> tuple[Explanation, ...]:
    """How each field of a page was set, in the order of the page, the layout's own text last."""
    labels = dict(layout.labels)
    labels |= {entry.field: entry.label for entry in layout.geometry.entries}
    runs: dict[str | None, list[TextRun]] = {}
    for mark in page.marks:
        if isinstance(mark, TextRun):
            runs.setdefault(mark.field, []).append(mark)
    ordered = sorted(runs, key=lambda field: field is None)
    return tuple(_explained(field, labels, runs[field], page) for field in ordered)


def _explained(
    field: str | None, labels: dict[str, str], runs: list[TextRun], page: Page
) -> Explanation:
    sizes = sorted({round(run.size / MILLIMETRES_PER_POINT, 1) for run in runs}, reverse=True)
    return Explanation(
        field=field,
        label=LAYOUT_TEXT if field is None else labels.get(field, field),
        sizes=tuple(sizes),
        lines=len({run.y for run in runs}),
        fonts=tuple(_uses(runs, page)),
    )


def _uses(runs: list[TextRun], page: Page) -> Iterable[FontUse]:
    drawn: dict[str, dict[str, None]] = {}
    families: dict[str, str] = {}
    for run in runs:
        key = _face_of(run.font)
        drawn.setdefault(key, {}).update(dict.fromkeys(run.text))
        families[key] = page.fonts[run.font].family
    first = {chain[0] for chain in fonts.CHAINS.values()}
    if runs[0].field is not None and "bold" in drawn:
        first = {"bold"}
    for key, characters in drawn.items():
        file = Path(fonts.FILES[key])
        name = str(file) if file.is_absolute() else file.name
        yield FontUse(families[key], name, key not in first, "".join(characters))


def _face_of(font_key: str) -> str:
    """The face behind a font of the page; `serif-2` holds characters of `serif` (see setting)."""
    return font_key if font_key in fonts.FILES else font_key.rpartition("-")[0]
