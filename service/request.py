"""A request as it was posted: read strictly, before anything is said about its values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from renderer.errors import Problem
from service.errors import TooLarge, Unreadable
from verify.numbers import normal

MAX_REQUEST_BYTES = 256 * 1024
"""A request with every field at its longest and fifty persons has some 60 KB."""

MAX_DEPTH = 6
"""A person's name stands at depth 3; deeper nesting is no request of ours."""


@dataclass(frozen=True)
class Request:
    """A decoded JSON object, with its canonical form and the digest that identifies it."""

    data: Mapping[str, Any]

    @property
    def canonical(self) -> bytes:
        """The request as posted, in one spelling of JSON."""
        return _canonical(self.data)

    @property
    def sha256(self) -> str:
        """What a repeated request is known by: its data, the number in normal form.

        Where to send the answer is no part of what is asked for.
        """
        asked = {key: value for key, value in self.data.items() if key != "notify_url"}
        if isinstance(asked.get("number"), str):
            asked["number"] = normal(asked["number"])
        return hashlib.sha256(_canonical(asked)).hexdigest()


def _canonical(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read(data: bytes) -> Request:
    """Decode a request.

    Raises:
        TooLarge: more bytes than `MAX_REQUEST_BYTES`.
        Unreadable: not UTF-8, not JSON, not an object, a key twice, nested too deeply, or with
            half a surrogate pair in it.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise TooLarge(f"请求超过 {MAX_REQUEST_BYTES} 字节 (more bytes than allowed)")
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Unreadable(f"不是 UTF-8 编码的 JSON (not JSON in UTF-8): {error}") from None
    except ValueError:  # Python reads no integer of more than 4300 digits
        raise Unreadable("数字过长 (a number has too many digits)") from None
    except RecursionError:
        raise Unreadable("JSON 嵌套过深 (nested too deeply)") from None
    if not isinstance(value, dict):
        raise Unreadable("请求应为 JSON 对象 (must be a JSON object)")
    _walk(value, 1)
    return Request(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: readers disagree on which one counts."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            name = ascii(key)[1:-1]
            problem = Problem(name, name, "字段重复出现")
            raise Unreadable("字段重复 (a key stands twice)", [problem])
        found[key] = value
    return found


def _no_constant(name: str) -> None:
    raise Unreadable(f"JSON 不允许 {name}")


def _walk(value: Any, depth: int) -> None:
    """Refuse what JSON can carry and UTF-8 cannot, and what is too deep to be ours."""
    if depth > MAX_DEPTH:
        raise Unreadable("JSON 嵌套过深 (nested too deeply)")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unreadable("文本中有不成对的代理码位 (an unpaired surrogate)") from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(key, depth)
            _walk(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _walk(item, depth + 1)
