"""The signed data set: what a certificate says, as canonical JSON.

Both files carry it, the code in the QR carries its SHA-256, the register keeps it. It is written
by RFC 8785, so the same values always give the same bytes, and it is only read back if its bytes
are exactly those: two different texts can then never mean the same certificate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from verify import limits
from verify.errors import MalformedDataSet

FORMAT: Final = "sealpress-dataset/1"
"""The generation of this format. A file of an older one stays readable for ever."""

FILE_NAME: Final = "certificate.json"
"""The name under which both files carry it."""

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_REQUIRED: Final = frozenset(
    {
        "format",
        "type",
        "layout_version",
        "license_id",
        "number",
        "version",
        "authority",
        "holder",
        "issued_on",
        "face",
    }
)
_OPTIONAL: Final = frozenset({"status_index"})
_AUTHORITY_KEYS: Final = frozenset({"name", "code", "division"})
_HOLDER_KEYS: Final = frozenset({"name", "code"})
_HIGHEST_INDEX: Final = 2**32 - 1  # as in the code of the QR: what four bytes hold

_WRITER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Authority:
    """The issuing body (发证机关): name, USCC, six-digit division code."""

    name: str
    code: str
    division: str


@dataclass(frozen=True)
class Holder:
    """The holder (持证主体): name and USCC."""

    name: str
    code: str


@dataclass(frozen=True)
class DataSet:
    """A certificate's data as signed; `face` holds the raw values, dates in ISO form.

    `status_index` is its place in the authority's status list, so that a file can be asked for
    its status without a network; None where the issuer keeps no list.
    """

    type: str
    layout_version: str
    license_id: str
    number: str
    version: int
    authority: Authority
    holder: Holder
    issued_on: date
    face: Mapping[str, str]
    status_index: int | None = None


def build(
    *,
    type: str,  # noqa: A002 - the word of the request and of the data set
    layout_version: str,
    license_id: str,
    number: str,
    version: int,
    authority: Mapping[str, str],
    holder: Mapping[str, str],
    issued_on: str,
    face: Mapping[str, str],
    status_index: int | None = None,
) -> bytes:
    """The canonical bytes (RFC 8785) of a data set.

    `authority` is {name, code, division}, `holder` {name, code}, `issued_on` an ISO date.

    Raises:
        MalformedDataSet: a value is missing, of another kind, or nothing JSON can carry.
    """
    values: dict[str, Any] = {
        "format": FORMAT,
        "type": type,
        "layout_version": layout_version,
        "license_id": license_id,
        "number": number,
        "version": version,
        "authority": dict(authority),
        "holder": dict(holder),
        "issued_on": issued_on,
        "face": dict(face),
    }
    if status_index is not None:
        values["status_index"] = status_index
    _read(values)
    return _canonical(values)


@lru_cache(maxsize=limits.DATA_SETS_KEPT)
def parse(data: bytes) -> DataSet:
    """The data set that canonical bytes hold; it never changes, so the last ones are kept.

    Raises:
        MalformedDataSet: too long, no JSON, not canonical, a key missing or unknown, a value of
            another kind, or another generation of the format.
    """
    if len(data) > limits.DATASET_BYTES:
        raise MalformedDataSet(f"数据集超过{limits.DATASET_BYTES}字节")
    try:
        values = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedDataSet("数据集不是JSON") from error
    found = _read(values)
    if _canonical(values) != data:
        raise MalformedDataSet("数据集不是规范形式（RFC 8785）")
    return found


def _canonical(values: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes of values that `_read` took; refuses half a surrogate pair, which has none.

    Of texts, whole numbers below 2^53 and keys in ASCII the library's own writer makes just these,
    in a tenth of the time: a test holds it against one of all JSON.
    """
    try:
        return _WRITER.encode(values).encode()
    except UnicodeError as error:
        raise MalformedDataSet("数据集的值无法写成JSON") from error


def _read(values: object) -> DataSet:
    """A data set from decoded JSON, every key and kind looked at."""
    if not isinstance(values, dict):
        raise MalformedDataSet("数据集不是JSON对象")
    if values.get("format") != FORMAT:
        raise MalformedDataSet(f"数据集不是{FORMAT}格式")
    keys = set(values)
    if not keys >= _REQUIRED or keys - _REQUIRED - _OPTIONAL:
        raise MalformedDataSet("数据集缺少字段或有未知字段")
    authority = _texts(values, "authority", _AUTHORITY_KEYS)
    holder = _texts(values, "holder", _HOLDER_KEYS)
    face = _texts(values, "face", None)
    return DataSet(
        type=_text(values, "type"),
        layout_version=_text(values, "layout_version"),
        license_id=_text(values, "license_id"),
        number=_text(values, "number"),
        version=_whole(values, "version", 1, 999),
        authority=Authority(**authority),
        holder=Holder(**holder),
        issued_on=_day(values, "issued_on"),
        face=MappingProxyType(face),
        status_index=(
            _whole(values, "status_index", 0, _HIGHEST_INDEX) if "status_index" in values else None
        ),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value:
        raise MalformedDataSet(f"{key}应为非空文本")
    return value


def _whole(values: Mapping[str, Any], key: str, low: int, high: int) -> int:
    value = values[key]
    if type(value) is not int or not low <= value <= high:
        raise MalformedDataSet(f"{key}应为{low}至{high}的整数")
    return value


def _day(values: Mapping[str, Any], key: str) -> date:
    value = _text(values, key)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise MalformedDataSet(f"{key}应为YYYY-MM-DD形式的日期")
    return day


def _texts(values: Mapping[str, Any], key: str, expected: frozenset[str] | None) -> dict[str, str]:
    """A mapping of texts: with exactly the expected keys, or with any well-formed ones."""
    value = values[key]
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise MalformedDataSet(f"{key}应为文本组成的对象")
    if expected is not None and set(value) != expected:
        raise MalformedDataSet(f"{key}缺少字段或有未知字段")
    if not all(isinstance(name, str) and _KEY.fullmatch(name) for name in value):
        raise MalformedDataSet(f"{key}有不合规的字段名")
    return value
