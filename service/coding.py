"""Coding (赋码) without a national platform: our own code, as small as a camera likes it."""

from __future__ import annotations

import hashlib
import math

from renderer.compose import Content
from signing import cose
from signing.p256 import P256Key

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


def make_code(
    prefix: str,
    content: Content,
    version: int,
    dataset: bytes,
    status_index: int,
    key: P256Key,
) -> str:
    """The QR's content: the address and the signed claims as decimal digits.

    A factory number too long for the code is cut there (never on the page), with a mark at its end.

    Raises:
        signing.errors.SigningError: the key cannot be used.
    """
    claims = cose.CodeClaims(
        number=content.number,
        version=version,
        factory_number=content.face.get("factory_number", ""),
        issued_on=content.issued_on,
        dataset_sha256=hashlib.sha256(dataset).digest(),
        status_index=status_index,
    )
    return prefix + cose.to_digits(cose.encode(cose.fitted(claims, code_budget(prefix)), key))
