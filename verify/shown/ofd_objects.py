"""What the objects of an OFD page draw (GB/T 33190, 8 to 11), in millimetres.

Only what Sealpress writes is followed; every other element and attribute is noted, because any of
them may move, hide or recolour what is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from verify.fault import Fault
from verify.ofd_document import Box, read_box
from verify.ofd_xml import NAMESPACE, attribute, only_child, optional_child
from verify.shown.drawn import (
    IDENTITY,
    UNTOLD,
    Colour,
    Drawn,
    Font,
    Glyph,
    Matrix,
    Picture,
    Segment,
    Shape,
    applied,
    moved,
    times,
)
from verify.shown.ofd_resources import Resources

_NUMBER: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
_NUMBERS: Final = re.compile(rf"\s*(?:{_NUMBER}(?:\s+{_NUMBER})*)?\s*")
_PATH_WORD: Final = re.compile(rf"[MLBQCSA]|{_NUMBER}|\S+")
_LENGTHS: Final = {"M": 2, "S": 2, "L": 2, "B": 6, "Q": 4, "C": 0}

_ATTRIBUTES: Final = {
    "Layer": {"ID", "Type"},
    "PageBlock": {"ID"},
    "PathObject": {"ID", "Boundary", "LineWidth", "Stroke", "Fill", "Rule", "CTM"},
    "TextObject": {"ID", "Boundary", "Font", "Size", "CTM"},
    "ImageObject": {"ID", "Boundary", "CTM", "ResourceID"},
    "FillColor": {"Value"},
    "StrokeColor": {"Value"},
    "CGTransform": {"CodePosition", "CodeCount", "GlyphCount"},
    "TextCode": {"X", "Y", "DeltaX"},
}
_CHILDREN: Final = {
    "PathObject": {"FillColor", "StrokeColor", "AbbreviatedData"},
    "TextObject": {"FillColor", "CGTransform", "TextCode"},
    "ImageObject": set[str](),
}
_PIECES: Final = 64
"""Pieces of text in one object; ours has one."""
_BLOCKS: Final = 8
"""Blocks within one another that are followed; ours has none."""
_BLACK: Final[Colour] = (0, 0, 0)


class Objects:
    """Reads the content of a page into what is drawn."""

    def __init__(self, drawn: Drawn, resources: Resources) -> None:
        self._drawn, self._resources = drawn, resources

    def read(self, content: etree._Element) -> None:
        """Follow every layer and its objects.

        Raises:
            Fault: a value cannot be read, or there is more than on any page of ours.
        """
        for layer in content:
            if self._is(layer, "Layer"):
                self._block(layer, 0)

    def _is(self, element: etree._Element, name: str) -> bool:
        """Whether an element has that name; what it has that ours has not is noted."""
        found = _name(element)
        if found != name:
            self._drawn.note("page.drawing", "绘图指令", found)
            return False
        self._note_attributes(element, name)
        return True

    def _note_attributes(self, element: etree._Element, name: str) -> None:
        self._drawn.spend(1)
        for key in element.attrib:
            if key not in _ATTRIBUTES.get(name, ()):
                self._drawn.note("page.drawing", "绘图指令", f"{name} {key!s}")

    def _block(self, block: etree._Element, depth: int) -> None:
        for element in block:
            name = _name(element)
            self._note_attributes(element, name)
            for child in element:
                part = _name(child)
                if part in _CHILDREN.get(name, ()):
                    self._note_attributes(child, part)
                elif name in _CHILDREN:
                    self._drawn.note("page.drawing", "绘图指令", f"{name} {part}")
            if name == "PathObject":
                self._path(element)
            elif name == "TextObject":
                self._text(element)
            elif name == "ImageObject":
                self._image(element)
            elif name == "PageBlock" and depth < _BLOCKS:
                self._drawn.note("page.drawing", "绘图指令", name)
                self._block(element, depth + 1)
            else:
                self._drawn.note("page.drawing", "绘图指令", name)

    # --- paths ------------------------------------------------------------------------------

    def _path(self, element: etree._Element) -> None:
        box, matrix = _place(element)
        data = optional_child(element, "AbbreviatedData")
        words = _PATH_WORD.findall((data.text or "") if data is not None else "")
        self._drawn.spend(len(words))
        segments = moved(list(_segments(words)), matrix)
        if not segments:
            return
        if element.get("Fill") == "true":
            even_odd = element.get("Rule") == "Even-Odd"
            colour = self._colour(element, "FillColor", None)
            self._add(Shape(segments, colour, None, 0.0, even_odd, 0), box)
        if element.get("Stroke", "true") == "true":
            (width,) = _numbers(element.get("LineWidth", "0.353"))
            colour = self._colour(element, "StrokeColor", _BLACK)
            self._add(Shape(segments, None, colour, width, False, 0), box)

    def _add(self, shape: Shape, box: Box) -> None:
        """Take a shape, unless its box cuts off what it draws: then it is not the shape it says."""
        points = [pair for one in shape.segments for pair in zip(one[1::2], one[2::2], strict=True)]
        inside = all(
            box.x - _EDGE <= x <= box.x + box.width + _EDGE
            and box.y - _EDGE <= y <= box.y + box.height + _EDGE
            for x, y in points
        )
        if not inside:
            shape = shape._replace(segments=(*shape.segments, ("C",)))
        self._drawn.shapes.append(shape._replace(order=self._drawn.next()))

    def _colour(self, element: etree._Element, tag: str, usual: Colour | None) -> Colour | None:
        """A plain colour; anything else is none, and noted."""
        found = optional_child(element, tag)
        if found is None:
            return usual
        if len(found) or found.get("Value") is None:
            self._drawn.note("page.drawing", "颜色", "图案或其他颜色")
            return None
        parts = _numbers(found.get("Value", ""))
        if len(parts) != 3:
            self._drawn.note("page.drawing", "颜色", "图案或其他颜色")
            return None
        return (round(parts[0]), round(parts[1]), round(parts[2]))

    # --- text -------------------------------------------------------------------------------

    def _text(self, element: etree._Element) -> None:
        box, matrix = _place(element)
        font = self._resources.font(attribute(element, "Font"))
        (size,) = _numbers(attribute(element, "Size"))
        a, b, c, d, _, _ = matrix
        upright = b == c == 0 and a == d and a > 0
        colour = self._colour(element, "FillColor", _BLACK) if upright else None
        order = self._drawn.next()
        codes = [child for child in element if _name(child) == "TextCode"]
        glyphs = [child for child in element if _name(child) == "CGTransform"]
        if len(codes) != 1 or len(glyphs) != 1:
            self._drawn.note("page.drawing", "绘图指令", "TextObject")
        for code in codes[:_PIECES]:
            for glyph, copied, across, down in self._pieces(font, code, glyphs):
                x, y = applied(matrix, across, down)
                outside = not (box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height)
                self._drawn.glyphs.append(
                    Glyph(font, glyph, copied, x, y, size * abs(d), colour, order, outside)
                )

    def _pieces(
        self, font: Font, code: etree._Element, transforms: list[etree._Element]
    ) -> Iterator[tuple[int, str, float, float]]:
        """Each glyph with the text that copying it gives, and its place in the object."""
        text = code.text or ""
        (across,), (down,) = _numbers(attribute(code, "X")), _numbers(attribute(code, "Y"))
        steps = _steps(code.get("DeltaX", ""))
        self._drawn.spend(len(text) + len(steps))
        if len(transforms) == 1:
            ids = _numbers(only_child(transforms[0], "Glyphs").text or "")
            counts = {len(ids), int(_numbers(attribute(transforms[0], "GlyphCount"))[0])}
            units = len(text.encode("utf-16-le")) // 2
            alike = (
                counts == {len(text)}
                and attribute(transforms[0], "CodePosition") == "0"
                and _numbers(attribute(transforms[0], "CodeCount")) == [float(units)]
            )
            if not alike:
                self._drawn.note("page.copied_text", "可复制的文字", text)
            copied = [*text, *[UNTOLD] * len(ids)][: len(ids)]
        else:
            # Without glyph ids a reader asks the font; ours always has them.
            ids, copied = [-1.0] * len(text), list(text)
        for index, (identifier, character) in enumerate(zip(ids, copied, strict=True)):
            if index:
                across += steps[index - 1] if index <= len(steps) else 0.0
            yield int(identifier), character, across, down

    # --- pictures ---------------------------------------------------------------------------

    def _image(self, element: etree._Element) -> None:
        box, matrix = _place(element)
        found = self._resources.code(attribute(element, "ResourceID"))
        a, b, c, d, e, f = matrix
        place = (e, f, a, d)
        plain = b == c == 0 and (box.x, box.y, box.width, box.height) == place
        dark, colour = found if found is not None and plain else (None, None)
        self._drawn.pictures.append(Picture(place, dark, colour, self._drawn.next()))


_EDGE: Final = 0.01
"""Millimetres by which a point may lie off its box: both are rounded."""


def _name(element: etree._Element) -> str:
    return str(element.tag).removeprefix(f"{{{NAMESPACE}}}")


def _place(element: etree._Element) -> tuple[Box, Matrix]:
    """The box of an object, and the matrix from its own coordinates to the page."""
    box = read_box(attribute(element, "Boundary"))
    numbers = _numbers(element.get("CTM", ""))
    inner: Matrix = IDENTITY
    if numbers:
        if len(numbers) != 6:
            raise Fault("CTM不是六个数", "a CTM that is not six numbers")
        a, b, c, d, e, f = numbers
        inner = (a, b, c, d, e, f)
    return box, times(inner, (1.0, 0.0, 0.0, 1.0, box.x, box.y))


def _numbers(value: str) -> list[float]:
    """An ST_Array of numbers."""
    if not _NUMBERS.fullmatch(value):
        raise Fault(f"{value[:40]!r}不是数", f"{value[:40]!r} is no number")
    return [float(word) for word in value.split()]


def _steps(value: str) -> list[float]:
    """DeltaX (11.3): distances, with `g count value` for equal ones."""
    words = value.split()
    steps: list[float] = []
    at = 0
    while at < len(words):
        if words[at] == "g":
            count, step = _numbers(" ".join(words[at + 1 : at + 3]))
            if not 0 <= count <= _MOST_STEPS:
                raise Fault("DeltaX过长", "too many steps in DeltaX")
            steps += [step] * int(count)
            at += 3
        else:
            steps += _numbers(words[at])
            at += 1
    return steps


_MOST_STEPS: Final = 10_000


def _segments(words: list[str]) -> Iterator[Segment]:
    """AbbreviatedData (9.3) as segments; arcs, which ours has not, break it off."""
    at = 0
    while at < len(words):
        letter = words[at]
        length = _LENGTHS.get(letter)
        if length is None or at + length >= len(words) + (length == 0):
            yield ("?",)
            return
        try:
            numbers = [float(word) for word in words[at + 1 : at + 1 + length]]
        except ValueError:
            yield ("?",)
            return
        yield ("M" if letter == "S" else letter, *numbers)
        at += 1 + length
