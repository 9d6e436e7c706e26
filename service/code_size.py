"""How much a QR code of the size that we print can carry."""

from __future__ import annotations

import math

QR_DATA_BITS = 216 * 8
"""What a QR code of version 10 at level M holds (ISO/IEC 18004, table 7)."""

_CAPITALS_HEAD_BITS = 4 + 11
_DIGITS_HEAD_BITS = 4 + 12
_BITS_PER_CAPITAL = 5.5
_BITS_PER_DIGIT = 10 / 3
_DIGITS_PER_BYTE = math.log10(256)

SMALLEST_BUDGET = 168
"""Bytes that a code needs to carry a factory number of a dozen characters whole."""


def code_budget(prefix: str) -> int:
    """How many bytes of signed code fit behind an address in capitals, at version 10, level M."""
    capitals = _CAPITALS_HEAD_BITS + math.ceil(_BITS_PER_CAPITAL * len(prefix))
    digits = math.floor((QR_DATA_BITS - capitals - _DIGITS_HEAD_BITS) / _BITS_PER_DIGIT)
    return math.floor(digits / _DIGITS_PER_BYTE)
