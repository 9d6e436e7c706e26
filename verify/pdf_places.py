"""Where the objects of a PDF stand: its tables and streams of places (ISO 32000-2 7.5.4, 7.5.8).

From the last one, to which the end of the file leads, back through all that were before it. A file
that gives an object two places at once, or that has tables for old readers beside streams for new
ones (hybrid, 7.5.8.4), is refused: two readers would find two files in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from verify.fault import Fault
from verify.limits import PDF_OBJECTS
from verify.pdf_objects import Array, Dictionary, Stream, name_in
from verify.pdf_syntax import BLANK, SPACE, malformed

_END_WINDOW: Final = 1024  # bytes; there the end mark must be, and whatever may stand behind it
_START: Final = re.compile(rb"startxref%b++([0-9]{1,10})%b++\Z" % (BLANK, BLANK))
_START_BYTES: Final = 64  # longer than the expression above is written anywhere
_TABLE: Final = re.compile(rb"%b*+xref%b++" % (BLANK, BLANK))
_SUBSECTION: Final = re.compile(rb"([0-9]{1,10})%b++([0-9]{1,10})%b++" % (BLANK, BLANK))
_ENTRY: Final = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])(?: ?\r?\n| ?\r)")
_TRAILER: Final = re.compile(SPACE + rb"trailer")
_GENERATIONS: Final = 0xFFFF


class Place(NamedTuple):
    """An object's place: its offset in the file, or that in which stream of objects.

    `offset` counts the objects of that stream, whose number is `packed_in`, where that is not 0.
    """

    offset: int
    generation: int
    packed_in: int = 0


class Section(NamedTuple):
    """The places that one revision gives, None to what it frees, and its trailer.

    `size` is one more than the highest number that it may know of.
    """

    places: Mapping[int, Place | None]
    trailer: Dictionary
    size: int


class Source(Protocol):
    """A file whose values can be read, before anything is known of its places."""

    data: bytes

    def value(self, at: int) -> tuple[object, int]:
        """The value at an offset and the offset behind it; raises Fault."""

    def stream(self, at: int) -> Stream:
        """The object at an offset, which must be a stream; raises Fault."""


def sections(source: Source) -> list[Section]:
    """The sections of a file, the last one first.

    Raises:
        Fault: they are malformed, or lead round in a circle.
    """
    found: list[Section] = []
    at: object = _start(source.data)
    seen = set()
    while at is not None:
        if not isinstance(at, int) or isinstance(at, bool) or at in seen:
            raise _strange("the chain of its tables")
        if not 0 <= at < len(source.data):
            raise _strange("a table outside of it")
        seen.add(at)
        section = _section(source, at)
        if found and section.size > found[-1].size:
            raise _strange("a table that grows smaller")
        found.append(section)
        at = section.trailer.raw("/Prev") if "/Prev" in section.trailer else None
    return found


def _start(data: bytes) -> int:
    """Where the last table stands, which the end of the file says."""
    end = data.rfind(b"%%EOF", max(0, len(data) - _END_WINDOW))
    match = _START.search(data[max(0, end - _START_BYTES) : end]) if end >= 0 else None
    if match is None:
        raise _strange("its end")
    return int(match[1])


def _section(source: Source, at: int) -> Section:
    match = _TABLE.match(source.data, at)
    if match is None:
        stream = source.stream(at)
        trailer: Dictionary = stream
        if name_in(stream, "/Type") != "/XRef":
            raise _strange("a table that is none")
        entries = _packed_entries(stream)
    else:
        entries, at = _entries(source.data, match.end())
        value, _ = source.value(at)
        if not isinstance(value, Dictionary) or "/XRefStm" in value:
            raise _strange("its trailer")
        trailer = value
    size = _size(trailer)
    places: dict[int, Place | None] = {}
    for number, place in entries:
        if number in places:
            raise _strange(f"two places of object {number}")
        places[number] = place
    if max(places, default=0) >= max(1, size):
        raise _strange("the number of its objects")
    places.pop(0, None)  # the head of the list of free objects is none
    return Section(places, trailer, size)


def _size(trailer: Dictionary) -> int:
    found = trailer.raw("/Size") if "/Size" in trailer else None
    if type(found) is not int or found < 0:
        raise _strange("the number of its objects")
    return found


_Entries = list[tuple[int, Place | None]]


def _entries(data: bytes, at: int) -> tuple[_Entries, int]:
    """What a table says, and the offset behind the word that ends it."""
    found: _Entries = []
    while match := _SUBSECTION.match(data, at):
        at = match.end()
        first, count = int(match[1]), int(match[2])
        _check_count(count + len(found))
        for number in range(first, first + count):
            entry = _ENTRY.match(data, at)
            if entry is None or int(entry[2]) > _GENERATIONS:
                raise malformed(at)
            at = entry.end()
            in_use = entry[3] == b"n"
            found.append((number, Place(int(entry[1]), int(entry[2])) if in_use else None))
    trailer = _TRAILER.match(data, at)
    if trailer is None:
        raise malformed(at)
    return found, trailer.end()


def _packed_entries(stream: Stream) -> _Entries:
    """What a stream of places says."""
    widths, data = _whole(stream, "/W"), stream.data
    index = _whole(stream, "/Index") if "/Index" in stream else [0, _size(stream)]
    if len(widths) != 3 or max(widths) > 8 or len(index) % 2:
        raise _strange("a stream of places")
    step, counts = sum(widths), index[1::2]
    _check_count(sum(counts))
    if step * sum(counts) != len(data):
        raise _strange("a stream of places")
    runs = zip(index[::2], counts, strict=True)
    numbers = [number for first, count in runs for number in range(first, first + count)]
    return [
        (number, _place(data[at * step : (at + 1) * step], widths))
        for at, number in enumerate(numbers)
    ]


def _place(row: bytes, widths: list[int]) -> Place | None:
    """A row of a stream of places: its kind, which is 1 where it is not told, and two numbers."""
    ends = (widths[0], widths[0] + widths[1], len(row))
    kind = int.from_bytes(row[: ends[0]], "big") if widths[0] else 1
    second = int.from_bytes(row[ends[0] : ends[1]], "big")
    third = int.from_bytes(row[ends[1] :], "big")
    if kind == 0:
        return None
    if kind == 1 and third <= _GENERATIONS:
        return Place(second, third)
    if kind == 2 and second:
        return Place(third, 0, packed_in=second)
    raise _strange("a stream of places")


def _whole(stream: Stream, key: str) -> list[int]:
    """An array of whole numbers, none below zero."""
    found = stream.raw(key) if key in stream else None
    if not isinstance(found, Array) or not all(
        type(one) is int and one >= 0 for one in found.raw()
    ):
        raise _strange("a stream of places")
    return list(found.raw())


def _check_count(count: int) -> None:
    if count > PDF_OBJECTS:
        raise Fault(f"PDF对象超过{PDF_OBJECTS}个", f"more than {PDF_OBJECTS} PDF objects")


def _strange(what: str) -> Fault:
    return Fault("PDF结构不合规范", f"a PDF whose objects cannot be found: {what}")
