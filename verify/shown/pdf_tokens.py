"""The operators of a PDF content stream with what stands before them (ISO 32000-2, 7.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from verify.shown.drawn import Drawn

_TOKEN: Final = re.compile(
    rb"""
      (?P<number>[+-]?(?:[0-9]{1,20}\.?[0-9]{0,40}|\.[0-9]{1,40})(?=[\s\0<>\[\]()/%]|\Z))
    | (?P<operator>[A-Za-z'"][A-Za-z0-9*'"]{0,15})
    | (?P<name>/[^\s\0<>\[\]()/%{}]{0,127})
    | <(?P<hex>[0-9A-Fa-f\s]*)>
    | (?P<open>\[|<<) | (?P<close>\]|>>)
    | (?P<literal>\()
    | %[^\r\n]*
    """,
    re.VERBOSE,
)
_BLANK: Final = re.compile(rb"[\s\0]*")
_IMAGE_END: Final = re.compile(rb"[\s\0]EI(?=[\s\0]|\Z)")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\r\n])|(.))", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

INLINE_IMAGE: Final = "BI"
BROKEN: Final = "?"
"""Stands for bytes that are no token: reading goes on behind them."""

Operands = list[Any]
"""Numbers, `bytes` of strings, `str` of names (with the slash), lists of these."""


def operations(data: bytes, drawn: Drawn) -> Iterator[tuple[str, Operands]]:
    """Every operator with its operands, counted against the limit of what is read.

    Raises:
        Fault: there are too many.
    """
    at, stack, outer = 0, [], []  # type: tuple[int, Operands, list[Operands]]
    while True:
        at = _BLANK.match(data, at).end()  # type: ignore[union-attr]
        if at >= len(data):
            return
        match = _TOKEN.match(data, at)
        drawn.spend(1)
        if match is None:
            yield BROKEN, []
            at += 1
            continue
        at, kind = match.end(), match.lastgroup
        if kind == "number":
            stack.append(float(match[0]))
        elif kind == "operator":
            name = match[0].decode("ascii")
            yield name, stack if not outer else outer[0]
            stack, outer = [], []
            if name == INLINE_IMAGE:
                end = _IMAGE_END.search(data, at)
                at = len(data) if end is None else end.end()
        else:
            at, stack = _value(data, at, match, stack, outer)


def _value(
    data: bytes, at: int, match: re.Match[bytes], stack: Operands, outer: list[Operands]
) -> tuple[int, Operands]:
    """Take in an operand other than a number; where reading goes on, and what is being filled."""
    kind = match.lastgroup
    if kind == "hex":
        digits = re.sub(rb"\s", b"", match["hex"])
        stack.append(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))
    elif kind == "name":
        stack.append(match["name"].decode("latin-1"))
    elif kind == "literal":
        text, at = _literal(data, at)
        stack.append(text)
    elif kind == "open":
        inner: Operands = []
        stack.append(inner)
        outer.append(stack)
        stack = inner
    elif kind == "close" and outer:
        stack = outer.pop()
    return at, stack


def _literal(data: bytes, at: int) -> tuple[bytes, int]:
    """The string whose opening bracket ends at an offset, and the offset behind it."""
    depth, place = 1, at
    while depth and place < len(data):
        byte = data[place]
        if byte == 0x5C:
            place += 1
        elif byte == 0x28:
            depth += 1
        elif byte == 0x29:
            depth -= 1
        place += 1
    return _ESCAPE.sub(_unescaped, data[at : place - 1]), place


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, line, letter = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    return b"" if line else _LETTERS.get(letter, letter)
