"""The compound values of OFD's attributes (GB/T 33190, 7.3)."""

from __future__ import annotations

from renderer.decimals import decimal
from renderer.page import Colour


def box(x: float, y: float, width: float, height: float) -> str:
    """An ST_Box: left, top, width, height in mm."""
    return f"{decimal(x)} {decimal(y)} {decimal(width)} {decimal(height)}"


def rgb(colour: Colour) -> str:
    """A colour's Value in the default colour space, sRGB with 8 bits a component."""
    return f"{colour[0]} {colour[1]} {colour[2]}"
