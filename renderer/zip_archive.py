"""A ZIP file of the plainest kind, for OFD packages (APPNOTE.TXT 6.3).

Sizes and checksums stand in the local headers, with no data descriptors, no directory entries, no
extra fields and one fixed time: what every reader opens, and the same bytes each time. Python's
`zipfile` cannot take data that is compressed already, which is the other reason to have this.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from renderer.errors import RendererError
from renderer.page import Deflated, Stored

STORED, DEFLATED = 0, 8
VERSION_NEEDED = 20
MADE_BY = 20
"""Version 2.0 and, in the upper byte, FAT: no Unix permissions are recorded."""
UTF8_NAME = 0x0800
EARLIEST_TIME, EARLIEST_DATE = 0, 0x0021
"""1980-01-01 00:00, the first moment that ZIP can tell."""

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
CENTRAL_HEADER = struct.Struct("<4s6H3I5H2I")
END_RECORD = struct.Struct("<4s4H2IH")

MAX_ENTRIES = 0xFFFF
MAX_BYTES = 0xFFFFFFFF
"""Beyond these a ZIP64 would be needed; a certificate is a thousand times smaller."""


Content = bytes | Deflated | Stored
"""What an entry may hold."""


class ArchiveTooLarge(RendererError):
    """More entries or bytes than a ZIP without ZIP64 can hold."""


def _flags(name: str) -> int:
    """Names are UTF-8; the flag is set only where that differs from ASCII."""
    return 0 if name.isascii() else UTF8_NAME


def archive(entries: Iterable[tuple[str, Content]]) -> bytes:
    """A ZIP of the entries in their order: `Deflated` as it is, all else stored.

    Raises:
        ValueError: two entries have one name, or a name is no relative path with `/`.
        ArchiveTooLarge: more than 65535 entries or 4 GiB.
    """
    body: list[bytes] = []
    directory: list[bytes] = []
    names: set[str] = set()
    offset = 0
    for name, content in entries:
        if name in names or not name or name.startswith("/") or "\\" in name or name.endswith("/"):
            raise ValueError(f"not a name for an entry, or there twice: {name!r}")
        names.add(name)
        encoded = name.encode()
        if isinstance(content, Deflated):
            data, method = content.stream, DEFLATED
            crc, size = content.crc32, content.size
        elif isinstance(content, Stored):
            data, method = content.data, STORED
            crc, size = content.crc32, len(data)
        else:
            data, method = content, STORED
            crc, size = zlib.crc32(content), len(content)
        common = (
            *(VERSION_NEEDED, _flags(name), method, EARLIEST_TIME, EARLIEST_DATE),
            *(crc, len(data), size, len(encoded), 0),
        )
        body += (LOCAL_HEADER.pack(b"PK\3\4", *common), encoded, data)
        directory += (
            CENTRAL_HEADER.pack(b"PK\1\2", MADE_BY, *common, 0, 0, 0, 0, offset),
            encoded,
        )
        offset += LOCAL_HEADER.size + len(encoded) + len(data)
    central = b"".join(directory)
    if len(names) > MAX_ENTRIES or offset + len(central) > MAX_BYTES:
        raise ArchiveTooLarge(f"{len(names)} entries, {offset} bytes")
    end = END_RECORD.pack(b"PK\5\6", 0, 0, len(names), len(names), len(central), offset, 0)
    return b"".join((*body, central, end))
