"""How long a look-up takes in a small register and in a large one, turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from service.bench import verdicts
from service.bench.register import Filled
from service.bench.rows import Given
from service.installation import Installation

SMALL_REGISTER = 10_000
"""Certificates in the register that a large one is compared with."""

ROUNDS = 400
WARM_UP = 40


def compare(small: Filled, large: Filled) -> dict[str, Any]:
    """Median milliseconds of each kind of look-up in both, and how many times longer the second."""
    found: dict[str, Any] = {}
    for name, ask in _ASKED.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for turn in range(WARM_UP + ROUNDS):
            for times, one in zip(taken, (small, large), strict=True):
                given = one.spread[turn % len(one.spread)]
                begun = time.perf_counter()
                ask(one.installation, given)
                times.append(time.perf_counter() - begun)
        first, second = (statistics.median(times[WARM_UP:]) * 1000 for times in taken)
        found[name] = {
            "small_ms": round(first, 3),
            "large_ms": round(second, 3),
            "times": round(second / first, 2),
        }
    return found


def _by_number(installation: Installation, given: Given) -> None:
    verdicts.by_number(installation, given.number, given.factory_number)


def _by_code(installation: Installation, given: Given) -> None:
    verdicts.by_code(installation, given.code)


def _by_file(installation: Installation, given: Given) -> None:
    found = installation.register.by_document(given.pdf_sha256)
    verdicts.require(
        found is not None and found.license_id == given.license_id, "its file is not found"
    )


_ASKED: Mapping[str, Callable[[Installation, Given], None]] = {
    "by number": _by_number,
    "by code": _by_code,
    "by a file's digest, the register alone": _by_file,
}
