"""The values of PDF (ISO 32000-2 7.3) in the one spelling that Sealpress appends to a file.

What stands behind a signature is not covered by it, so it is read by a grammar that leaves no room:
no comments, no escapes in names, no white space but blanks and line feeds, no key twice. Whatever
is spelled otherwise is refused, however sound it may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

from verify.fault import Fault
from verify.limits import PDF_DEPTH, PDF_VALUES

_SPACE: Final = re.compile(rb"[ \n]*")
_NAME: Final = re.compile(rb"/[A-Za-z0-9][A-Za-z0-9._-]*")
_REFERENCE: Final = re.compile(rb"([1-9][0-9]{0,6}) 0 R(?![A-Za-z0-9])")
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,9})?(?![0-9.A-Za-z])")
_HEX: Final = re.compile(rb"<([0-9a-f]*)>")
_LITERAL: Final = re.compile(rb"\(((?:[^\\()\r]|\\[0-3][0-7]{2}|\\[nrtbf()\\])*)\)")
_ESCAPE: Final = re.compile(rb"\\([0-3][0-7]{2}|[nrtbf()\\])")
_ESCAPED: Final[Mapping[bytes, bytes]] = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
    b"(": b"(", b")": b")", b"\\": b"\\",
}  # fmt: skip
_WORD: Final = re.compile(rb"(?:true|false|null)(?![A-Za-z0-9])")


class Name(str):
    """A name, with its slash."""

    __slots__ = ()


class Word(str):
    """`true`, `false` or `null`: not Python's own, since `True` is equal to 1."""

    __slots__ = ()


class Reference(NamedTuple):
    """A reference to the object of that number, generation 0."""

    number: int


Value = Decimal | bytes | Name | Word | Reference | list[Any] | dict[str, Any]
"""A value; strings are their bytes, dictionaries are by names."""


@dataclass
class _Text:
    """Where reading stands, and how many values may still come."""

    data: bytes
    at: int
    left: int = PDF_VALUES

    def skip(self) -> None:
        match = _SPACE.match(self.data, self.at)
        self.at = match.end() if match else self.at

    def take(self, expression: re.Pattern[bytes]) -> re.Match[bytes] | None:
        match = expression.match(self.data, self.at)
        if match:
            self.at = match.end()
        return match

    def sees(self, token: bytes) -> bool:
        if not self.data.startswith(token, self.at):
            return False
        self.at += len(token)
        return True


def read(data: bytes, at: int) -> tuple[Value, int]:
    """The value that begins at an offset, and the offset behind it.

    Raises:
        Fault: it is not spelled as above.
    """
    text = _Text(data, at)
    return _value(text, 0), text.at


def _value(text: _Text, depth: int) -> Value:
    text.left -= 1
    if depth > PDF_DEPTH or text.left < 0:
        raise _malformed(text)
    if text.sees(b"<<"):
        return _dictionary(text, depth)
    if text.sees(b"["):
        return _array(text, depth)
    return _simple(text)


def _dictionary(text: _Text, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    text.skip()
    while not text.sees(b">>"):
        key = text.take(_NAME)
        if key is None or (name := key[0].decode("ascii")) in found:
            raise _malformed(text)
        text.skip()
        found[name] = _value(text, depth + 1)
        text.skip()
    return found


def _array(text: _Text, depth: int) -> list[Any]:
    found: list[Any] = []
    text.skip()
    while not text.sees(b"]"):
        found.append(_value(text, depth + 1))
        text.skip()
    return found


def _simple(text: _Text) -> Value:
    """A value without others inside; a reference is tried before the number it begins with."""
    if match := text.take(_NAME):
        return Name(match[0].decode("ascii"))
    if match := text.take(_REFERENCE):
        return Reference(int(match[1]))
    if match := text.take(_NUMBER):
        return Decimal(match[0].decode("ascii"))
    if match := text.take(_HEX):
        if len(match[1]) % 2:
            raise _malformed(text)
        return bytes.fromhex(match[1].decode("ascii"))
    if match := text.take(_LITERAL):
        return _ESCAPE.sub(_unescaped, match[1])
    if match := text.take(_WORD):
        return Word(match[0].decode("ascii"))
    raise _malformed(text)


def _unescaped(match: re.Match[bytes]) -> bytes:
    escape = match[1]
    return bytes((int(escape, 8),)) if escape[:1].isdigit() else _ESCAPED[escape]


def _malformed(text: _Text) -> Fault:
    return Fault(
        "追加的内容不是本系统的写法",
        f"something was added that Sealpress does not write so, at byte {text.at}",
    )
