"""Reading a layout file: TOML tables into frozen dataclasses, every mistake named by its key.

A layout is data that other people write. What is missing, superfluous or of the wrong kind is told
with file, key and reason, before anything is drawn with it.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from renderer.errors import LayoutError

T = TypeVar("T")

KINDS: Mapping[type, str] = {float: "a number", int: "a whole number", str: "text", bool: "a flag"}


class _Mistake(Exception):
    """Where in the file, and what is wrong there."""

    def __init__(self, key: str, reason: str) -> None:
        self.key, self.reason = key, reason
        super().__init__(f"{key}: {reason}")


def read(kind: type[T], table: Mapping[str, Any], path: Path) -> T:
    """The dataclass `kind` from a table of the file `path`.

    Raises:
        LayoutError: naming file, key and reason.
    """
    try:
        return typing.cast(T, _dataclass(kind, table, ""))
    except _Mistake as mistake:
        raise LayoutError(f"{path}: {mistake}") from None


def _dataclass(kind: Any, table: object, key: str) -> Any:
    if not isinstance(table, Mapping):
        raise _Mistake(key, "a table is expected")
    prefix = f"{key}." if key else ""
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for name in table:
        if name not in fields:
            raise _Mistake(f"{prefix}{name}", "no such key")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{prefix}{name}")
        elif field.default is dataclasses.MISSING and (
            field.default_factory is dataclasses.MISSING
        ):
            raise _Mistake(f"{prefix}{name}", "is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise _Mistake(key or "layout", str(error)) from None


def _value(hint: Any, value: object, key: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):  # only `X | None` occurs; TOML has no null
        return _value(typing.get_args(hint)[0], value, key)
    if origin is tuple:
        return _sequence(typing.get_args(hint), value, key)
    if origin is typing.Literal:
        return _choice(typing.get_args(hint), value, key)
    if origin is not None:  # a mapping whose content its reader judges
        return _mapping(value, key)
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint, value, key)
    return _scalar(hint, value, key)


def _choice(choices: tuple[Any, ...], value: object, key: str) -> object:
    if value not in choices:
        raise _Mistake(key, f"one of {', '.join(map(str, choices))} is expected")
    return value


def _mapping(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Mistake(key, "a table is expected")
    return types.MappingProxyType(dict(value))


def _sequence(arguments: tuple[Any, ...], value: object, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _Mistake(key, "a list is expected")
    if arguments[-1] is Ellipsis:
        arguments = (arguments[0],) * len(value)
    if len(arguments) != len(value):
        raise _Mistake(key, f"{len(arguments)} values are expected, there are {len(value)}")
    pairs = enumerate(zip(arguments, value, strict=True))
    return tuple(_value(hint, item, f"{key}[{index}]") for index, (hint, item) in pairs)


def _scalar(hint: type, value: object, key: str) -> object:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (hint is not bool and isinstance(value, bool)):
        raise _Mistake(key, f"{KINDS.get(hint, hint.__name__)} is expected, not {value!r}")
    return value
