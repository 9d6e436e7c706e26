"""How quick the machine is at work that no code of ours changes, to read the other figures by.

Figures of two machines say little beside each other, and on a machine that is shared they differ by
half from one hour to the next. These three pieces of work were measured where the targets for
speed were set; how much longer they take here is how much longer everything may take here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping

from renderer import fonts, subset
from service.bench.data import CHARACTERS, clock
from signing.libcrypto import Sm2PrivateKey

SIZE = 75_000
"""Bytes of a font's outlines, as many as were taken for the figures beside."""

REPEATED = 60
MESSAGE = bytes(200)

ELSEWHERE: Mapping[str, float] = {
    "SM2 signature": 0.30,
    f"SHA-256 of {SIZE} bytes": 0.04,
    f"deflating {SIZE} bytes of outlines, zlib 6": 2.1,
}
"""Milliseconds of the same work on the machine on which the targets were set."""


def measure_yardsticks() -> dict[str, str]:
    """The median of each piece of work in milliseconds, with that of the other machine."""
    key = Sm2PrivateKey.generate()
    outlines = _outlines()
    work: Mapping[str, Callable[[], object]] = dict(
        zip(
            ELSEWHERE,
            (
                lambda: key.sign(MESSAGE),
                lambda: hashlib.sha256(outlines).digest(),
                lambda: zlib.compress(outlines, 6),
            ),
            strict=True,
        )
    )
    return {
        name: f"{_median(piece):.2f} ms ({ELSEWHERE[name]:.2f} where the targets were set)"
        for name, piece in work.items()
    }


def _outlines() -> bytes:
    """Part of a font, again and again with other characters until it is long enough."""
    data, start = b"", 0x4E00
    while len(data) < SIZE:
        codes = frozenset(map(ord, CHARACTERS)) | frozenset(range(start, start + 60))
        data, start = data + subset.cut(next(iter(fonts.CHAINS)), codes, "").subset.data, start + 60
    return data[:SIZE]


def _median(piece: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATED):
        start = clock()
        piece()
        times.append(clock() - start)
    return sorted(times)[REPEATED // 2] * 1000
