"""The three kinds of record a ZIP is made of, read from their fixed bytes (APPNOTE.TXT 4.3).

Nothing is searched for and nothing is skipped: a record either stands where it must, or a
`Fault` says that it does not.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from verify.fault import Fault
from verify.limits import OFD_ENTRIES, OFD_NAME_BYTES

_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DESCRIPTOR: Final = struct.Struct("<3L")
_DESCRIPTOR_MARK: Final = b"PK\x07\x08"

STORED: Final = 0
DEFLATED: Final = 8

_FLAG_DESCRIPTOR: Final = 0x0008
_FLAG_UTF8: Final = 0x0800
_FLAGS_ALLOWED: Final = _FLAG_DESCRIPTOR | _FLAG_UTF8 | 0x0006  # bits 1, 2: deflate's effort
_WIDE: Final = 0xFFFFFFFF  # stands for "see the ZIP64 record", which no certificate needs


@dataclass(frozen=True)
class Directory:
    """The end record: where the central directory begins and how many entries it has."""

    offset: int
    size: int
    entries: int


class Entry(NamedTuple):
    """One entry as the central directory gives it; `offset` is that of its local header.

    `stamp` is everything about it that no digest covers: versions, flags, times, attributes.
    """

    name: str
    raw_name: bytes
    method: int
    crc: int
    packed: int
    inflated: int
    offset: int
    common: tuple[int, ...]  # version needed, flags, method, time, date: also in the local header
    outside: tuple[int, ...]  # version made by, disk, internal and external attributes
    has_extra: bool
    has_comment: bool

    @property
    def has_descriptor(self) -> bool:
        """Whether the sizes follow the data (streamed ZIPs) in place of standing before it."""
        return bool(self.common[1] & _FLAG_DESCRIPTOR)


def read_end(data: bytes) -> Directory:
    """The end record, which must be the last 22 bytes: no comment, one disk, no ZIP64.

    Raises:
        Fault: it is not there, or the directory does not reach exactly up to it.
    """
    if len(data) < _END.size:
        raise Fault("文件太短，不是ZIP", "too short for a ZIP")
    mark, disk, first_disk, here, entries, size, offset, comment = _END.unpack_from(
        data, len(data) - _END.size
    )
    if mark != b"PK\x05\x06" or comment:
        raise Fault(
            "ZIP结束记录不在文件末尾，或带有注释",
            "the ZIP end record is not at the very end, or has a comment",
        )
    if disk or first_disk or here != entries:
        raise Fault("分卷ZIP", "a ZIP on several disks")
    if entries > OFD_ENTRIES:
        raise Fault(f"ZIP条目超过{OFD_ENTRIES}个", f"more than {OFD_ENTRIES} ZIP entries")
    if offset + size != len(data) - _END.size:
        raise Fault(
            "ZIP目录与结束记录之间有多余内容", "the ZIP directory does not reach its end record"
        )
    return Directory(offset, size, entries)


def read_central(data: bytes, directory: Directory) -> tuple[Entry, ...]:
    """The central directory: exactly the entries announced, filling exactly its room.

    Raises:
        Fault: a record is missing, damaged, encrypted, or uses what a certificate never needs.
    """
    position = directory.offset
    end = directory.offset + directory.size
    entries = []
    for _ in range(directory.entries):
        entry, position = _read_central_record(data, position, end)
        entries.append(entry)
    if position != end:
        raise Fault("ZIP目录中有多余内容", "surplus bytes in the ZIP directory")
    return tuple(entries)


def _read_central_record(data: bytes, position: int, end: int) -> tuple[Entry, int]:
    """One record of the directory and the place after it."""
    if position + _CENTRAL.size > end:
        raise Fault("ZIP目录不完整", "the ZIP directory is cut short")
    (
        mark, made_by, needed, flags, method, time, date, crc, packed, inflated,
        name_size, extra_size, comment_size, disk, internal, external, offset,
    ) = _CENTRAL.unpack_from(data, position)  # fmt: skip
    after = position + _CENTRAL.size + name_size + extra_size + comment_size
    if mark != b"PK\x01\x02" or after > end:
        raise Fault("ZIP目录记录损坏", "a damaged record in the ZIP directory")
    if disk or _WIDE in (packed, inflated, offset):
        raise Fault("ZIP64或分卷条目", "a ZIP64 entry, or one on another disk")
    _check_flags_and_method(flags, method)
    raw = data[position + _CENTRAL.size : position + _CENTRAL.size + name_size]
    entry = Entry(
        name=_name(raw, flags),
        raw_name=raw,
        method=method,
        crc=crc,
        packed=packed,
        inflated=inflated,
        offset=offset,
        common=(needed, flags, method, time, date),
        outside=(made_by, disk, internal, external),
        has_extra=bool(extra_size),
        has_comment=bool(comment_size),
    )
    return entry, after


def _check_flags_and_method(flags: int, method: int) -> None:
    """Refuse encryption, patches and every method but stored and deflate."""
    if flags & ~_FLAGS_ALLOWED:
        raise Fault("ZIP条目已加密或带有不支持的标志", "an encrypted entry, or unknown ZIP flags")
    if method not in (STORED, DEFLATED):
        raise Fault("ZIP条目使用了不支持的压缩方法", "a ZIP method other than stored or deflate")


def _name(raw: bytes, flags: int) -> str:
    """An entry's name as text; the rules for its form are in `ofd_names`."""
    if not raw or len(raw) > OFD_NAME_BYTES:
        raise Fault("ZIP条目名为空或过长", "an empty or overlong ZIP entry name")
    try:
        return raw.decode("utf-8" if flags & _FLAG_UTF8 else "ascii")
    except UnicodeDecodeError as error:
        raise Fault("ZIP条目名不是UTF-8", "a ZIP entry name that is not UTF-8") from error


class Local(NamedTuple):
    """An entry where it stands: its header with name and extra field, its packed bytes.

    `after` is the place after it, a data descriptor included.
    """

    head: bytes
    packed: bytes
    after: int
    has_extra: bool


def read_local(data: bytes, entry: Entry, position: int, end: int) -> Local:
    """An entry's local header and packed bytes.

    The local header must stand at `position` and say the same as the directory; the entry must
    be over before `end`.

    Raises:
        Fault: it stands elsewhere, differs, or reaches too far.
    """
    start = position + _LOCAL.size
    if entry.offset != position or start > end:
        raise Fault(
            f"条目{entry.name}之前有多余或重叠内容", f"bytes between entries, before {entry.name}"
        )
    mark, *rest = _LOCAL.unpack_from(data, position)
    common, sizes, (name_size, extra_size) = tuple(rest[:5]), tuple(rest[5:8]), rest[8:]
    body = start + name_size + extra_size
    if mark != b"PK\x03\x04" or common != entry.common:
        raise Fault(f"条目{entry.name}的本地头与目录不一致", f"two headers of {entry.name} differ")
    expected = (entry.crc, entry.packed, entry.inflated)
    if sizes != expected and not (entry.has_descriptor and sizes[1:] == (0, 0)):
        raise Fault(
            f"条目{entry.name}的大小或校验值前后不一致", f"two sizes or checksums for {entry.name}"
        )
    if data[start : start + name_size] != entry.raw_name:
        raise Fault(f"条目{entry.name}有两个名称", f"two names for {entry.name}")
    after = body + entry.packed
    if after > end:
        raise Fault(f"条目{entry.name}超出范围", f"{entry.name} reaches beyond its room")
    packed = data[body:after]
    if entry.has_descriptor:
        after = _skip_descriptor(data, entry, after)
    return Local(data[position:body], packed, after, bool(extra_size))


def _skip_descriptor(data: bytes, entry: Entry, position: int) -> int:
    """The place after a data descriptor, with or without its mark, that repeats the directory."""
    values = _DESCRIPTOR.pack(entry.crc, entry.packed, entry.inflated)
    for form in (_DESCRIPTOR_MARK + values, values):
        if data.startswith(form, position):
            return position + len(form)
    raise Fault(
        f"条目{entry.name}的数据描述符与目录不一致",
        f"the data descriptor of {entry.name} differs from the directory",
    )
