"""How two requests for one number differ, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renderer.errors import Problem
from renderer.layout import Layout
from service.checking import label, texts
from service.schema_check import printable
from verify.numbers import normal

HELD = ("number", "notify_url")
"""What does not count where two requests are for one number: it is the same, however written."""


def differences(
    known: Mapping[str, Any],
    posted: Mapping[str, Any],
    layout: Layout,
    besides: Sequence[str] = HELD,
) -> list[Problem]:
    """Every field whose value differs, with both values, but for those that do not count."""
    before, after = _texts(known), _texts(posted)
    return [
        Problem(
            path,
            label(path, layout),
            f"已登记为“{_shown(before, path)}”，本次为“{_shown(after, path)}”",
        )
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and path not in besides
    ]


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Every text by its path; the number in normal form, as it is compared everywhere."""
    found = dict(texts(data))
    if "number" in found:
        found["number"] = normal(found["number"])
    return found


def _shown(values: Mapping[str, str], path: str) -> str:
    return printable(values[path]) if path in values else "（无）"
