"""An OFD's package: a ZIP read by its own rules, strictly, in memory, once.

Ready-made ZIP readers start at the directory, believe it, and ignore everything it does not
name; that is how one file comes to show two different certificates to two programs. Here every
byte of the file must belong to exactly one record, and both headers of an entry must agree.

Rules that no honest file breaks raise a `Fault`. What is legal in a ZIP but never written by
Sealpress (extra fields, streamed sizes, folders) is kept as `oddities`: such a file can be
examined, but it is not one of ours.

What cannot be seen here: deflate can say the same bytes in several ways, so about one bit in two
thousand of a packed part can be changed without changing the part. Seals of ours therefore sign the
packed bytes too (`ofd_references`). In an older file every part is then still exactly what was
signed; only the digest of the whole file, which the register keeps, differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from verify import ofd_shared, ofd_xml
from verify.fault import Fault, said
from verify.limits import (
    FILE_BYTES,
    OFD_PART_BYTES,
    OFD_RATIO,
    OFD_RATIO_FLOOR,
    OFD_TOTAL_BYTES,
)
from verify.ofd_names import check_distinct, check_name
from verify.ofd_records import STORED, Entry, read_central, read_end, read_local


class Packed(NamedTuple):
    """A part as it stands in the file: its local header and its packed bytes.

    `stored` says that these are the part itself; `outside` is what only the directory says of it:
    version made by, disk, internal and external attributes.
    """

    name: str
    head: bytes
    octets: bytes
    stored: bool
    outside: tuple[int, ...]


@dataclass(frozen=True)
class Package:
    """The parts of a package by name, inflated and with their checksums found right.

    `packed` are the same parts in the order in which they stand; `oddities` are reasons why
    Sealpress cannot have written this file.
    """

    parts: Mapping[str, bytes]
    packed: tuple[Packed, ...]
    oddities: tuple[str, ...]
    _roots: dict[str, etree._Element] = field(default_factory=dict, compare=False, repr=False)

    def part(self, name: str) -> bytes:
        """The bytes of a part.

        Raises:
            Fault: there is no part of that name.
        """
        try:
            return self.parts[name]
        except KeyError:
            raise Fault(f"文件包缺少{name}", f"the package has no {name}") from None

    def root(self, name: str) -> etree._Element:
        """The root element of a part that is XML, parsed when it is first asked for.

        Raises:
            Fault: there is no such part, or it is not sound (`ofd_xml.parse`).
        """
        found = self._roots.get(name)
        if found is None:
            found = self._roots[name] = ofd_xml.parse(self.part(name), name)
        return found


def read(data: bytes) -> Package:
    """Read a package.

    Raises:
        Fault: the bytes break a rule of a ZIP, or a limit; the first one found is named.
    """
    if len(data) > FILE_BYTES:
        raise Fault(f"文件超过{FILE_BYTES}字节", f"larger than {FILE_BYTES} bytes")
    directory = read_end(data)
    entries = read_central(data, directory)
    for entry in entries:
        check_name(entry.name)
    check_distinct(entry.name for entry in entries)
    _check_sizes(entries)
    oddities = _Oddities()
    parts: dict[str, bytes] = {}
    packed: list[Packed] = []
    position = 0
    in_order = sorted(entries, key=lambda entry: entry.offset)
    for entry in in_order:
        local = read_local(data, entry, position, directory.offset)
        position = local.after
        inflated = _inflate(entry, local.packed)
        oddities.look_at(entry, extra=local.has_extra)
        if entry.name.endswith("/"):
            if inflated:
                raise Fault(f"目录条目{entry.name}有内容", f"the folder {entry.name} has bytes")
        else:
            parts[entry.name] = inflated
            stored = entry.method == STORED
            packed.append(Packed(entry.name, local.head, local.packed, stored, entry.outside))
    if position != directory.offset:
        raise Fault("ZIP目录之前有多余内容", "bytes before the ZIP directory")
    if tuple(in_order) != entries:
        oddities.add("条目次序与目录不同", "entries not in the directory's order")
    oddities.compare(entries)
    return Package(MappingProxyType(parts), tuple(packed), tuple(oddities.reasons))


def _check_sizes(entries: tuple[Entry, ...]) -> None:
    """Refuse bombs by what the directory announces; inflating holds them to it."""
    if sum(entry.inflated for entry in entries) > OFD_TOTAL_BYTES:
        raise Fault(
            f"解压后超过{OFD_TOTAL_BYTES}字节", f"more than {OFD_TOTAL_BYTES} bytes inflated"
        )
    for entry in entries:
        if entry.inflated > OFD_PART_BYTES:
            raise Fault(
                f"条目{entry.name}超过{OFD_PART_BYTES}字节",
                f"{entry.name} has more than {OFD_PART_BYTES} bytes",
            )
        if entry.inflated > OFD_RATIO_FLOOR and entry.inflated > OFD_RATIO * entry.packed:
            raise Fault(
                f"条目{entry.name}的压缩比超过{OFD_RATIO}", f"{entry.name} is a compression bomb"
            )


def _inflate(entry: Entry, packed: bytes) -> bytes:
    """An entry's bytes; never more than the announced size plus one byte is inflated."""
    if entry.method == STORED:
        inflated, crc = packed, zlib.crc32(packed)
    else:
        inflated, crc = _inflate_deflated(entry, packed)
    if len(inflated) != entry.inflated or crc != entry.crc:
        raise Fault(
            f"条目{entry.name}的大小或校验值不符", f"size or checksum of {entry.name} is wrong"
        )
    return inflated


def _inflate_deflated(entry: Entry, packed: bytes) -> tuple[bytes, int]:
    """Inflate a raw deflate stream that must end exactly where the entry ends; and its checksum."""
    try:
        found = ofd_shared.inflated(entry.name, packed, entry.inflated)
    except zlib.error as error:
        raise Fault(
            f"条目{entry.name}的压缩数据损坏", f"the deflate stream of {entry.name} is damaged"
        ) from error
    if not found.whole:
        raise Fault(
            f"条目{entry.name}的压缩数据未在结尾处结束",
            f"the deflate stream of {entry.name} does not end where the entry does",
        )
    return found.data, found.crc


class _Oddities:
    """Collects what is legal in a ZIP and yet never written by Sealpress."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def add(self, chinese: str, english: str) -> None:
        self.reasons.append(said(chinese, english))

    def look_at(self, entry: Entry, *, extra: bool) -> None:
        """What one entry carries besides its content."""
        name = entry.name
        if name.endswith("/"):
            self.add(f"目录条目{name}", f"a folder entry {name}")
        if entry.has_descriptor:
            self.add(f"{name}带数据描述符", f"a data descriptor after {name}")
        if extra or entry.has_extra or entry.has_comment:
            self.add(f"{name}带附加字段或注释", f"an extra field or comment at {name}")

    def compare(self, entries: tuple[Entry, ...]) -> None:
        """All entries must have the same versions, times and attributes, as one writer gives."""
        if len({(entry.common[0], *entry.common[3:], *entry.outside) for entry in entries}) > 1:
            self.add("各条目的时间或属性不一致", "entries differ in times or attributes")
