"""The syntax of PDF: strings, dates, streams, and the file around the objects (ISO 32000-1, 7)."""

from __future__ import annotations

import string
from datetime import datetime

from renderer.page import Deflated

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""The version, and four bytes above 127 so that nobody takes the file for text (PDF/A, 6.1.2)."""

ZLIB_HEADER = b"\x78\x9c"
"""A window of 32 KiB, default compression (RFC 1950, 2.2)."""

LITERAL_ESCAPES = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)"})

NAME_SAFE = frozenset((string.ascii_letters + string.digits + "+-.").encode())


def text_string(text: str) -> str:
    """A text string (7.9.2.2): readable where it is ASCII, UTF-16BE in hexadecimal otherwise."""
    if text.isascii() and text.isprintable():
        return f"({text.translate(LITERAL_ESCAPES)})"
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def name(text: str) -> str:
    """A name object (7.3.5), every byte escaped but letters, digits, `+`, `-` and `.`."""
    return "/" + "".join(chr(c) if c in NAME_SAFE else f"#{c:02X}" for c in text.encode())


def day(iso_date: str) -> str:
    """The beginning of a day in China as a date string (7.9.4)."""
    return f"(D:{iso_date.replace('-', '')}000000+08'00')"


def moment(at: datetime) -> str:
    """An aware time as a date string, in its own zone.

    Raises:
        ValueError: the time carries no zone.
    """
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    minutes = round(offset.total_seconds() / 60)
    sign = "+" if minutes >= 0 else "-"
    hours, rest = divmod(abs(minutes), 60)
    return f"(D:{at:%Y%m%d%H%M%S}{sign}{hours:02d}'{rest:02d}')"


def stream(entries: str, data: Deflated) -> tuple[bytes, ...]:
    """A stream object from data that is compressed already; `entries` of its dictionary."""
    length = len(ZLIB_HEADER) + len(data.stream) + 4
    return (
        f"<<{entries}/Filter/FlateDecode/Length {length}>>\nstream\n".encode(),
        ZLIB_HEADER,
        data.stream,
        data.adler32.to_bytes(4, "big"),
        b"\nendstream",
    )


def plain_stream(entries: str, data: bytes) -> tuple[bytes, ...]:
    """A stream object that is not compressed."""
    return (f"<<{entries}/Length {len(data)}>>\nstream\n".encode(), data, b"\nendstream")


class ObjectTable:
    """The indirect objects of one file, numbered from 1, written in the order of `put`."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = [HEADER]
        self._end = len(HEADER)
        self._offsets: list[int] = []

    def number(self) -> int:
        """A new object number, for an object that is put later."""
        self._offsets.append(0)
        return len(self._offsets)

    def put(self, number: int, *body: bytes) -> int:
        """Write the object `number`; the offset of its body's first byte in the file."""
        self._offsets[number - 1] = self._end
        head = b"%d 0 obj\n" % number
        self._chunks += (head, *body, b"\nendobj\n")
        start = self._end + len(head)
        self._end = start + sum(map(len, body)) + len(b"\nendobj\n")
        return start

    def add(self, *body: bytes) -> int:
        """Write an object under a new number, which is returned."""
        number = self.number()
        self.put(number, *body)
        return number

    def file(self, root: int, info: int, identifier: bytes) -> bytes:
        """The whole file: objects, cross-reference table, trailer with the file identifier."""
        body = b"".join(self._chunks)
        hexadecimal = identifier.hex()
        size = len(self._offsets) + 1
        entries = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        tail = (
            f"xref\n0 {size}\n0000000000 65535 f \n{entries}"
            f"trailer\n<</Size {size}/Root {root} 0 R/Info {info} 0 R"
            f"/ID[<{hexadecimal}><{hexadecimal}>]>>\nstartxref\n{len(body)}\n%%EOF\n"
        )
        return body + tail.encode()
