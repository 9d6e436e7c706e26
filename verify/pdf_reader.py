"""The objects of a PDF, read from its bytes by the rules of the standard alone, and within limits.

An object is where the table of places says, with the number and generation that the table says,
and ends where it says itself; nothing is searched for and nothing mended. `verify.pdf_syntax` reads
values, `verify.pdf_places` the tables.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from verify import pdf_places, pdf_syntax
from verify.fault import Fault
from verify.limits import PDF_DEPTH, PDF_OBJECTS, PDF_READ_FACTOR, PDF_VALUES
from verify.pdf_filters import Budget
from verify.pdf_objects import Dictionary, Reference, Stream, entry, name_in
from verify.pdf_places import Place
from verify.pdf_syntax import BLANK, END, SPACE, malformed

_HEADER: Final = re.compile(rb"%PDF-[0-9]\.[0-9]")
_OBJECT: Final = re.compile(
    rb"%b*+([0-9]{1,10})%b++([0-9]{1,5})%b++obj" % (BLANK, BLANK, BLANK) + END
)
_STREAM: Final = re.compile(SPACE + rb"stream[ \t]*+\r?\n")
_STREAM_END: Final = re.compile(BLANK + rb"*+endstream" + END)
_OBJECT_END: Final = re.compile(SPACE + rb"endobj" + END)
_PACKED_NUMBER: Final = re.compile(rb"[0-9]{1,10}")
_MARGIN: Final = 16_384
"""Bytes that may be read of even a tiny file."""


class _Object(NamedTuple):
    value: Any
    dictionaries: tuple[Dictionary, ...]


class _Packed(NamedTuple):
    """A stream of objects: its data, and the number and the place in it of each."""

    data: bytes
    places: tuple[tuple[int, int], ...]


class Reader:
    """A PDF by its objects; `trailers` are those of its revisions, the last one first.

    Every method raises Fault where the file cannot be read strictly.
    """

    def __init__(self, data: bytes) -> None:
        """Find the objects of a file; raises Fault."""
        if not _HEADER.match(data):
            raise Fault("文件不是以%PDF开头", "the file does not begin with a PDF header")
        self.data = data
        self._places: dict[int, Place | None] = {}
        self._objects: dict[int, _Object] = {}
        self._packed: dict[int, _Packed] = {}
        self._being_read: set[int] = set()
        self._budget = Budget()
        self._values_left: int = PDF_VALUES
        self._bytes_left = PDF_READ_FACTOR * len(data) + _MARGIN
        found = pdf_places.sections(self)
        self.trailers = tuple(one.trailer for one in found)
        for section in found:
            self._places = {**section.places, **self._places}
            if len(self._places) > PDF_OBJECTS:
                raise Fault(f"PDF对象超过{PDF_OBJECTS}个", f"more than {PDF_OBJECTS} PDF objects")

    def numbers(self) -> list[int]:
        """The numbers of all objects that are in use, in order."""
        return sorted(number for number, place in self._places.items() if place is not None)

    def root(self) -> Any:
        """The catalogue, which the last trailer names; None where it names none."""
        return entry(self.trailers[0], "/Root")

    def is_encrypted(self) -> bool:
        """Whether a trailer says so."""
        return any("/Encrypt" in trailer for trailer in self.trailers)

    def dictionaries(self, number: int) -> tuple[Dictionary, ...]:
        """The dictionaries of which an object consists, itself among them if it is one."""
        return self._object(number).dictionaries

    def resolve(self, reference: Reference) -> Any:
        """What a reference leads to; None where there is no such object (7.3.10)."""
        value: Any = reference
        for _ in range(PDF_DEPTH):
            if not isinstance(value, Reference):
                return value
            place = self._places.get(value.number)
            if place is None:
                return None
            if place.generation != value.generation:
                raise _wrong(value.number)
            value = self._object(value.number).value
        raise _circle()

    def _object(self, number: int) -> _Object:
        found = self._objects.get(number)
        if found is None:
            if number in self._being_read or len(self._being_read) > PDF_DEPTH:
                raise _circle()
            self._being_read.add(number)
            found = self._objects[number] = self._read(number)
            self._being_read.discard(number)
        return found

    def _read(self, number: int) -> _Object:
        place = self._places.get(number)
        if place is None:
            raise _wrong(number)
        if place.packed_in:
            return self._unpacked(number, place)
        found, written, generation = self._at(place.offset)
        if (written, generation) != (number, place.generation):
            raise _wrong(number)
        return found

    def _at(self, at: int) -> tuple[_Object, int, int]:
        """The object at an offset, with its number and generation as they stand there."""
        head = _OBJECT.match(self.data, at)
        if head is None:
            raise malformed(at)
        read = self._parsed(self.data, head.end())
        found, end = _Object(read.value, read.dictionaries), read.end
        begun = _STREAM.match(self.data, end)
        if begun is not None:
            found, end = self._with_data(read, begun.end())
        last = _OBJECT_END.match(self.data, end)
        if last is None:
            raise malformed(end)
        self._spend(last.end() - at)
        number = int(head[1])
        if isinstance(found.value, Dictionary):
            found.value.number = number
        return found, number, int(head[2])

    def _with_data(self, read: pdf_syntax.Read, at: int) -> tuple[_Object, int]:
        """A stream, whose dictionary was read, and the offset behind its last word."""
        length = entry(read.value, "/Length") if isinstance(read.value, Dictionary) else None
        if type(length) is not int or not 0 <= length <= len(self.data) - at:
            raise malformed(at)
        end = _STREAM_END.match(self.data, at + length)
        if end is None:
            raise malformed(at + length)
        stream = Stream(read.value, self.data[at : at + length], self._budget.decode)
        return _Object(stream, (*read.dictionaries[:-1], stream)), end.end()

    def _unpacked(self, number: int, place: Place) -> _Object:
        """An object out of a stream of objects (7.5.7), at its own place in it."""
        packed = self._packed.get(place.packed_in)
        if packed is None:
            packed = self._packed[place.packed_in] = self._unpack(place.packed_in)
        if place.offset >= len(packed.places) or packed.places[place.offset][0] != number:
            raise _wrong(number)
        read = self._parsed(packed.data, packed.places[place.offset][1])
        if isinstance(read.value, Reference):
            raise _wrong(number)
        if isinstance(read.value, Dictionary):
            read.value.number = number
        return _Object(read.value, read.dictionaries)

    def _unpack(self, number: int) -> _Packed:
        place = self._places.get(number)
        if place is None or place.packed_in or place.generation:
            raise _wrong(number)
        stream = self._object(number).value
        if not isinstance(stream, Stream) or name_in(stream, "/Type") != "/ObjStm":
            raise _wrong(number)
        count, first, data = entry(stream, "/N"), entry(stream, "/First"), stream.data
        if type(count) is not int or type(first) is not int or not 0 <= count <= PDF_OBJECTS:
            raise _wrong(number)
        words = data[:first].split(None, 2 * count)[: 2 * count]
        if len(words) < 2 * count or not all(_PACKED_NUMBER.fullmatch(one) for one in words):
            raise _wrong(number)
        self._bytes_left += PDF_READ_FACTOR * len(data)
        offsets = (first + int(one) for one in words[1::2])
        return _Packed(data, tuple(zip(map(int, words[::2]), offsets, strict=True)))

    def _parsed(self, data: bytes, at: int) -> pdf_syntax.Read:
        read = pdf_syntax.read(data, at, self.resolve, self._values_left)
        self._values_left -= read.values
        self._spend(read.end - at)
        return read

    def _spend(self, count: int) -> None:
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise Fault("PDF对象相互重叠", "PDF objects that lie inside one another")

    # --- what `pdf_places` asks for ----------------------------------------------------------

    def value(self, at: int) -> tuple[Any, int]:
        """The value at an offset, and the offset behind it."""
        read = self._parsed(self.data, at)
        return read.value, read.end

    def stream(self, at: int) -> Stream:
        """The object at an offset, which must be a stream."""
        found, _, _ = self._at(at)
        if not isinstance(found.value, Stream):
            raise malformed(at)
        return found.value


def _wrong(number: int) -> Fault:
    return Fault("PDF对象位置不符", f"a PDF object that is not where it should be: {number}")


def _circle() -> Fault:
    return Fault("PDF对象相互指向", "PDF objects that lead to one another")
