"""What the picture of a code says: the way back from modules to text.

Nothing is corrected. What is read must, drawn anew, be the same picture to the module, so that a
reader that corrects errors cannot be brought to read something else.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import islice
from typing import Final

from qrcode import base, util
from qrcode.constants import ERROR_CORRECT_M

from renderer import qr_matrix

_LONGEST = 7089
"""Characters in the largest code there is."""
_HIGHEST_VERSION = 40
_TRIPLES: Final = {bits: digits for digits, bits in qr_matrix.TRIPLES.items()}


def text(dark: bytes) -> str | None:
    """The text of a code drawn as ours are, of modules row by row; None where it is not."""
    side = math.isqrt(len(dark))
    version, rest = divmod(side - 17, 4)
    if side * side != len(dark) or rest or not 1 <= version <= _HIGHEST_VERSION:
        return None
    words = qr_matrix.words(dark, version)
    if words is None:
        return None
    try:
        found = _decoded(_data_words(words, version), version)
        same = qr_matrix.codewords(found, version) == (version, words)
    except (qr_matrix.TooLarge, ValueError, TypeError, LookupError):
        return None
    return found if same else None


@cache
def _blocks(version: int) -> tuple[int, ...]:
    """The data words of each block."""
    return tuple(block.data_count for block in base.rs_blocks(version, ERROR_CORRECT_M))


def _data_words(words: bytes, version: int) -> bytes:
    """The data words out of all words, each block's in turn (8.6, the other way round).

    The blocks take turns; those that have a word more than the others have it at the end.
    """
    counts = _blocks(version)
    number, least = len(counts), min(counts)
    shared, further = words[: number * least], iter(words[number * least :])
    return b"".join(
        shared[block::number] + bytes(islice(further, count - least))
        for block, count in enumerate(counts)
    )


class _Bits:
    """Bits taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._at = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}", 0

    def take(self, count: int) -> str:
        """The next bits as figures; at the end what is missing is zeros (a cut terminator)."""
        self._at += count
        return self._bits[self._at - count : self._at].ljust(count, "0")

    def number(self, count: int) -> int:
        """The next bits as a number."""
        return int(self.take(count), 2)


def _decoded(data: bytes, version: int) -> str:
    """The text of the parts (8.4)."""
    bits, parts = _Bits(data), []
    while mode := bits.number(4):
        if mode not in qr_matrix.MODES:
            raise ValueError("no part of a text")
        count = bits.number(util.length_in_bits(mode, version))  # type: ignore[arg-type]
        if count > _LONGEST:
            raise ValueError("longer than any code")
        parts.append(_part(bits, mode, count))
        if sum(map(len, parts)) > 8 * len(data):
            raise ValueError("more characters than bits")
    return b"".join(parts).decode("utf-8")


def _part(bits: _Bits, mode: int, count: int) -> bytes:
    if mode == util.MODE_NUMBER:
        return _digits(bits, count)
    if mode == util.MODE_ALPHA_NUM:
        return b"".join(_pair(bits, min(2, count - at)) for at in range(0, count, 2))
    return bits.number(8 * count).to_bytes(count, "big") if count else b""


def _digits(bits: _Bits, count: int) -> bytes:
    """Ten bits for every three digits, seven or four for those that are left (8.4.2)."""
    triples, left = divmod(count, 3)
    taken = bits.take(10 * triples)
    digits = [_TRIPLES[taken[at : at + 10]] for at in range(0, len(taken), 10)]
    if left:
        digits.append(b"%0*d" % (left, bits.number(3 * left + 1)))
    return b"".join(digits)


def _pair(bits: _Bits, count: int) -> bytes:
    if count == 1:
        return util.ALPHA_NUM[bits.number(6) :][:1]
    first, second = divmod(bits.number(11), 45)
    return util.ALPHA_NUM[first:][:1] + util.ALPHA_NUM[second:][:1]
