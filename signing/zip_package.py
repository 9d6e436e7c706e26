"""A ZIP package that parts are added to while the bytes of its entries stay (APPNOTE.TXT 6.3).

Only the plainest ZIP is taken: sizes in the local headers, entries one after the other from the
first byte, no comment, no encryption, no ZIP64. Whatever else a ZIP may say is a place where two
readers see two files, and such a package must not be sealed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from signing.errors import MalformedPackage

MAX_ENTRIES = 1_000
"""Most parts of a package; a certificate has about 15."""

MAX_PART_BYTES = 64 << 20
"""Largest part unpacked, bytes: an embedded font in full has 31 MB."""

MAX_PACKAGE_BYTES = 256 << 20
"""Largest sum of all parts unpacked, bytes."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

_START = _CENTRAL.size - 4  # where a line of the directory says where its entry stands
_STORED, _DEFLATED = 0, 8
_VERSION = MADE_BY = 20  # 2.0: folders and deflate; and FAT, so that no rights are recorded
_UTF8_NAME = 0x0800
_LEVEL_HINTS = 0x0006  # how hard deflate tried; says nothing about the content
_TIME, _DATE = 0, 0x0021  # 1980-01-01 00:00, the first moment ZIP can tell


Octets = bytes | memoryview


class _Entry(NamedTuple):
    """One line of the central directory; `start` is where the local header stands."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int


class PackedPart(NamedTuple):
    """A part as packed: what is equal here is equal unpacked, so it need not be unpacked again.

    `head` is its local header as it stands, with name and extra field.
    """

    name: str
    method: int
    head: bytes
    octets: bytes
    size: int
    crc: int

    @property
    def stored(self) -> bool:
        """Whether the packed bytes are the part itself."""
        return self.method == _STORED

    def unpack(self) -> bytes:
        """The part's own bytes; raises MalformedPackage where it is broken."""
        part = self.octets if self.stored else _inflated(self.name, self.octets, self.size)
        self.require_is(part)
        return part

    def require_is(self, part: bytes) -> None:
        """Raises MalformedPackage where `part` is not what this unpacks to, by size and CRC-32."""
        if len(part) != self.size or zlib.crc32(part) != self.crc:
            raise MalformedPackage(f"the part {self.name} is broken")


def to_store(name: str, part: bytes) -> PackedPart:
    """A part as it is added to a package: not deflated, with the one time that ZIP tells first.

    A seal's picture is compressed already, and digests do not shrink.
    """
    crc, size = zlib.crc32(part), len(part)
    head = _LOCAL.pack(_LOCAL_MARK, *_common(name, crc, size)) + name.encode()
    return PackedPart(name, _STORED, head, part, size, crc)


def head_start(name: str) -> bytes:
    """How the local header of a part made `to_store` begins, up to its checksum and sizes."""
    return to_store(name, b"").head[: _LOCAL.size - 16]


class ZipPackage:
    """A package as found; raises MalformedPackage where its ZIP is not of the plainest kind."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._directory, self._count = _end_record(data)
        read = list(_entries(data, self._directory, self._count))
        self._entries = {name: entry for name, entry, _ in read}
        self._lines = {name: line for name, _, line in read}
        if len(self._entries) != self._count:
            raise MalformedPackage("two entries of the package have the same name")
        if sum(entry.size for entry in self._entries.values()) > MAX_PACKAGE_BYTES:
            raise MalformedPackage(f"the package unpacks to more than {MAX_PACKAGE_BYTES} bytes")
        self._spans = _spans(data, self._entries, self._directory)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the order in which they stand."""
        return tuple(self._spans)

    def read(self, name: str) -> bytes:
        """The unpacked bytes of a part; raises MalformedPackage where it is missing or broken."""
        return self.packed(name).unpack()

    def packed(self, name: str) -> PackedPart:
        """A part as it stands in the package; raises MalformedPackage where it is missing."""
        entry = self._entries.get(name)
        if entry is None:
            raise MalformedPackage(f"the package has no part {name}")
        start = self._spans[name]
        head, octets = self._data[entry.start : start], self._data[start : start + entry.packed]
        return PackedPart(name, entry.method, head, octets, entry.size, entry.crc)

    def with_parts(self, parts: Iterable[PackedPart], without: str | None = None) -> bytes:
        """The package with parts made `to_store` after its own, and without one of its own."""
        body, lines, names, at = self._kept(without)
        for part in parts:
            if part.name in names:
                raise MalformedPackage(f"the package has a part {part.name} already")
            names.add(part.name)
            body += (part.head, part.octets)
            lines.append(_line(part, at))
            at += len(part.head) + len(part.octets)
        directory = b"".join(lines)
        end = _END.pack(_END_MARK, 0, 0, len(names), len(names), len(directory), at, 0)
        return b"".join((*body, directory, end))

    def _kept(self, without: str | None) -> tuple[list[Octets], list[Octets], set[str], int]:
        """The entries, their lines of the directory, their names, and where the entries end."""
        if without not in self._entries:
            whole = memoryview(self._data)  # joined later, and not copied before
            lines: list[Octets] = [whole[self._directory : -_END.size]]
            return [whole[: self._directory]], lines, set(self._entries), self._directory
        gone = self._entries[without]
        after = self._spans[without] + gone.packed
        body: list[Octets] = [self._data[: gone.start], self._data[after : self._directory]]
        lines = [
            _moved(self._data[begin:end], gone.start, after - gone.start)
            for name, (begin, end) in self._lines.items()
            if name != without
        ]
        kept = set(self._entries) - {without}
        return body, lines, kept, self._directory - (after - gone.start)


def _end_record(data: bytes) -> tuple[int, int]:
    """Where the directory begins and how many lines it has."""
    if len(data) < _END.size or data[-_END.size :][:4] != _END_MARK:
        raise MalformedPackage("this is no ZIP file, or something follows its last record")
    _, disk, first, here, count, size, start, comment = _END.unpack(data[-_END.size :])
    if disk or first or comment or here != count or start + size + _END.size != len(data):
        raise MalformedPackage("the last record of the ZIP does not describe this file")
    if not 1 <= count <= MAX_ENTRIES:
        raise MalformedPackage(f"the package has {count} parts; 1 to {MAX_ENTRIES} are allowed")
    return start, count


def _entries(data: bytes, at: int, count: int) -> Iterable[tuple[str, _Entry, tuple[int, int]]]:
    """Each entry's name, what the directory says of it, and from where to where it says so."""
    end = len(data) - _END.size
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != _CENTRAL_MARK:
            raise MalformedPackage("the directory of the ZIP is broken")
        (_, _, _, flags, method, _, _, crc, packed, size,
         name_size, extra, comment, _, _, _, start) = _CENTRAL.unpack_from(data, at)  # fmt: skip
        name = _name(data[at + _CENTRAL.size : at + _CENTRAL.size + name_size], flags)
        if flags & ~(_UTF8_NAME | _LEVEL_HINTS) or method not in (_STORED, _DEFLATED):
            raise MalformedPackage(f"the part {name} is packed in a way that is not read here")
        if size > MAX_PART_BYTES:
            raise MalformedPackage(f"the part {name} has {size} bytes unpacked")
        after = at + _CENTRAL.size + name_size + extra + comment
        yield name, _Entry(flags, method, crc, packed, size, start), (at, after)
        at = after
    if at != end:
        raise MalformedPackage("the directory of the ZIP is broken")


@lru_cache(maxsize=1024)
def _name(raw: bytes, flags: int) -> str:
    """A name as text; kept, since packages of one kind name their parts alike."""
    try:
        name = raw.decode("utf-8" if flags & _UTF8_NAME else "ascii")
    except UnicodeDecodeError as error:
        raise MalformedPackage("the name of a part is not UTF-8") from error
    if "\\" in name or "\x00" in name or any(step in ("", ".", "..") for step in name.split("/")):
        raise MalformedPackage(f"{name!r} is no name of a part")
    return name


def _spans(data: bytes, entries: dict[str, _Entry], directory: int) -> dict[str, int]:
    """Where the bytes of each part begin; all entries must stand side by side from byte 0."""
    found, expected = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1].start):
        if entry.start != expected or entry.start + _LOCAL.size > directory:
            raise MalformedPackage("the parts of the ZIP do not stand side by side")
        mark, _, flags, method, _, _, crc, packed, size, name_size, extra = _LOCAL.unpack_from(
            data, entry.start
        )
        named = entry.start + _LOCAL.size
        start = named + name_size + extra
        same = (flags, method, crc, packed, size) == entry[:5]
        raw = data[named : named + name_size]
        if mark != _LOCAL_MARK or not same or raw != name.encode():
            raise MalformedPackage(f"the part {name} is described in two ways")
        found[name], expected = start, start + entry.packed
    if expected != directory:
        raise MalformedPackage("the parts of the ZIP do not stand side by side")
    return found


def _inflated(name: str, packed: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        part = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise MalformedPackage(f"the part {name} is broken") from error
    if not inflater.eof or inflater.unused_data:
        raise MalformedPackage(f"the part {name} does not unpack to the size it names")
    return part


def _common(name: str, crc: int, size: int) -> tuple[int, ...]:
    """What both headers of a stored part say, from the version needed to the extra field."""
    flags = 0 if name.isascii() else _UTF8_NAME
    return (_VERSION, flags, _STORED, _TIME, _DATE, crc, size, size, len(name.encode()), 0)


def _line(part: PackedPart, at: int) -> bytes:
    """The line of the directory for a stored part that stands at byte `at`."""
    common = _common(part.name, part.crc, part.size)
    return _CENTRAL.pack(_CENTRAL_MARK, MADE_BY, *common, 0, 0, 0, 0, at) + part.name.encode()


def _moved(line: bytes, after: int, by: int) -> bytes:
    """A line of the directory, its entry `by` bytes further to the front if it stood `after`."""
    start = int.from_bytes(line[_START : _CENTRAL.size], "little")
    if start <= after:
        return line
    return line[:_START] + (start - by).to_bytes(4, "little") + line[_CENTRAL.size :]
