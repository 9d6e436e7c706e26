"""Reading DER (ITU-T X.690), and nothing but DER.

The reader hands out `Element`s whose `raw` bytes are those found in the input. What was signed is
verified over these bytes and never over a re-encoding, or a verifier would judge another text than
the signer did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from signing import der
from signing.errors import MalformedDer

MAX_BYTES = 4 << 20
"""Largest input read, bytes: a seal signature is a picture (at most 1 MB) and some certificates."""

MAX_DEPTH = 24
"""Deepest nesting read: a seal inside its signature with a certificate's extensions needs 12."""

MAX_INTEGER_BYTES = 64
"""Longest INTEGER read, bytes: serial numbers have at most 21, SM2 values 33."""

MAX_OID_BYTES = 64
"""Longest OBJECT IDENTIFIER read, bytes: those in use here have at most 11."""

_HIGH_TAG = 0x1F
_TIMES = {
    der.UTC_TIME: re.compile(r"\d{12}Z", re.ASCII),
    der.GENERALIZED_TIME: re.compile(r"\d{14}Z", re.ASCII),
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Element:
    """One element as found: its tag octet, its whole bytes `raw`, and its `content`.

    It lies in `data` from `at` to `end`, its content from `start` on: bytes are only copied where
    they are asked for, since a seal is nested four deep.
    """

    tag: int
    data: bytes
    at: int
    start: int
    end: int
    depth: int

    @property
    def raw(self) -> bytes:
        """The whole bytes, header and content."""
        return self.data[self.at : self.end]

    @property
    def content(self) -> bytes:
        """The bytes behind the header."""
        return self.data[self.start : self.end]

    def fields(self) -> Fields:
        """The elements inside this constructed one; raises MalformedDer."""
        if not self.tag & der.CONSTRUCTED:
            raise MalformedDer(f"a primitive element ({self.tag:#x}) holds no others")
        if self.depth >= MAX_DEPTH:
            raise MalformedDer(f"nested more than {MAX_DEPTH} deep")
        return Fields(self.data, self.depth + 1, self.start, self.end)

    def each(self, read_one: Callable[[Element], T]) -> tuple[T, ...]:
        """What `read_one` makes of every element inside this one."""
        fields, found = self.fields(), []
        while fields.more():
            found.append(read_one(fields.take()))
        return tuple(found)

    def inside(self, tag: int | None = None) -> Element:
        """The one element inside this EXPLICIT tag."""
        fields = self.fields()
        element = fields.take(tag)
        fields.end()
        return element

    def boolean(self) -> bool:
        """The value of a BOOLEAN (DER knows only 00 and FF)."""
        content = self._as(der.BOOLEAN)
        if content not in (b"\x00", der.TRUE):
            raise MalformedDer("a BOOLEAN is neither 00 nor FF")
        return content == der.TRUE

    def integer(self) -> int:
        """The value of an INTEGER; an octet too many is refused."""
        content = self._as(der.INTEGER)
        if not 1 <= len(content) <= MAX_INTEGER_BYTES:
            raise MalformedDer(f"an INTEGER of {len(content)} bytes")
        if len(content) > 1 and content[0] in (0x00, 0xFF) and content[0] >> 7 == content[1] >> 7:
            raise MalformedDer("an INTEGER is padded")
        return int.from_bytes(content, "big", signed=True)

    def enumerated(self) -> int:
        """The value of an ENUMERATED of one octet."""
        content = self._as(der.ENUMERATED)
        if len(content) != 1:
            raise MalformedDer("an ENUMERATED is not of one octet")
        return content[0]

    def octets(self) -> bytes:
        """The value of an OCTET STRING."""
        return self._as(der.OCTET_STRING)

    def bits(self) -> tuple[bytes, int]:
        """The octets of a BIT STRING and how many bits of the last one do not count."""
        content = self._as(der.BIT_STRING)
        if not content or content[0] > 7 or (content[0] and len(content) == 1):
            raise MalformedDer("a BIT STRING without a sound count of unused bits")
        if content[0] and content[-1] & ((1 << content[0]) - 1):
            raise MalformedDer("unused bits of a BIT STRING are set")
        return content[1:], content[0]

    def whole_bits(self) -> bytes:
        """The value of a BIT STRING that is whole octets."""
        value, unused = self.bits()
        if unused:
            raise MalformedDer("a BIT STRING that must be whole octets is not")
        return value

    def oid(self) -> str:
        """The value of an OBJECT IDENTIFIER, dotted."""
        return _dotted(self._as(der.OBJECT_IDENTIFIER))

    def null(self) -> None:
        """Checks that this is a NULL."""
        if self._as(der.NULL):
            raise MalformedDer("a NULL with content")

    def text(self, *tags: int) -> str:
        """The value of a character string of one of these types (by default all that are known)."""
        allowed = tags or tuple(der.TEXT_ENCODINGS)
        if self.tag not in allowed:
            raise MalformedDer(f"a character string expected, found {self.tag:#x}")
        try:
            value = self.content.decode(der.TEXT_ENCODINGS[self.tag])
        except UnicodeDecodeError as error:
            raise MalformedDer("a character string with bytes of another encoding") from error
        if self.tag == der.PRINTABLE_STRING and der.NOT_PRINTABLE.search(value):
            raise MalformedDer("a PrintableString with characters it cannot hold")
        return value

    def time(self, *tags: int) -> datetime:
        """The value of a GeneralizedTime or UTCTime: UTC, whole seconds, with Z."""
        allowed = tags or tuple(_TIMES)
        if self.tag not in allowed:
            raise MalformedDer(f"a time expected, found {self.tag:#x}")
        written = self.content.decode("latin-1")
        if not _TIMES[self.tag].fullmatch(written):
            raise MalformedDer(f"a time of another form than UTC seconds: {written[:40]!r}")
        if self.tag == der.UTC_TIME:  # RFC 5280 4.1.2.5.1: 50 to 99 are of the twentieth century
            written = ("19" if written >= "50" else "20") + written
        try:
            month, day, hour, minute, second = (int(written[at : at + 2]) for at in range(4, 14, 2))
            return datetime(int(written[:4]), month, day, hour, minute, second, tzinfo=UTC)
        except ValueError as error:
            raise MalformedDer(f"no such moment: {written!r}") from error

    def _as(self, tag: int) -> bytes:
        if self.tag != tag:
            raise MalformedDer(f"element {tag:#04x} expected, found {self.tag:#04x}")
        return self.content


class Fields:
    """The elements of a constructed one, taken in order: those in `data` from `at` to `end`."""

    def __init__(self, data: bytes, depth: int, at: int = 0, end: int | None = None) -> None:
        self._data = data
        self._depth = depth
        self._at = at
        self._end = len(data) if end is None else end

    def more(self) -> bool:
        """Whether an element is left."""
        return self._at < self._end

    def take(self, tag: int | None = None) -> Element:
        """The next element, of that tag if one is given; raises MalformedDer."""
        element = _element(self._data, self._at, self._end, self._depth)
        if tag is not None and element.tag != tag:
            raise MalformedDer(f"element {tag:#04x} expected, found {element.tag:#04x}")
        self._at = element.end
        return element

    def optional(self, tag: int) -> Element | None:
        """The next element if it has that tag, else None."""
        if self.more() and self._data[self._at] == tag:
            return self.take(tag)
        return None

    def end(self) -> None:
        """Raises MalformedDer if an element is left."""
        if self.more():
            raise MalformedDer("more elements than the structure has")


def read(data: bytes, tag: int | None = None, max_bytes: int = MAX_BYTES) -> Element:
    """The one element that `data` is, to the last byte.

    Raises MalformedDer, also where it is larger than `max_bytes` or bytes follow it.
    """
    if len(data) > max_bytes:
        raise MalformedDer(f"{len(data)} bytes, more than the {max_bytes} allowed")
    fields = Fields(bytes(data), 0)
    element = fields.take(tag)
    fields.end()
    return element


def _element(data: bytes, at: int, room: int, depth: int) -> Element:
    """The element at `at`, which must be over at `room`."""
    if room - at < 2:
        raise MalformedDer("the bytes end inside an element")
    tag, size = data[at], data[at + 1]
    if tag & _HIGH_TAG == _HIGH_TAG or tag == 0:
        raise MalformedDer(f"a tag that does not occur here ({tag:#x})")
    start = at + 2
    if size >= der.LONG_FORM:
        count = size & 0x7F
        octets = data[start : min(start + count, room)]
        size = int.from_bytes(octets, "big")
        if not 1 <= count <= 4 or len(octets) < count or octets[0] == 0 or size < der.LONG_FORM:
            raise MalformedDer("a length that is not definite and of the fewest octets")
        start += count
    end = start + size
    if end > room:
        raise MalformedDer("the bytes end inside an element")
    return Element(tag, data, at, start, end, depth)


def _dotted(content: bytes) -> str:
    if not content or len(content) > MAX_OID_BYTES or content[-1] & 0x80:
        raise MalformedDer("an OBJECT IDENTIFIER that is empty, too long or cut off")
    arcs: list[int] = []
    arc, fresh = 0, True
    for octet in content:
        if fresh and octet == 0x80:
            raise MalformedDer("an OBJECT IDENTIFIER with a padded arc")
        arc, fresh = arc << 7 | octet & 0x7F, not octet & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:])))
