"""A small sRGB profile (ICC.1:2001-04, version 2), made from the numbers of IEC 61966-2-1.

PDF/A wants the meaning of DeviceRGB stated by an ICC profile (ISO 19005-3, 6.2.3). The usual
profiles carry their makers' licences; this one is computed, and the same bytes come out each time.
"""

from __future__ import annotations

import struct
from functools import cache

CURVE_POINTS = 1024
"""Samples of the tone curve: enough that 8-bit colours survive both directions unchanged."""

# The sRGB primaries adapted to the D50 white of the connection space (Bradford), X Y Z each.
WHITE_D50 = (0.9642, 1.0, 0.8249)
RED = (0.43607, 0.22249, 0.01392)
GREEN = (0.38515, 0.71687, 0.09708)
BLUE = (0.14307, 0.06061, 0.71410)

HEADER_SIZE = 128
DESCRIPTION = b"sRGB IEC61966-2.1"


def _fixed(value: float) -> int:
    """`value` as s15Fixed16Number."""
    return round(value * 65536)


def _xyz(colour: tuple[float, float, float]) -> bytes:
    """An XYZType element."""
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, colour))


def _description() -> bytes:
    """A textDescriptionType element with empty Unicode and Script parts."""
    ascii_part = DESCRIPTION + b"\0"
    script_part = struct.pack(">HB", 0, 0) + bytes(67)
    return (
        b"desc\0\0\0\0" + struct.pack(">I", len(ascii_part)) + ascii_part + bytes(8) + script_part
    )


def _linear(encoded: float) -> float:
    """The light that an sRGB component stands for, both 0 to 1 (IEC 61966-2-1, 5.2)."""
    if encoded <= 0.04045:
        return encoded / 12.92
    return float(((encoded + 0.055) / 1.055) ** 2.4)


def _curve() -> bytes:
    """The tone curve as curveType."""
    samples = (round(_linear(i / (CURVE_POINTS - 1)) * 65535) for i in range(CURVE_POINTS))
    return struct.pack(f">4sII{CURVE_POINTS}H", b"curv", 0, CURVE_POINTS, *samples)


def _header(size: int) -> bytes:
    """The profile header (6.1): a display profile, RGB to XYZ, dated when sRGB was published."""
    head = struct.pack(
        ">I4sI4s4s4s6H4s4sIIIQI3i4s",
        size,
        b"\0\0\0\0",
        0x02100000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        *(1999, 10, 18, 0, 0, 0),
        b"acsp",
        b"\0\0\0\0",
        0,
        0,
        0,
        0,
        0,
        *map(_fixed, WHITE_D50),
        b"\0\0\0\0",
    )
    return head.ljust(HEADER_SIZE, b"\0")


@cache
def srgb() -> bytes:
    """The whole profile, about 2.5 kB."""
    curve = _curve()
    elements = [
        (b"desc", _description()),
        (b"cprt", b"text\0\0\0\0No copyright, use freely\0"),
        (b"wtpt", _xyz(WHITE_D50)),
        (b"rXYZ", _xyz(RED)),
        (b"gXYZ", _xyz(GREEN)),
        (b"bXYZ", _xyz(BLUE)),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    table = bytearray(struct.pack(">I", len(elements)))
    data = bytearray()
    start = HEADER_SIZE + 4 + 12 * len(elements)
    placed: dict[bytes, int] = {}
    for tag, element in elements:
        if element not in placed:
            data += bytes(-len(data) % 4)
            placed[element] = start + len(data)
            data += element
        table += struct.pack(">4sII", tag, placed[element], len(element))
    data += bytes(-len(data) % 4)
    return _header(start + len(data)) + bytes(table) + bytes(data)
