"""Reading a layout file: TOML tables into frozen dataclasses, every mistake named by its key.

A layout is data that other people write. What is missing, superfluous or of the wrong kind is told
with file, key and reason, all of it at once, before anything is drawn with it.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from renderer.errors import Mistake

T = TypeVar("T")

KINDS: Mapping[type, str] = {float: "a number", int: "a whole number", str: "text", bool: "a flag"}

LARGEST = 2000
"""No number in a layout is greater, nor less than its opposite: the largest paper, A0, is 1189 mm
high, and a page of another size would only keep a process busy."""

_WRONG = object()
"""Stands for a value whose mistakes have been told."""


def read(kind: type[T], table: Mapping[str, Any], file: str) -> tuple[T | None, list[Mistake]]:
    """The dataclass `kind` from a table of the file of that name, and what is wrong with it.

    It is None where a value is missing or wrong; keys that do not exist hinder nothing.
    """
    reader = _Reader(file)
    value = reader.dataclass(kind, table, "")
    return (None if value is _WRONG else typing.cast(T, value)), reader.mistakes


class _Reader:
    """Turns values into what their types ask for, and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def wrong(self, key: str, reason: str) -> object:
        """Note a mistake; gives the mark of a wrong value."""
        self.mistakes.append(Mistake(self.file, key, reason))
        return _WRONG

    def dataclass(self, kind: Any, table: object, key: str) -> Any:
        if not isinstance(table, Mapping):
            return self.wrong(key, "a table is expected")
        prefix = f"{key}." if key else ""
        hints = typing.get_type_hints(kind)
        fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
        for name in table:
            if name not in fields:
                self.wrong(f"{prefix}{name}", "no such key")
        values: dict[str, Any] = {}
        for name, field in fields.items():
            if name in table:
                values[name] = self.value(hints[name], table[name], f"{prefix}{name}")
            elif field.default is dataclasses.MISSING and (
                field.default_factory is dataclasses.MISSING
            ):
                values[name] = self.wrong(f"{prefix}{name}", "is missing")
        if any(value is _WRONG for value in values.values()):
            return _WRONG
        try:
            return kind(**values)
        except ValueError as error:
            return self.wrong(key, str(error))

    def value(self, hint: Any, value: object, key: str) -> Any:
        origin = typing.get_origin(hint)
        if origin in (typing.Union, types.UnionType):  # only `X | None` occurs; TOML has no null
            return self.value(typing.get_args(hint)[0], value, key)
        if origin is tuple:
            return self.sequence(typing.get_args(hint), value, key)
        if origin is typing.Literal:
            choices = typing.get_args(hint)
            if value in choices:
                return value
            return self.wrong(key, f"one of {', '.join(map(str, choices))} is expected")
        if origin is not None:  # a mapping whose content its reader judges
            if isinstance(value, Mapping):
                return types.MappingProxyType(dict(value))
            return self.wrong(key, "a table is expected")
        if dataclasses.is_dataclass(hint):
            return self.dataclass(hint, value, key)
        return self.scalar(hint, value, key)

    def sequence(self, arguments: tuple[Any, ...], value: object, key: str) -> Any:
        if not isinstance(value, list):
            return self.wrong(key, "a list is expected")
        if arguments[-1] is Ellipsis:
            arguments = (arguments[0],) * len(value)
        if len(arguments) != len(value):
            return self.wrong(key, f"{len(arguments)} values are expected, there are {len(value)}")
        pairs = enumerate(zip(arguments, value, strict=True))
        items = [self.value(hint, item, f"{key}[{index}]") for index, (hint, item) in pairs]
        return _WRONG if any(item is _WRONG for item in items) else tuple(items)

    def scalar(self, hint: type, value: object, key: str) -> object:
        if hint is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, hint) or (hint is not bool and isinstance(value, bool)):
            return self.wrong(key, f"{KINDS.get(hint, hint.__name__)} is expected, not {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            return self.wrong(key, f"a finite number is expected, not {value!r}")
        if isinstance(value, int | float) and abs(value) > LARGEST:
            return self.wrong(key, f"a number of at most {LARGEST} is expected, not {value!r}")
        return value
