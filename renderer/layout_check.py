"""Everything that is wrong with a layout before any certificate is drawn with it.

`layout.read` stops at what hinders using a layout at all. Here the page is looked at as well: what
lies off it or on one another, words that no font draws or no cell holds, codes too fine to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from renderer import characters, fit, fonts, layout_folder, layout_rules, table_plan
from renderer.errors import Mistake
from renderer.layout_folder import LAYOUT
from renderer.layout_parts import MILLIMETRES_PER_POINT, CodePlace, Entry, FixedText, LayoutFile
from renderer.table_plan import Placed, Plan

SMALLEST_MODULE = 0.45
"""mm of one module of a code: below this, cameras begin to fail on copies of copies."""

PRINT_MARGIN = 5.0
"""mm along the edge of the paper that office printers leave white."""

ABOVE, BELOW = 0.88, 0.12
"""How far the em box of these fonts reaches over and under the baseline, in sizes."""

PRINTED_VALUES = ("number", "authority", "issued_on")
"""What every certificate shows outside its table."""


@dataclass(frozen=True)
class Box:
    """What a part of the page takes up, in mm; `key` names it in layout.toml."""

    key: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two boxes have more in common than an edge."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 1e-6 and down > 1e-6

    def inside(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether nothing of it lies outside those edges."""
        return (
            self.left >= left and self.top >= top and self.right <= right and self.bottom <= bottom
        )


def mistakes(folder: Path) -> tuple[Mistake, ...]:
    """Every mistake in a layout's folder that can be seen without a request."""
    files = layout_folder.read(folder)
    found = [*files.mistakes]
    if files.layout is not None:
        path = str(folder / LAYOUT)
        disagreements = list(layout_folder.disagreements(files, files.layout))
        found += disagreements
        found += layout_rules.mistakes(files.layout, files.codes, path)
        found += [Mistake(path, key, reason) for key, reason in _on_the_page(files.layout)]
    found += _missing_fonts()
    return tuple(found)


def _missing_fonts() -> Iterator[Mistake]:
    for key, name in fonts.FILES.items():
        try:
            fonts.face(key)
        except fonts.FontMissing as error:
            yield Mistake(str(fonts.FOLDER / name), "", str(error))


def _on_the_page(layout: LayoutFile) -> Iterator[tuple[str, str]]:
    """Key and reason of everything that cannot stand where it is put."""
    yield from _words(layout)
    yield from _wanting(layout)
    for index, place in enumerate(layout.codes):
        module = place.size / (_modules(place.highest_version) + 2 * place.margin)
        if module < SMALLEST_MODULE:
            reason = f"a module of version {place.highest_version} is {module:.3f} mm wide"
            yield f"codes[{index}].size", f"{reason}, {SMALLEST_MODULE} is the least"
    fields = {field.key: field for field in layout.fields}
    plan = None
    if not list(table_plan.mistakes(layout.table, fields, "")):
        plan = table_plan.plan(layout.table, fields)
        for placed in plan.places:
            yield from _cell(layout, placed, plan)
    yield from _edges(layout, _boxes(layout, plan))


def _modules(version: int) -> int:
    """Modules along one side of a code of that version."""
    return 17 + 4 * version


def _words(layout: LayoutFile) -> Iterator[tuple[str, str]]:
    """Words of the layout that no font draws."""
    values = layout.table.values.font
    words = [
        *((f"texts[{n}].text", one.font, one.text) for n, one in enumerate(layout.texts)),
        *((f"entries[{n}].label", one.font, one.label) for n, one in enumerate(layout.entries)),
    ]
    for n, field in enumerate(layout.fields):
        words.append((f"fields[{n}].label", layout.table.labels.font, field.label))
        words.append((f"fields[{n}].unit", values, field.unit))
    for key, font, text in words:
        complaint = characters.complaint(font, text)
        if complaint is not None:
            yield key, complaint


def _wanting(layout: LayoutFile) -> Iterator[tuple[str, str]]:
    """What a layout must have before anything can be issued by it."""
    for name in PRINTED_VALUES:
        places = [n for n, entry in enumerate(layout.entries) if entry.field == name]
        if not places:
            yield "entries", f"none shows {name}"
        for n in places[1:]:
            yield f"entries[{n}].field", f"{name} is shown by entries[{places[0]}] already"
    if layout.seal is None:
        yield "seal", "is missing: nothing could be issued"
    if not layout.codes:
        yield "codes", "is missing: at least the place of our own code is expected"
    border = layout.border
    if border.outer - border.outer_width / 2 < PRINT_MARGIN:
        yield "border.outer", f"nearer to the edge of the paper than {PRINT_MARGIN:g} mm"


def _cell(layout: LayoutFile, place: Placed, plan: Plan) -> Iterator[tuple[str, str]]:
    """A label or value that has no room in its cell."""
    labels, values = layout.table.labels, layout.table.values
    index = [field.key for field in layout.fields].index(place.field.key)
    key, least = f"fields[{index}].label", plan.least[place.row]
    cell = place.label_right - place.label_left
    for line in place.field.label_lines:
        width = _width(labels.font, line, labels.size)
        if width > cell:
            yield key, f"“{line}” is {width:.1f} mm wide, its cell {cell:.1f} mm"
    height = fit.height_of(len(place.field.label_lines), labels.size, labels.leading)
    if height > least:
        yield key, f"its lines are {height:.1f} mm high, its row may be {least:.1f} mm"
    if values.size * MILLIMETRES_PER_POINT + 2 * values.headroom > least:
        row = f"table.rows[{place.row}]" if layout.table.rows else "table.row_minimum"
        yield row, f"{least:.1f} mm are too low for a line of values"
    if place.value_width - 2 * values.inset < values.size * MILLIMETRES_PER_POINT:
        yield f"fields[{index}]", "its value's cell is too narrow for a character"


def _width(font: str, text: str, size: float) -> float:
    """The width in mm of a text, 0 where a font does not have it."""
    if characters.complaint(font, text) is not None:
        return 0.0
    return fonts.width(fonts.glyphs(font, text)) * size * MILLIMETRES_PER_POINT / 1000


def _boxes(layout: LayoutFile, plan: Plan | None) -> list[Box]:
    """What each part of the page takes up."""
    boxes = [_text_box(f"texts[{n}]", text) for n, text in enumerate(layout.texts)]
    boxes += [_entry_box(f"entries[{n}]", entry) for n, entry in enumerate(layout.entries)]
    boxes += [_code_box(f"codes[{n}]", place) for n, place in enumerate(layout.codes)]
    notice = layout.notice
    boxes.append(
        _lines_box(
            "notice", (notice.x - notice.width / 2, notice.width), notice.baseline, notice.size
        )
    )
    for key, circle in (("emblem", layout.emblem), ("seal", layout.seal)):
        if circle is not None:
            half = circle.diameter / 2
            x, y = circle.x, circle.y
            boxes.append(Box(key, x - half, y - half, x + half, y + half))
    if plan is not None:
        grid = layout.table
        bottom = grid.top + sum(plan.heights)
        boxes.append(Box("table", grid.columns[0], grid.top, grid.columns[-1], bottom))
    return boxes


def _lines_box(
    key: str, across: tuple[float, float], baseline: float, size: float, above: float = 0.0
) -> Box:
    """Lines of `size` points, the last one on `baseline`, `above` mm of others over it."""
    em = size * MILLIMETRES_PER_POINT
    left, width = across
    return Box(key, left, baseline - ABOVE * em - above, left + width, baseline + BELOW * em)


def _text_box(key: str, text: FixedText) -> Box:
    width = _width(text.font, text.text, text.size)
    left = text.x - width / 2 if text.align == "centre" else text.x
    return _lines_box(key, (left, width), text.baseline, text.size)


def _entry_box(key: str, entry: Entry) -> Box:
    left = entry.x - entry.width / 2 if entry.align == "centre" else entry.x
    above = (entry.lines - 1) * entry.minimum * MILLIMETRES_PER_POINT * entry.leading
    return _lines_box(key, (left, entry.width), entry.baseline, entry.size, above)


def _code_box(key: str, place: CodePlace) -> Box:
    """A code with its white margin, whichever version it has."""
    widest = place.margin * place.size / (_modules(1) + 2 * place.margin)
    narrowest = place.margin * place.size / (_modules(place.highest_version) + 2 * place.margin)
    size = place.size - narrowest
    return Box(key, place.left - widest, place.top - widest, place.left + size, place.top + size)


def _edges(layout: LayoutFile, boxes: Sequence[Box]) -> Iterator[tuple[str, str]]:
    """What lies on the border, off the page or on another part of it."""
    page, inset = layout.page, layout.border.inner
    for box in boxes:
        if not box.inside(0, 0, page.width, page.height):
            yield box.key, "is off the page"
        elif not box.inside(inset, inset, page.width - inset, page.height - inset):
            yield box.key, "is on the border"
    for one, other in combinations(boxes, 2):
        if one.meets(other) and not _may_meet(one.key, other.key):
            yield other.key, f"overlaps {one.key}"


def _may_meet(one: str, other: str) -> bool:
    """Seals go over the authority's name and the date; nothing else goes over anything."""
    return "seal" in (one, other) and (one + other).replace("seal", "").startswith("entries")
