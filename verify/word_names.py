"""What each verdict is called: Chinese and English, on a page, on a terminal, in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from verify.verdict import Word

NAMES: Final[Mapping[Word, tuple[str, str]]] = MappingProxyType(
    {
        Word.VALID: ("真实有效", "Valid"),
        Word.CANCELLED: ("已注销", "Cancelled"),
        Word.ALTERED: ("不符，请勿采信", "Altered – do not rely on it"),
        Word.UNKNOWN: ("无法确认", "Unknown"),
        Word.UNREADABLE: ("无法读取", "Unreadable"),
    }
)
