"""Dataclasses as JSON and back, by their type hints: what crosses to a process that is not trusted.

Pickle would let whoever sends it run code here. This can only make the types that are asked for,
out of values of the right kind. A field that is not compared is no part of a value and stays.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import types
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from verify.errors import VerifyError

T = TypeVar("T")


class Malformed(VerifyError):
    """A value is not of the type that was asked for."""


def plain(value: Any) -> Any:
    """A value as what JSON has: dataclasses as objects, bytes in base64, moments in ISO form."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _hints(type(value))}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def read(kind: type[T], value: Any) -> T:
    """The value of a type out of its plain form.

    Raises:
        Malformed: it is none.
    """
    try:
        found: T = _read(kind, value)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Malformed(f"no {kind.__name__}: {type(error).__name__}") from None
    return found


def _read(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        if not isinstance(value, dict) or set(value) != set(hints):
            raise TypeError
        return kind(**{name: _read(hint, value[name]) for name, hint in hints.items()})
    origin = get_origin(kind)
    if origin is not None:
        return _read_generic(origin, get_args(kind), value)
    if kind is bytes:
        return base64.b64decode(_of(str, value), validate=True)
    if kind is datetime:
        return datetime.fromisoformat(_of(str, value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is Any:
        return value
    return _of(type(None) if kind is None else kind, value)


def _read_generic(origin: Any, inner: tuple[Any, ...], value: Any) -> Any:
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        (kind,) = (one for one in inner if one is not type(None))
        return _read(kind, value)
    if origin is Literal:
        if value not in inner:
            raise ValueError
        return value
    if origin is tuple and inner[-1] is Ellipsis:
        return tuple(_read(inner[0], one) for one in _of(list, value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_read(inner[0], k): _read(inner[1], v) for k, v in _of(dict, value).items()}
    raise TypeError


def _of(kind: Any, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's compared fields."""
    from verify import verdict  # names in hints that are imported for hints only

    hints = get_type_hints(kind, localns=dict(vars(verdict)))
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.compare}
