"""The page that a data set asks for: composed anew, and where each value has its place on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from renderer import layout as layouts
from renderer import overprint, qr, table
from renderer.compose import Content, compose
from renderer.errors import LayoutError, RendererError
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT, CodePlace, Entry
from renderer.page import Modules, Page, Path
from renderer.values import printed, printed_date
from verify.dataset import DataSet
from verify.fault import Untold

_NAMES = {"authority": "authority.name"}
"""Fields of a page that have another name in the data set; those of the face stand under it."""

_DESCENT = 0.35
"""How far below its baseline a line's own place reaches, in its size."""


@dataclass(frozen=True)
class Place:
    """A value's own place: its field in the data set, its label, what is printed, its box in mm.

    `before` is printed in the same place before the value: it moves where the value has another
    width.
    """

    key: str
    field: str
    label: str
    text: str
    left: float
    top: float
    right: float
    bottom: float
    before: str = ""

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Expected:
    """The page, as a rule without its codes, and the place of each value."""

    layout: Layout
    page: Page
    content: Content

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The place of each value."""
        return (*_entries(self.layout, self.content), *_cells(self.layout, self.content))

    def code(self, place: int, dark: bytes) -> tuple[Path, Modules]:
        """The marks of a code of these modules in the n-th place for one."""
        return _code(self.layout, place, dark)


def layout_of(found: DataSet) -> Layout:
    """The layout that a data set names, in the version that it names.

    Raises:
        Untold: it is not known here.
    """
    try:
        return layouts.load(found.type, found.layout_version)
    except LayoutError as error:
        raise Untold(
            f"此处没有{found.type}的版式{found.layout_version}，页面内容无法核对",
            f"the layout {found.type} {found.layout_version} is not known here",
        ) from error


def page(
    layout: Layout, found: DataSet, *, development: bool, codes: Sequence[bytes] = ()
) -> Expected:
    """The page of a data set, with the marks of a development key or without.

    `codes` are the modules of its codes, as `qr_matrix.modules` gives them, in the order of their
    places; without any these stay empty.

    Raises:
        Untold: it cannot be composed here, for instance for want of a font.
    """
    content = Content(found.number, found.authority.name, found.issued_on.isoformat(), found.face)
    try:
        composed = compose(
            layout,
            content,
            (),
            watermark=overprint.SAMPLE if development else None,
            notice=overprint.DEVELOPMENT_NOTICE if development else None,
        )
    except RendererError as error:
        raise _uncomposed() from error
    places = layout.geometry.codes
    if any(len(dark) > _most(place) for place, dark in zip(places, codes, strict=False)):
        raise _uncomposed()
    drawn = [mark for place, dark in enumerate(codes) for mark in _code(layout, place, dark)]
    whole = replace(composed, own=(*drawn, *composed.own)) if drawn else composed
    return Expected(layout, whole, content)


def _uncomposed() -> Untold:
    return Untold(
        "此处无法按数据集重新排出页面", "the page cannot be composed here from its data set"
    )


def _most(place: CodePlace) -> int:
    """The modules of the largest code that may stand in a place."""
    return (17 + 4 * place.highest_version) ** 2


def _code(layout: Layout, place: int, dark: bytes) -> tuple[Path, Modules]:
    """The marks of a code of these modules in the n-th place for one."""
    geometry = layout.geometry
    return qr.marks(geometry.codes[place], dark, geometry.colours.code)


def _entries(layout: Layout, content: Content) -> Iterator[Place]:
    """The places outside the table, each beside its label."""
    texts = {
        "number": content.number,
        "authority": content.authority,
        "issued_on": printed_date(content.issued_on) or content.issued_on,
    }
    for entry in layout.geometry.entries:
        left, right = _across(entry)
        line = entry.size * MILLIMETRES_PER_POINT
        yield Place(
            key=entry.field,
            field=_NAMES.get(entry.field, entry.field),
            label=entry.label,
            text=texts[entry.field],
            left=left,
            top=entry.baseline - (entry.lines - 1) * line * entry.leading - line,
            right=right,
            bottom=entry.baseline + _DESCENT * line,
            before=f"{entry.label}：",
        )


def _across(entry: Entry) -> tuple[float, float]:
    if entry.align == "centre":
        return entry.x - entry.width / 2, entry.x + entry.width / 2
    return entry.x, entry.x + entry.width


def _cells(layout: Layout, content: Content) -> Iterator[Place]:
    """The places in the table."""
    heights = table.fill(layout, content.face).heights
    edges = list(accumulate(heights, initial=layout.geometry.table.top))
    for place in layout.plan.places:
        field = place.field
        text = printed(field.format, content.face.get(field.key, ""), field.unit)
        yield Place(
            key=field.key,
            field=f"face.{field.key}",
            label=field.label,
            text=text or "",
            left=place.value_left,
            top=edges[place.row],
            right=place.value_right,
            bottom=edges[place.row + 1],
        )
