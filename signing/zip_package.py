"""A ZIP package that parts are added to while every byte of its entries stays (APPNOTE.TXT 6.3).

Only the plainest ZIP is taken: sizes in the local headers, entries one after the other from the
first byte, no comment, no encryption, no ZIP64. Whatever else a ZIP may say is a place where two
readers see two files, and such a package must not be sealed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

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

_STORED, _DEFLATED = 0, 8
_VERSION = 20  # 2.0: folders and deflate
_UTF8_NAME = 0x0800
_LEVEL_HINTS = 0x0006  # how hard deflate tried; says nothing about the content
_TIME, _DATE = 0, 0x0021  # 1980-01-01 00:00, the first moment ZIP can tell


@dataclass(frozen=True)
class _Entry:
    """One line of the central directory; `start` is where the local header stands."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int


@dataclass(frozen=True)
class PackedPart:
    """A part as packed: what is equal here is equal unpacked, so it need not be unpacked again."""

    name: str
    method: int
    octets: bytes
    size: int
    crc: int

    def unpack(self) -> bytes:
        """The part's own bytes; raises MalformedPackage where it is broken."""
        stored = self.method == _STORED
        part = self.octets if stored else _inflated(self.name, self.octets, self.size)
        if len(part) != self.size or zlib.crc32(part) != self.crc:
            raise MalformedPackage(f"the part {self.name} is broken")
        return part


class ZipPackage:
    """A package as found; raises MalformedPackage where its ZIP is not of the plainest kind."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._directory, self._count = _end_record(data)
        self._entries = dict(_entries(data, self._directory, self._count))
        if len(self._entries) != self._count:
            raise MalformedPackage("two entries of the package have the same name")
        if sum(entry.size for entry in self._entries.values()) > MAX_PACKAGE_BYTES:
            raise MalformedPackage(f"the package unpacks to more than {MAX_PACKAGE_BYTES} bytes")
        self._spans = _spans(data, self._entries, self._directory)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the order of the directory."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """The unpacked bytes of a part; raises MalformedPackage where it is missing or broken."""
        return self.packed(name).unpack()

    def packed(self, name: str) -> PackedPart:
        """A part as it stands in the package; raises MalformedPackage where it is missing."""
        entry = self._entries.get(name)
        if entry is None:
            raise MalformedPackage(f"the package has no part {name}")
        start = self._spans[name]
        octets = self._data[start : start + entry.packed]
        return PackedPart(name, entry.method, octets, entry.size, entry.crc)

    def with_parts(self, parts: Iterable[tuple[str, bytes]]) -> bytes:
        """The package with these parts after its own, stored as they are.

        They are not deflated: a seal's picture is so already, and digests do not shrink.
        """
        body = [self._data[: self._directory]]
        lines = [self._data[self._directory : -_END.size]]
        names, at = set(self._entries), self._directory
        for name, part in parts:
            if name in names:
                raise MalformedPackage(f"the package has a part {name} already")
            names.add(name)
            written, line = _packed(name, part, at)
            body.append(written)
            lines.append(line)
            at += len(written)
        directory = b"".join(lines)
        end = _END.pack(_END_MARK, 0, 0, len(names), len(names), len(directory), at, 0)
        return b"".join((*body, directory, end))


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


def _entries(data: bytes, at: int, count: int) -> Iterable[tuple[str, _Entry]]:
    end = len(data) - _END.size
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != _CENTRAL_MARK:
            raise MalformedPackage("the directory of the ZIP is broken")
        line = _CENTRAL.unpack_from(data, at)
        flags, method, crc, packed, size, name_size, extra, comment = (*line[3:5], *line[7:13])
        name = _name(data[at + _CENTRAL.size : at + _CENTRAL.size + name_size], flags)
        if flags & ~(_UTF8_NAME | _LEVEL_HINTS) or method not in (_STORED, _DEFLATED):
            raise MalformedPackage(f"the part {name} is packed in a way that is not read here")
        if size > MAX_PART_BYTES:
            raise MalformedPackage(f"the part {name} has {size} bytes unpacked")
        yield name, _Entry(flags, method, crc, packed, size, line[16])
        at += _CENTRAL.size + name_size + extra + comment
    if at != end:
        raise MalformedPackage("the directory of the ZIP is broken")


def _name(raw: bytes, flags: int) -> str:
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
        mark, _, flags, method, _, _, *sizes, name_size, extra = _LOCAL.unpack_from(
            data, entry.start
        )
        start = entry.start + _LOCAL.size + name_size + extra
        same = (flags, method, *sizes) == (*(entry.flags, entry.method, entry.crc), *_sizes(entry))
        raw = data[entry.start + _LOCAL.size :][:name_size]
        if mark != _LOCAL_MARK or not same or raw != name.encode():
            raise MalformedPackage(f"the part {name} is described in two ways")
        found[name], expected = start, start + entry.packed
    if expected != directory:
        raise MalformedPackage("the parts of the ZIP do not stand side by side")
    return found


def _sizes(entry: _Entry) -> tuple[int, int]:
    return entry.packed, entry.size


def _inflated(name: str, packed: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        part = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise MalformedPackage(f"the part {name} is broken") from error
    if not inflater.eof or inflater.unused_data:
        raise MalformedPackage(f"the part {name} does not unpack to the size it names")
    return part


def _packed(name: str, part: bytes, at: int) -> tuple[bytes, bytes]:
    """A stored entry, and its line of the directory when it stands at byte `at`."""
    encoded = name.encode()
    flags = 0 if name.isascii() else _UTF8_NAME
    size, crc = len(part), zlib.crc32(part)
    common = (_VERSION, flags, _STORED, _TIME, _DATE, crc, size, size, len(encoded), 0)
    local = _LOCAL.pack(_LOCAL_MARK, *common) + encoded + part
    return local, _CENTRAL.pack(_CENTRAL_MARK, _VERSION, *common, 0, 0, 0, 0, at) + encoded
