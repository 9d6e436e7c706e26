"""A signed PDF as bytes: what can be judged without believing anything the file says of itself.

One digest over everything but one hexadecimal string is all that a PDF signature is. So the
string must be exactly that, and everything else must be everything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from verify.fault import Fault

_HEADER: Final = re.compile(rb"%PDF-(1\.[4-7]|2\.0)[\r\n]")
_TAIL: Final = re.compile(rb"startxref\r?\n[0-9]{1,10}\r?\n%%EOF(\r\n|\r|\n)?\Z")
_TAIL_BYTES: Final = 64  # longer than the longest text that the expression above can match
_KEY: Final = b"/Contents"
_VALUE: Final = re.compile(_KEY + rb" ?(<[0-9a-f]{128,}>)")


Span = tuple[int, int]
"""The offset of a first byte and one past the last."""


@dataclass(frozen=True)
class SignedRange:
    """The signature in its file: its DER value, and the two stretches that it covers."""

    der: bytes
    before: memoryview
    after: memoryview


def check_ends(data: bytes) -> None:
    """The file begins with its header and ends with its end mark: nothing before, nothing after.

    Raises:
        Fault: it does not.
    """
    if not _HEADER.match(data):
        raise Fault("文件不是以%PDF开头", "the file does not begin with a PDF header")
    if not _TAIL.search(data[-_TAIL_BYTES:]):
        raise Fault(
            "文件在%%EOF之后还有内容，或没有正常结束",
            "bytes follow the end mark %%EOF, or the file has no proper end",
        )


def find_value(data: bytes) -> Span | None:
    """Where the file writes the value of its signature, from `<` to one past `>`.

    None where there is no such value, or more than one: that is no signature of our form.
    """
    found: Span | None = None
    at = data.find(_KEY)
    while at >= 0:  # quicker than looking for the whole expression
        match = _VALUE.match(data, at)
        if match is not None:
            if found is not None:
                return None
            found = match.span(1)
        at = data.find(_KEY, at + len(_KEY))
    return found


def without_value(data: bytes, value: Span) -> bytes:
    """The same file with blanks for the digits of that value; every offset stays.

    Whichever dictionary then reads as if its value were empty is the one that the value stands in.
    """
    start, end = value[0] + 1, value[1] - 1
    return b"".join((data[:start], b" " * (end - start), data[end:]))


def signed_range(data: bytes, byte_range: list[int], value: Span | None) -> SignedRange:
    """What a ByteRange covers: everything but the signature's own value (ISO 32000-2 12.8.1).

    Raises:
        Fault: it covers less or something else, or the value holds more than one signature.
    """
    if len(byte_range) != 4:
        raise Fault("ByteRange不是四个数", "ByteRange is not four numbers")
    start, before, resumed, after = byte_range
    if start != 0 or not 0 < before < resumed or after <= 0 or resumed + after != len(data):
        raise Fault("签名未覆盖整个文件", "the signature does not cover the whole file")
    if (before, resumed) != value:
        raise Fault(
            "签名的空隙不是签名值本身", "the gap in the signature is not the signature's own value"
        )
    return SignedRange(
        der=_without_padding(_from_hex(data[before + 1 : resumed - 1])),
        before=memoryview(data)[:before],
        after=memoryview(data)[resumed:],
    )


def _from_hex(digits: bytes) -> bytes:
    """The bytes that digits write; they are known to be hexadecimal, all in lower case.

    Were both cases read, every letter could be changed without changing the value.
    """
    if len(digits) % 2:
        raise Fault("签名值不是整字节", "the signature's value has an odd number of digits")
    return bytes.fromhex(digits.decode("ascii"))


def _without_padding(value: bytes) -> bytes:
    """The DER value at the beginning, which nothing but zeros may follow."""
    size = _der_size(value)
    if size > len(value):
        raise Fault("签名值不完整", "the signature's value is cut short")
    if value.count(0, size) != len(value) - size:
        raise Fault("签名值之后藏有内容", "something is hidden behind the signature's value")
    return value[:size]


def _der_size(value: bytes) -> int:
    """The whole size in bytes of the DER SEQUENCE that a value begins with."""
    if len(value) < 2 or value[0] != 0x30:
        raise Fault("签名值不是DER", "the signature's value is not DER")
    first = value[1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise Fault("签名值不是DER", "the signature's value is not DER")
    return 2 + count + int.from_bytes(value[2 : 2 + count], "big")
