"""Which characters may stand on a certificate, and how to say so when one may not.

A certificate never shows a box, a blank or an invisible character where the data has something.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from renderer import fonts

LISTED = 5
"""Characters named in one message; a value full of them is named by its first few."""

REFUSED: dict[str, str] = {
    "Cc": "控制字符",
    "Cf": "不可见的格式字符",
    "Cs": "不完整的代理字符",
    "Co": "自造区（私用区）字符，各机器显示不一",
    "Zl": "换行字符",
    "Zp": "换段字符",
    "Mn": "组合字符",
    "Me": "组合字符",
    "Mc": "组合字符",
}
"""Categories of Unicode that are never printed, and the reason given."""

LINE_ENDS = frozenset("\n\r\v\f\x85")
BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

HAN_PLANES = range(0x20000, 0x3FFFE)

_PRINTABLE: dict[str, set[str]] = {style: set() for style in fonts.CHAINS}
"""Characters found to be printable so far; never more than the fonts have."""


def _fault(style: str, character: str) -> str | None:
    """What is wrong with one character, or None."""
    if character in LINE_ENDS:
        return "换行字符"
    if character in BIDIRECTIONAL:
        return "文字方向控制字符"
    reason = REFUSED.get(unicodedata.category(character))
    if reason is not None:
        return reason
    return None if fonts.has(style, character) else "字库中没有此字"


def _named(character: str, reason: str) -> str:
    # Han characters newer than Python's tables are unassigned there, and still worth showing.
    visible = unicodedata.category(character)[0] in "LNPS" or ord(character) in HAN_PLANES
    shown = f"“{character}”" if visible else ""
    return f"{shown}U+{ord(character):04X}（{reason}）"


def faults(style: str, text: str) -> Iterator[str]:
    """For each different character of `text` that cannot be printed: its name and the reason.

    Extension H and I are newer than Python's tables; their characters count as unassigned there,
    and are printed if a font has them like all others.
    """
    for character in dict.fromkeys(text):
        reason = _fault(style, character)
        if reason is not None:
            yield _named(character, reason)


def complaint(style: str, text: str) -> str | None:
    """One message on all characters of `text` that cannot be printed, or None."""
    known = _PRINTABLE[style]
    if known.issuperset(text):
        return None
    found = list(faults(style, text))
    if not found:
        known.update(text)
        return None
    rest = f"等{len(found)}个字符" if len(found) > LISTED else ""
    return f"不能打印的字符：{'、'.join(found[:LISTED])}{rest}"
