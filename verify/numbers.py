"""Printed numbers in the one form in which they are compared.

Certificate numbers, filing numbers and factory numbers are typed, pasted and converted by many
systems: full-width brackets, six kinds of dash and stray spaces name the same number. Only what
an input method changes is folded. Characters that merely look alike (`O` and `0`, `①` and `1`)
stay different: two machines may differ in just that.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

# Hyphen, non-breaking hyphen, figure, en and em dash, horizontal bar, hyphen bullet, minus,
# small em dash and small hyphen-minus. The full-width hyphen is in _FULL_WIDTH.
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63"

# Official documents put a year into 〔〕, keyboards offer [] for it; the small forms are ﹙﹚﹝﹞.
_OPENING: Final = "\u3014[\uff3b\ufe59\ufe5d"
_CLOSING: Final = "\u3015]\uff3d\ufe5a\ufe5e"

_FOLD: Final = (
    _FULL_WIDTH
    | {ord(char): "-" for char in _DASHES}
    | {ord(char): "(" for char in _OPENING}
    | {ord(char): ")" for char in _CLOSING}
)


def normal(number: str) -> str:
    """The normal form of a printed number: half width, `-`, `()`, no spaces, upper case.

    Invisible format characters (zero-width space, byte order mark) go with the spaces, since they
    come along when a number is copied out of a page. Applying it twice changes nothing.
    """
    visible = "".join(number.split())
    if not visible.isascii():
        visible = "".join(char for char in visible if unicodedata.category(char) != "Cf")
    return visible.translate(_FOLD).upper()
