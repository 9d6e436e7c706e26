"""The values of PDF as anybody may write them (ISO 32000-2 7.2, 7.3), read without any lenience.

A certificate and a stranger's file are read by the same rules, those of the standard. Where readers
are known to go different ways (a key that is there twice, a broken escape in a name, a token that
runs into the next one) there is no value, and the file cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from verify.fault import Fault
from verify.limits import PDF_DEPTH, PDF_VALUES
from verify.pdf_objects import Array, Dictionary, Reference, Resolve
from verify.pdf_values import Name

BLANK: Final = rb"[\0\t\n\f\r ]"
SPACE: Final = rb"(?:" + BLANK + rb"++|%[^\n\r]*+)*+"
"""White space and comments, which end with their line."""
END: Final = rb"(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)"
"""What a token without a mark of its own must be followed by."""

# Within a reference there is no NUL, which not every reader takes for white space there.
_TOKEN: Final = re.compile(
    SPACE
    + rb"(?:"
    + rb"|".join(
        (
            rb"/(?P<name>[!-$&'*-.0-;=?-Z\\^-z|~]*+)" + END,
            rb"(?P<reference>([0-9]{1,10})[\t\n\f\r ]++([0-9]{1,5})[\t\n\f\r ]++R)" + END,
            rb"(?P<whole>[+-]?[0-9]{1,18})" + END,
            rb"(?P<real>[+-]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18}))" + END,
            rb"(?P<opened><<|\[)",
            rb"(?P<closed>>>|\])",
            rb"<(?P<digits>[0-9A-Fa-f\0\t\n\f\r ]*+)>",
            rb"\((?P<literal>[^\\()]*+(?:\\.[^\\()]*+)*+)\)",
            rb"(?P<nested>\()",
            rb"(?P<word>true|false|null)" + END,
        )
    )
    + rb")",
    re.DOTALL,
)
_BLANKS: Final = b"\0\t\n\f\r "
_HASH: Final = re.compile(rb"#([0-9A-Fa-f]{2})?")
_BRACKET: Final = re.compile(rb"\\.|[()\r]", re.DOTALL)
_DEEPER: Final[Mapping[bytes, int]] = {b"(": 1, b")": -1}
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n?|\n)|(.))|\r\n?", re.DOTALL)
_LETTERS: Final[Mapping[bytes, bytes]] = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
}  # fmt: skip
_WORDS: Final[Mapping[bytes, bool | None]] = {b"true": True, b"false": False, b"null": None}


class Read(NamedTuple):
    """A value, the offset behind it, of how many it consists, the dictionaries among these.

    An escape in a name or a string counts as a value, since it costs as much. Dictionaries inside
    others come before these.
    """

    value: Any
    end: int
    values: int
    dictionaries: tuple[Dictionary, ...]


def read(data: bytes, at: int, resolve: Resolve, most: int) -> Read:
    """The value that begins at an offset or behind white space there, of `most` values at most.

    Raises:
        Fault: there is none, or it is too large or too deep.
    """
    dictionaries: list[Dictionary] = []
    outer: list[list[Any]] = []
    values: list[Any] = []
    count = 0
    while True:
        match = _TOKEN.match(data, at)
        if match is None:
            raise malformed(at)
        at, kind = match.end(), match.lastgroup
        if kind == "closed":
            if not outer:
                raise malformed(at)
            value = _container(values, match["closed"], resolve, at)
            values = outer.pop()
            if isinstance(value, Dictionary):
                dictionaries.append(value)
        else:
            value, at, cost = _begun(match, kind, most - count)
            count += cost
            if kind == "opened":
                outer.append(values)
                values = [value]
                if len(outer) > PDF_DEPTH:
                    raise _too_deep()
                continue
        if not outer:
            return Read(value, at, count, tuple(dictionaries))
        values.append(value)


def _container(values: list[Any], closed: bytes, resolve: Resolve, at: int) -> Any:
    """The array or dictionary of the values, before which stands what opened it."""
    opened = values.pop(0)
    if opened == b"[" and closed == b"]":
        return Array(tuple(values), resolve)
    keys = values[::2]
    if opened + closed != b"<<>>" or not all(type(key) is Name for key in keys):
        raise malformed(at)
    entries = dict(zip(keys, values[1::2], strict=False))
    if len(values) != 2 * len(entries):  # a key without a value, or one that is there twice
        raise malformed(at)
    return Dictionary(entries, resolve)


def _begun(match: re.Match[bytes], kind: str | None, most: int) -> tuple[Any, int, int]:
    """A value, or what opens one, with the offset behind it and how much it counts."""
    if kind == "nested":
        return _nested(match.string, match.end(), most)
    cost = 1
    if kind == "name":
        cost += match["name"].count(b"#")
    elif kind == "literal":
        cost += match["literal"].count(b"\\") + match["literal"].count(b"\r")
    if cost > most:
        raise _too_many()
    return _SIMPLE[kind](match), match.end(), cost


_SIMPLE: Final[Mapping[str | None, Callable[[re.Match[bytes]], Any]]] = {
    "name": lambda match: _name(match["name"]),
    "reference": lambda match: Reference(int(match[3]), int(match[4])),
    "whole": lambda match: int(match["whole"]),
    "real": lambda match: Decimal(match["real"].decode("ascii")),
    "literal": lambda match: _string(match["literal"]),
    "digits": lambda match: _hexadecimal(match["digits"].translate(None, _BLANKS)),
    "word": lambda match: _WORDS[match["word"]],
    "opened": lambda match: match["opened"],
}
"""What is meant, by the group that the expression for it has."""


def _hexadecimal(digits: bytes) -> bytes:
    """The bytes that digits write; a last one that is missing is 0."""
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _name(written: bytes) -> Name:
    """A name with its slash; most names are short and come again and again."""
    return _short_name(written) if len(written) <= _SHORT else _spelled(written)


def _spelled(written: bytes) -> Name:
    """A name as it is meant: a byte may be written as two hexadecimal digits behind a hash."""
    if b"#" in written:
        if any(match[1] is None for match in _HASH.finditer(written)):
            raise Fault("PDF名称不合规范", "a PDF name with a broken escape")
        written = _HASH.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), written)
    try:
        return Name("/" + written.decode("utf-8"))
    except UnicodeDecodeError:
        return Name("/" + written.decode("latin-1"))


_SHORT: Final = 32
_short_name = lru_cache(maxsize=1024)(_spelled)


def _nested(data: bytes, at: int, most: int) -> tuple[bytes, int, int]:
    """The string behind a bracket, with pairs of brackets in it, which count too."""
    depth = 1
    for cost, match in enumerate(_BRACKET.finditer(data, at), 1):
        if cost > most:
            raise _too_many()
        depth += _DEEPER.get(match[0], 0)
        if depth == 0:
            return _string(data[at : match.start()]), match.end(), cost
    raise malformed(at)


def _string(written: bytes) -> bytes:
    """What a literal string stands for (7.3.4.2)."""
    if b"\\" not in written and b"\r" not in written:
        return written
    return _ESCAPE.sub(_unescaped, written)


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, line, letter = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))  # an overflow is ignored, says the standard
    if line:
        return b""
    return _LETTERS.get(letter, letter) if letter else b"\n"


def malformed(at: int) -> Fault:
    """What is wrong where no value can be read."""
    return Fault("PDF对象不合规范", f"a PDF object that is malformed, at byte {at}")


def _too_many() -> Fault:
    return Fault(f"PDF数据超过{PDF_VALUES}项", f"more than {PDF_VALUES} PDF values")


def _too_deep() -> Fault:
    return Fault(f"PDF嵌套超过{PDF_DEPTH}层", f"PDF values nested deeper than {PDF_DEPTH}")
