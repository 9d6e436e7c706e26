"""The revisions of a PDF (ISO 32000-2 7.5.6), told apart by their bytes.

A revision of ours is its objects one behind the other, a table that names each of them, a trailer,
and nothing else. It is read from the table backwards, and no byte of it is left over: an object
that the table does not name, or a remark between two objects, is what a reader that mends broken
files would take up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from verify import pdf_values
from verify.fault import Fault
from verify.limits import PDF_OBJECTS, PDF_REVISIONS
from verify.pdf_bytes import Span

_START: Final = re.compile(rb"startxref\n([0-9]{1,10})\n%%EOF\n\Z")
_TAIL_BYTES: Final = 64  # longer than the longest text that the expression above can match
_SUBSECTION: Final = re.compile(rb"(0|[1-9][0-9]{0,6}) ([1-9][0-9]{0,6})\n")
_ENTRY: Final = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf]) \n")
_OBJECT: Final = re.compile(rb"([1-9][0-9]{0,6}) 0 obj\n")
_FREE: Final = (0, 65535, b"f")


@dataclass(frozen=True)
class Object:
    """An object of a later revision: its value, its stream's data if it is one, its place."""

    value: pdf_values.Value
    stream: bytes | None
    span: Span


@dataclass(frozen=True)
class Revision:
    """What was appended at once; `trailer` is that of the revision before it, made anew."""

    end: int
    objects: Mapping[int, Object]
    trailer: Mapping[str, Any]


@dataclass(frozen=True)
class Layers:
    """A file as its first revision, and the later ones in order.

    Where the later ones cannot be told apart `first` is the whole file, and `fault` says why.
    """

    first: bytes
    first_trailer: Mapping[str, Any] = field(default_factory=dict)
    later: tuple[Revision, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True)
class _Section:
    """A table of objects' places with its trailer; `start` is where the table stands."""

    start: int
    places: Mapping[int, int]
    trailer: Mapping[str, Any]


def split(data: bytes) -> Layers:
    """Tell a file's revisions apart; never raises.

    A file of one revision is handed back as it is, whatever its form: that is judged elsewhere.
    """
    start = _START.search(data[-_TAIL_BYTES:])
    if start is None or b"/Prev" not in data[int(start[1]) :]:
        return Layers(data)
    try:
        return _layers(data)
    except Fault as fault:
        return Layers(data, fault=fault)


def _layers(data: bytes) -> Layers:
    later: list[Revision] = []
    end, section = len(data), _section(data, len(data))
    while "/Prev" in section.trailer:
        if len(later) == PDF_REVISIONS:
            raise Fault("修订版本过多", f"more than {PDF_REVISIONS} revisions were added")
        begin = min(section.places.values(), default=section.start)
        objects = _objects(data, begin, section)
        before = _section(data[:begin], begin)
        if section.trailer["/Prev"] != Decimal(before.start):
            raise Fault("修订版本的顺序不对", "a revision follows another than the one before it")
        later.insert(0, Revision(end, objects, section.trailer))
        end, section = begin, before
    return Layers(data[:end], section.trailer, tuple(later))


def _section(data: bytes, end: int) -> _Section:
    """The table and trailer at the end of a revision, which take up all that follows them."""
    match = _START.search(data, max(0, end - _TAIL_BYTES))
    if match is None:
        raise _malformed("the end")
    start = int(match[1])
    if data[start : start + 5] != b"xref\n":
        raise _malformed("the table")
    places, at = _places(data, start + 5)
    if data[at : at + 8] != b"trailer\n":
        raise _malformed("the trailer")
    trailer, at = pdf_values.read(data, at + 8)
    if not isinstance(trailer, dict) or data[at : at + 1] != b"\n" or at + 1 != match.start():
        raise _malformed("the trailer")
    return _Section(start, places, trailer)


def _places(data: bytes, at: int) -> tuple[dict[int, int], int]:
    """The places that a table gives to objects, and where it ends."""
    found: dict[int, int] = {}
    free = 0
    while match := _SUBSECTION.match(data, at):
        at = match.end()
        first, count = int(match[1]), int(match[2])
        if count > PDF_OBJECTS or len(found) > PDF_OBJECTS:
            raise _malformed("the table")
        for number in range(first, first + count):
            entry = _ENTRY.match(data, at)
            if entry is None or number in found:
                raise _malformed("the table")
            at = entry.end()
            place, generation, kind = int(entry[1]), int(entry[2]), entry[3]
            if number == 0 and (place, generation, kind) == _FREE:
                free += 1
            elif number and (generation, kind) == (0, b"n"):
                found[number] = place
            else:
                raise _malformed("the table")
    if free != 1:
        raise _malformed("the table")
    return found, at


def _objects(data: bytes, begin: int, section: _Section) -> dict[int, Object]:
    """The objects between two offsets: each where the table says, and nothing in between."""
    found: dict[int, Object] = {}
    at = begin
    while at < section.start:
        match = _OBJECT.match(data, at, section.start)
        if match is None or (number := int(match[1])) in found:
            raise _malformed(f"the object at byte {at}")
        if section.places.get(number) != at:
            raise _malformed(f"the place of object {number}")
        found[number] = _object(data, match.end(), at)
        at = found[number].span[1]
    if at != section.start or len(found) != len(section.places):
        raise _malformed("the table, which names other objects than there are")
    return found


def _object(data: bytes, at: int, begin: int) -> Object:
    value, at = pdf_values.read(data, at)
    stream = None
    if data[at : at + 8] == b"\nstream\n":
        length = value.get("/Length") if isinstance(value, dict) else None
        if not isinstance(length, Decimal) or length != int(length) or length < 0:
            raise _malformed("a stream's length")
        stream = data[at + 8 : at + 8 + int(length)]
        at += 8 + int(length)
        if data[at : at + 10] != b"\nendstream":
            raise _malformed("a stream's length")
        at += 10
    if data[at : at + 8] != b"\nendobj\n":
        raise _malformed(f"the object at byte {begin}")
    return Object(value, stream, (begin, at + 8))


def _malformed(what: str) -> Fault:
    return Fault(
        "追加的修订版本不是本系统的写法",
        f"a revision was added that Sealpress does not write so: {what}",
    )
