"""How two requests for one number differ, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renderer.errors import Problem
from renderer.layout import Layout
from service.checking import label, texts
from service.schema_check import printable


def differences(
    known: Mapping[str, Any], posted: Mapping[str, Any], layout: Layout
) -> list[Problem]:
    """Every field whose value differs, with both values; the number itself is not among them."""
    before, after = dict(texts(known)), dict(texts(posted))
    return [
        Problem(
            path,
            label(path, layout),
            f"已登记为“{_shown(before, path)}”，本次为“{_shown(after, path)}”",
        )
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and path not in ("number", "notify_url")
    ]


def _shown(values: Mapping[str, str], path: str) -> str:
    return printable(values[path]) if path in values else "（无）"
