"""What a PDF content stream draws (ISO 32000-2, 8 and 9), in millimetres.

Only the operators that Sealpress writes are followed, and those that put text, paths and pictures
elsewhere or in other colours, since that is how pages are forged. Every other one is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from verify.pdf_objects import entry, name_in
from verify.shown import pdf_fonts, pdf_pictures
from verify.shown.drawn import (
    IDENTITY,
    Art,
    Colour,
    Drawn,
    Glyph,
    Matrix,
    Segment,
    Shape,
    applied,
    moved,
    times,
)
from verify.shown.pdf_fonts import PdfFont
from verify.shown.pdf_tokens import Operands, operations

FORMS_INSIDE: Final = 4
"""Forms within forms that are followed; ours has one within the page."""
LARGE: Final = 32_768
"""Bytes from which a form is taken for the background, which most often need not be read."""
STATES: Final = 64
"""States saved within one another; ours saves one."""

_WRONG_OPERANDS: Final = (
    IndexError,
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    OverflowError,
)


@dataclass(frozen=True)
class _State:
    """The graphics state; `text_*` as the operators Tc, Tw, Tz, TL, Ts and Tr set them."""

    matrix: Matrix
    fill: Colour | None = (0, 0, 0)
    stroke: Colour | None = (0, 0, 0)
    width: float = 1.0
    font: PdfFont | None = None
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass
class Stream:
    """Reads one content stream into what is drawn. `allowed` operators are not noted."""

    drawn: Drawn
    resources: Any
    state: _State
    depth: int = 0
    allowed: frozenset[str] = frozenset()
    _saved: list[_State] = field(default_factory=list)
    _path: list[Segment] = field(default_factory=list)
    _at: tuple[float, float] = (0.0, 0.0)
    _text: Matrix = IDENTITY
    _line: Matrix = IDENTITY
    _fonts: dict[str, PdfFont | None] = field(default_factory=dict)

    def read(self, data: bytes) -> None:
        """Follow every operator.

        Raises:
            Fault: there is more than on any page of ours.
        """
        for name, operands in operations(data, self.drawn):
            method = _METHODS.get(name)
            if method is None:
                if name not in self.allowed:
                    self.drawn.note("page.drawing", "绘图指令", name)
                continue
            try:
                method(self, operands)
            except _WRONG_OPERANDS:
                self.drawn.note("page.drawing", "绘图指令", name)

    # --- state ------------------------------------------------------------------------------

    def _set(self, **changed: Any) -> None:
        self.state = replace(self.state, **changed)

    def _save(self, _: Operands) -> None:
        if len(self._saved) < STATES:
            self._saved.append(self.state)

    def _restore(self, _: Operands) -> None:
        self.state = self._saved.pop()

    def _concatenate(self, operands: Operands) -> None:
        self._set(matrix=times(_matrix(operands), self.state.matrix))

    # --- paths ------------------------------------------------------------------------------

    def _move(self, operands: Operands) -> None:
        x, y = operands
        self._path.append(("M", x, y))
        self._at = (x, y)

    def _draw_line(self, operands: Operands) -> None:
        x, y = operands
        self._path.append(("L", x, y))
        self._at = (x, y)

    def _curve(self, operands: Operands) -> None:
        a, b, c, d, x, y = operands
        self._path.append(("B", a, b, c, d, x, y))
        self._at = (x, y)

    def _curve_from_here(self, operands: Operands) -> None:
        self._curve([*self._at, *operands])

    def _curve_to_end(self, operands: Operands) -> None:
        self._curve([*operands, *operands[2:]])

    def _close(self, _: Operands) -> None:
        self._path.append(("C",))

    def _rectangle(self, operands: Operands) -> None:
        x, y, w, h = operands
        self._path += [("M", x, y), ("L", x + w, y), ("L", x + w, y + h), ("L", x, y + h), ("C",)]
        self._at = (x, y)

    def paint(
        self, *, fill: bool, stroke: bool, even_odd: bool = False, close: bool = False
    ) -> None:
        """End the path, painting it."""
        if close:
            self._path.append(("C",))
        if self._path and (fill or stroke):
            state = self.state
            segments = moved(self._path, state.matrix)
            if fill:
                shape = Shape(segments, state.fill, None, 0.0, even_odd, self.drawn.next())
                self.drawn.shapes.append(shape)
            if stroke:
                width = state.width * abs(state.matrix[0])
                shape = Shape(segments, None, state.stroke, width, False, self.drawn.next())
                self.drawn.shapes.append(shape)
            if (fill and state.fill is None) or (stroke and state.stroke is None):
                self.drawn.note("page.drawing", "颜色", "图案或其他颜色")
        self._path.clear()

    # --- text -------------------------------------------------------------------------------

    def _begin_text(self, _: Operands) -> None:
        self._text = self._line = IDENTITY

    def _font(self, operands: Operands) -> None:
        name, size = operands
        if name not in self._fonts:
            found = entry(entry(self.resources, "/Font") or {}, name)
            self._fonts[name] = None if found is None else pdf_fonts.read(name, found, self.drawn)
        self._set(font=self._fonts[name], size=size)

    def _text_matrix(self, operands: Operands) -> None:
        self._text = self._line = _matrix(operands)

    def _next_line(self, operands: Operands) -> None:
        x, y = operands
        self._text = self._line = times((1, 0, 0, 1, x, y), self._line)

    def _next_line_leading(self, operands: Operands) -> None:
        self._set(leading=-operands[1])
        self._next_line(operands)

    def _new_line(self, _: Operands) -> None:
        self._next_line([0.0, -self.state.leading])

    def _show(self, operands: Operands) -> None:
        (text,) = operands
        self._shown(text)

    def _show_on_new_line(self, operands: Operands) -> None:
        self._new_line([])
        self._show(operands[-1:])

    def _show_spaced(self, operands: Operands) -> None:
        self._set(word_spacing=operands[0], spacing=operands[1])
        self._show_on_new_line(operands)

    def _show_corrected(self, operands: Operands) -> None:
        (parts,) = operands
        for part in parts:
            if isinstance(part, bytes):
                self._shown(part)
            else:
                self._advance(-part / 1000 * self.state.size * self.state.scale)

    def _advance(self, by: float) -> None:
        a, b, c, d, e, f = self._text
        self._text = (a, b, c, d, e + a * by, f + b * by)

    def _shown(self, text: bytes) -> None:
        state = self.state
        if state.font is None:
            self.drawn.note("page.font", "字体", "未知字体")
            return
        font, whole = state.font.font, times(self._text, state.matrix)
        a, b, c, d, _, _ = whole
        plain = abs(b) < 1e-6 and abs(c) < 1e-6 and abs(a + d) < 1e-4 and a > 0
        upright = plain and state.scale == 1.0 and state.mode == 0
        colour = state.fill if upright else None
        size = abs(state.size * d)
        codes = state.font.codes(text)
        self.drawn.spend(len(codes))
        order, along = self.drawn.next(), 0.0
        for code, width in codes:
            x, y = applied(whole, along, state.rise)
            self.drawn.glyphs.append(
                Glyph(font, code, None, x, y, size, colour, order, state.mode in (3, 7))
            )
            step = width * state.size + state.spacing
            if state.font.code_bytes == 1 and code == 0x20:
                step += state.word_spacing
            along += step * state.scale
        self._advance(along)

    # --- pictures and forms -----------------------------------------------------------------

    def _do(self, operands: Operands) -> None:
        (name,) = operands
        found = entry(entry(self.resources, "/XObject") or {}, name)
        if name_in(found, "/Subtype") == "/Image":
            box = pdf_pictures.box(self.state.matrix, self.drawn)
            picture = pdf_pictures.read(found, box, self.state.fill, self.drawn)
            self.drawn.pictures.append(picture)
        elif name_in(found, "/Subtype") == "/Form":
            self._form(found)
        else:
            self.drawn.note("page.drawing", "绘图指令", f"Do {name}")

    def _form(self, form: Any) -> None:
        if self.depth >= FORMS_INSIDE:
            self.drawn.note("page.drawing", "绘图指令", "Do")
            return
        matrix = entry(form, "/Matrix")
        inner = IDENTITY if matrix is None else _matrix([float(number) for number in matrix])
        if entry(form, "/Group") is not None:
            self.drawn.note("page.drawing", "透明度", "透明组")
        data = form.data
        state = replace(self.state, matrix=times(inner, self.state.matrix))
        if len(data) >= LARGE and self.drawn.art is None:
            order = self.drawn.next()
            self.drawn.art = Art(data, lambda: self._read_art(form, data, state, order))
            return
        self._inside(form, self.drawn, state).read(data)

    def _inside(self, form: Any, drawn: Drawn, state: _State) -> Stream:
        resources = entry(form, "/Resources")
        own = self.resources if resources is None else resources
        return Stream(drawn, own, state, self.depth + 1, self.allowed)

    def _read_art(self, form: Any, data: bytes, state: _State, order: int) -> list[Shape]:
        """The shapes of the background; whatever else it draws is on the page like the rest."""
        apart = replace(self.drawn, glyphs=[], shapes=[], pictures=[], art=None)
        self._inside(form, apart, state).read(data)
        self.drawn.glyphs += [glyph._replace(order=order) for glyph in apart.glyphs]
        self.drawn.pictures += [picture._replace(order=order) for picture in apart.pictures]
        return [shape._replace(order=order) for shape in apart.shapes]


def begin(drawn: Drawn, resources: Any, matrix: Matrix, allowed: frozenset[str]) -> Stream:
    """A stream to be read in a space that `matrix` takes to millimetres."""
    return Stream(drawn, resources, _State(matrix), allowed=allowed)


def _matrix(operands: Operands) -> Matrix:
    a, b, c, d, e, f = operands
    return (float(a), float(b), float(c), float(d), float(e), float(f))


def _rgb(operands: Operands) -> Colour:
    red, green, blue = operands
    return (round(red * 255), round(green * 255), round(blue * 255))


def _grey(operands: Operands) -> Colour:
    (grey,) = operands
    return (round(grey * 255),) * 3


def _cmyk(operands: Operands) -> Colour:
    *inks, black = operands
    red, green, blue = (round(255 * (1 - min(1.0, ink + black))) for ink in inks)
    return (red, green, blue)


Method = Callable[[Stream, Operands], None]


def _painting(**how: bool) -> Method:
    return lambda stream, _: stream.paint(
        fill=how.get("fill", False),
        stroke=how.get("stroke", False),
        even_odd=how.get("even_odd", False),
        close=how.get("close", False),
    )


def _setting(name: str, read: Callable[[Operands], Any]) -> Method:
    return lambda stream, operands: stream._set(**{name: read(operands)})


def _number(operands: Operands) -> float:
    return float(operands[0])


def _some_colour(_: Operands) -> None:
    """A colour in a space of the resources: no page of ours has one."""
    return


_METHODS: Final[Mapping[str, Method]] = {
    "q": Stream._save,
    "Q": Stream._restore,
    "cm": Stream._concatenate,
    "w": _setting("width", _number),
    "rg": _setting("fill", _rgb),
    "RG": _setting("stroke", _rgb),
    "g": _setting("fill", _grey),
    "G": _setting("stroke", _grey),
    "k": _setting("fill", _cmyk),
    "K": _setting("stroke", _cmyk),
    **{name: _setting("fill", _some_colour) for name in ("cs", "sc", "scn")},
    **{name: _setting("stroke", _some_colour) for name in ("CS", "SC", "SCN")},
    "m": Stream._move,
    "l": Stream._draw_line,
    "c": Stream._curve,
    "v": Stream._curve_from_here,
    "y": Stream._curve_to_end,
    "h": Stream._close,
    "re": Stream._rectangle,
    "S": _painting(stroke=True),
    "s": _painting(stroke=True, close=True),
    "f": _painting(fill=True),
    "F": _painting(fill=True),
    "f*": _painting(fill=True, even_odd=True),
    "B": _painting(fill=True, stroke=True),
    "B*": _painting(fill=True, stroke=True, even_odd=True),
    "b": _painting(fill=True, stroke=True, close=True),
    "b*": _painting(fill=True, stroke=True, even_odd=True, close=True),
    "n": _painting(),
    "BT": Stream._begin_text,
    "ET": Stream._begin_text,
    "Tf": Stream._font,
    "Tm": Stream._text_matrix,
    "Td": Stream._next_line,
    "TD": Stream._next_line_leading,
    "T*": Stream._new_line,
    "Tj": Stream._show,
    "'": Stream._show_on_new_line,
    '"': Stream._show_spaced,
    "TJ": Stream._show_corrected,
    "Tc": _setting("spacing", _number),
    "Tw": _setting("word_spacing", _number),
    "Tz": _setting("scale", lambda operands: operands[0] / 100),
    "TL": _setting("leading", _number),
    "Ts": _setting("rise", _number),
    "Tr": _setting("mode", lambda operands: int(operands[0])),
    "Do": Stream._do,
}
