"""The parts of a layout, as layout.toml names them.

Lengths are millimetres from the top left corner of the page, sizes of text are points, colours are
sRGB from 0 to 255. What each part is for is said in the layout files themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from renderer.page import Colour

MILLIMETRES_PER_POINT = 25.4 / 72
Align = Literal["left", "centre"]
Font = Literal["serif", "bold"]

KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Keys of fields: what the signed data set takes."""

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.svg")


SHORTEST_PERIOD = 0.5
"""mm of a wave of the border: finer ones run together in print, and make a path without end."""

MOST_WAVES = 200
"""Waves of a ring, and rings of a rosette: beyond, its lines are one grey, drawn for seconds."""


def _positive(part: object, *names: str) -> None:
    wrong = [name for name in names if not getattr(part, name) > 0]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} must be greater than 0")


def _shrinking(size: float, one_line_minimum: float, minimum: float) -> None:
    if not minimum <= one_line_minimum <= size:
        raise ValueError("minimum <= one_line_minimum <= size does not hold")


@dataclass(frozen=True)
class Field:
    """One value of the face: its key in the data, the name printed beside it, its kind.

    In layout.toml a `|` in the label is where it breaks into `label_lines`; `label` has none then.
    `unit` is printed behind a value that is not empty.
    """

    key: str
    label: str
    format: Literal["text", "date"] = "text"
    unit: str = ""

    label_lines: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"key {self.key!r}: small letters, digits and _ are expected")
        lines = tuple(self.label.split("|"))
        if not all(lines):
            raise ValueError("label is empty, or a line of it")
        object.__setattr__(self, "label_lines", lines)
        object.__setattr__(self, "label", "".join(lines))


@dataclass(frozen=True)
class Sheet:
    """The size of the paper."""

    width: float
    height: float

    def __post_init__(self) -> None:
        _positive(self, "width", "height")


@dataclass(frozen=True)
class Colours:
    """The layout's colours."""

    text: Colour
    line: Colour
    frame: Colour
    band: Colour
    rosette: Colour
    code: Colour
    watermark: Colour
    notice: Colour

    def __post_init__(self) -> None:
        for name, colour in vars(self).items():
            if not all(0 <= part <= 255 for part in colour):
                raise ValueError(f"colours.{name}: each part lies between 0 and 255")


@dataclass(frozen=True)
class Border:
    """Two lines, a band of sine waves and a line; distances from the edge of the paper."""

    outer: float
    outer_width: float
    second: float
    second_width: float
    band: float
    band_amplitude: float
    band_period: float
    band_width: float
    corner: float
    inner: float
    inner_width: float

    def __post_init__(self) -> None:
        _positive(self, "band_period", "corner", "outer_width", "second_width", "inner_width")
        if not 0 < self.outer < self.second < self.band < self.inner:
            raise ValueError("outer < second < band < inner does not hold")
        if self.band_period < SHORTEST_PERIOD:
            raise ValueError(f"band_period: at least {SHORTEST_PERIOD} mm are expected")


@dataclass(frozen=True)
class Rosette:
    """A wavy ring: `curves` closed curves of `waves` waves, `stretch` times as high as wide."""

    x: float
    y: float
    radius: float
    swing: float
    waves: int
    curves: int
    stretch: float
    width: float

    def __post_init__(self) -> None:
        _positive(self, "radius", "waves", "curves", "stretch", "width")
        if max(self.waves, self.curves) > MOST_WAVES:
            raise ValueError(f"waves, curves: at most {MOST_WAVES} are expected")


@dataclass(frozen=True)
class Emblem:
    """The place of an emblem (its centre), and the SVG beside layout.toml that is drawn there."""

    x: float
    y: float
    diameter: float
    file: str = ""

    def __post_init__(self) -> None:
        _positive(self, "diameter")
        if self.file and not FILE_NAME.fullmatch(self.file):
            raise ValueError("file: the name of an .svg file beside layout.toml is expected")


@dataclass(frozen=True)
class FixedText:
    """One line of text that is the same on every certificate."""

    text: str
    font: Font
    size: float
    x: float
    baseline: float
    align: Align


@dataclass(frozen=True)
class Entry:
    """A value outside the table, behind its label; the last line stands on `baseline`."""

    field: Literal["number", "authority", "issued_on"]
    label: str
    font: Font
    size: float
    one_line_minimum: float
    minimum: float
    lines: int
    leading: float
    x: float
    width: float
    baseline: float
    align: Align

    def __post_init__(self) -> None:
        _positive(self, "minimum", "lines", "leading", "width")
        _shrinking(self.size, self.one_line_minimum, self.minimum)


@dataclass(frozen=True)
class Labels:
    """How labels are set."""

    font: Font
    size: float
    leading: float


@dataclass(frozen=True)
class Values:
    """How values are set, and how far they may shrink and wrap."""

    font: Font
    size: float
    one_line_minimum: float
    minimum: float
    leading: float
    inset: float
    headroom: float

    def __post_init__(self) -> None:
        _positive(self, "minimum", "leading")
        _shrinking(self.size, self.one_line_minimum, self.minimum)


@dataclass(frozen=True)
class Cell:
    """A field's place in a row: the columns of its label and those of its value.

    Columns are told by two of the table's edges, counted from 0 at the left.
    """

    field: str
    label: tuple[int, int]
    value: tuple[int, int]

    def __post_init__(self) -> None:
        for name, (start, end) in (("label", self.label), ("value", self.value)):
            if not 0 <= start < end:
                raise ValueError(f"{name}: two edges are expected, the left one first")


@dataclass(frozen=True)
class Row:
    """One row of the table; `height` where it is not the table's."""

    cells: tuple[Cell, ...]
    height: float | None = None

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("cells: a row has at least one")
        if self.height is not None:
            _positive(self, "height")


@dataclass(frozen=True)
class Grid:
    """The table: the edges of its columns, its rows, its lines.

    Rows are `row_height` high; where one needs more, others give way down to `row_minimum`. Without
    `rows`, the fields fill the columns in turn: label, value, label, value, next row.
    """

    top: float
    row_height: float
    row_minimum: float
    columns: tuple[float, ...]
    frame_width: float
    line_width: float
    labels: Labels
    values: Values
    rows: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        _positive(self, "row_minimum", "frame_width", "line_width")
        if self.row_minimum > self.row_height:
            raise ValueError("row_minimum must not be greater than row_height")
        if len(self.columns) < 3:
            raise ValueError("columns: at least three edges are expected")
        if not self.rows and len(self.columns) % 2 == 0:
            raise ValueError("columns: without rows, an odd number of edges makes pairs of columns")
        if any(a >= b for a, b in pairwise(self.columns)):
            raise ValueError("columns must grow from left to right")


@dataclass(frozen=True)
class SealPlace:
    """Where the seal goes: its centre and its diameter."""

    x: float
    y: float
    diameter: float

    def __post_init__(self) -> None:
        _positive(self, "diameter")


@dataclass(frozen=True)
class CodePlace:
    """Where a QR code goes: corner of its modules, whole width with the white margin (modules)."""

    left: float
    top: float
    size: float
    margin: int
    highest_version: int

    def __post_init__(self) -> None:
        _positive(self, "size")
        if not (self.margin >= 4 and 1 <= self.highest_version <= 40):
            raise ValueError("margin is at least 4 modules, highest_version 1 to 40")


@dataclass(frozen=True)
class WatermarkStyle:
    """A large word across the page, turned by `angle` degrees, around its centre."""

    font: Font
    size: float
    x: float
    y: float
    angle: float


@dataclass(frozen=True)
class NoticeStyle:
    """One small line, centred."""

    font: Font
    size: float
    x: float
    baseline: float
    width: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Heading:
    """What a layout is called, and how its certificates are numbered and looked up.

    `number_allotment` and `license_serial` are format strings; `second_field` is the face field
    asked for beside the number.
    """

    id: str
    version: str
    title: str
    number_allotment: str
    license_serial: str
    second_field: str


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """All that stands on the page, apart from the values."""

    page: Sheet
    colours: Colours
    border: Border
    table: Grid
    watermark: WatermarkStyle
    notice: NoticeStyle
    rosettes: tuple[Rosette, ...] = ()
    texts: tuple[FixedText, ...] = ()
    entries: tuple[Entry, ...] = ()
    codes: tuple[CodePlace, ...] = ()
    emblem: Emblem | None = None
    seal: SealPlace | None = None
    unbroken: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LayoutFile(Heading, Geometry):
    """The keys of layout.toml."""

    fields: tuple[Field, ...]
    rules: tuple[dict[str, object], ...] = ()
