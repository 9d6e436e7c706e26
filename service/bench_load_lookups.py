"""How long a look-up takes in a small register and in a large one, turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service import bench_load_server, clock
from service.bench_data import requests
from service.bench_load_rows import fill
from service.installation import Installation
from service.issuing import issue
from service.request import read
from verify import decide
from verify.register import Entry

ISSUED = 40
"""Certificates that are issued for real, half before and half after the rows are filled in."""

ROUNDS = 400
WARM_UP = 40


@dataclass(frozen=True)
class Filled:
    """An installation whose register has many rows, and the certificates in it to ask for."""

    installation: Installation
    entries: Sequence[Entry]
    token: str
    """An access key of it."""


@contextmanager
def filled(folder: Path, rows: int, database_url: str = "") -> Iterator[Filled]:
    """A new installation with so many copied rows."""
    trial = bench_load_server.make(folder, database_url)
    installation = Installation.open(trial.home)
    try:
        bodies = requests()
        issued = [issue(installation, read(next(bodies))) for _ in range(ISSUED // 2)]
        fill(installation.database, issued[0].entry.license_id, rows)
        issued += [issue(installation, read(next(bodies))) for _ in range(ISSUED // 2)]
        yield Filled(installation, [one.entry for one in issued], trial.token)
    finally:
        installation.database.close()


def compare(small: Filled, large: Filled) -> dict[str, Any]:
    """Median milliseconds of each kind of look-up in both, and how many times longer the second."""
    found: dict[str, Any] = {}
    for name, ask in _ASKED.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for turn in range(WARM_UP + ROUNDS):
            for times, one in zip(taken, (small, large), strict=True):
                entry = one.entries[turn * 7 % len(one.entries)]
                begun = time.perf_counter()
                ask(one.installation, entry)
                times.append(time.perf_counter() - begun)
        first, second = (statistics.median(times[WARM_UP:]) * 1000 for times in taken)
        found[name] = {
            "small_ms": round(first, 3),
            "large_ms": round(second, 3),
            "times": round(second / first, 2),
        }
    return found


def _by_number(installation: Installation, entry: Entry) -> None:
    now = clock.now()
    verdict = decide.number(
        entry.number,
        entry.face["factory_number"],
        register=installation.register,
        at=now,
        now=now,
    )
    _require(verdict.verdict)


def _by_code(installation: Installation, entry: Entry) -> None:
    now = clock.now()
    verdict = decide.code(
        entry.code or "",
        register=installation.register,
        anchors=installation.anchors(),
        status_list=None,
        base_url=installation.settings.base_url,
        at=now,
        now=now,
    )
    _require(verdict.verdict)


def _by_file(installation: Installation, entry: Entry) -> None:
    if installation.register.by_document(entry.pdf_sha256) is None:
        raise AssertionError("the register does not have its own file")


def _require(word: str) -> None:
    if word != "valid":
        raise AssertionError(f"a certificate of ours is {word}")


_ASKED: Mapping[str, Callable[[Installation, Entry], None]] = {
    "by number": _by_number,
    "by code": _by_code,
    "by a file's digest, the register alone": _by_file,
}
