"""Numbers as the formats write them: the shortest decimal, never an exponent."""

from __future__ import annotations

from functools import lru_cache

from renderer.page import ROUNDING

NUMBERS_KEPT = 4096
"""Numbers whose text is remembered: sizes, steps and places come again on the next page."""


@lru_cache(maxsize=NUMBERS_KEPT)
def decimal(value: float) -> str:
    """`value` with at most `ROUNDING` decimals and no trailing zeros: `12`, `0.25`, `-3.001`.

    PDF (ISO 32000-1, 7.3.3) knows no exponents, OFD's ST_Box and ST_Array neither.
    """
    text = f"{value:.{ROUNDING}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Decimals(dict[float, str]):
    """A table of numbers already written: a QR code has thousands, but only a hundred different."""

    def __missing__(self, value: float) -> str:
        """The decimal of a number met for the first time."""
        text = self[value] = decimal(value)
        return text
