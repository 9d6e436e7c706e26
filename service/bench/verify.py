"""`sealpress bench verify`: what a verdict costs, in one process and from a real server.

In one process: files of ours by their digest, files that are examined as a stranger's would be, and
codes with the register. ofdrw validates the same kind of page in the same run, warmed up. Then
look-ups in a small register and a large one, and a `sealpress serve` with the large one is asked
over HTTP (`service.bench.verify_served`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from service import clock
from service.bench import data as bench_data
from service.bench import verdicts
from service.bench.data import SAID_OF_DATA, figures, machine, requests
from service.bench.progress import tell
from service.bench.sign_peers import measure_ofdrw_verifying
from service.bench.verify_served import measure_served
from service.bench.yardstick import measure_yardsticks
from service.installation import Installation
from service.issuing import issue
from service.request import read
from verify import proof
from verify.check import CheckState
from verify.register import Entry

ISSUED = 20
"""Certificates of other data each, asked for in turn."""

WARM_UP = 40


@dataclass(frozen=True)
class Made:
    """A certificate that was issued, with the bytes of both files."""

    entry: Entry
    pdf: bytes
    ofd: bytes


Task = Callable[[Installation, Made], object]


def measure_verifying(
    installation: Installation,
    count: int,
    *,
    seconds: float,
    rows: int,
    server: str | None,
    peers: bool = True,
) -> dict[str, Any]:
    """All figures; `seconds` and `rows` are those of the served part, 0 of either leaves it out."""
    tell("verdicts in one process")
    made = _issued(installation)
    before = measure_yardsticks()
    own = {name: _measured(installation, made, task, count) for name, task in TASKS.items()}
    yardsticks = {"before": before, "after": measure_yardsticks()}
    found: dict[str, Any] = {"count": count, "one process": own, "yardsticks": yardsticks}
    if peers:
        found["ofdrw"] = measure_ofdrw_verifying(installation)
    if seconds and rows:
        found["served"] = measure_served(seconds, rows, server)
    return found | {"machine": machine(), "data": SAID_OF_DATA}


def _issued(installation: Installation) -> list[Made]:
    bodies, made = requests(), []
    for _ in range(ISSUED):
        entry = issue(installation, read(next(bodies))).entry
        files = (installation.documents.get(one) for one in (entry.pdf_sha256, entry.ofd_sha256))
        made.append(Made(entry, *files))
    return made


def _measured(
    installation: Installation, made: Sequence[Made], task: Task, count: int
) -> dict[str, float]:
    times = []
    for turn in range(WARM_UP + count):
        one = made[turn % len(made)]
        begun = bench_data.clock()
        task(installation, one)
        times.append(bench_data.clock() - begun)
    return figures(times[WARM_UP:]) | {"best_ms": round(min(times[WARM_UP:]) * 1000, 2)}


def _own_pdf(installation: Installation, made: Made) -> None:
    verdicts.by_file(installation, made.pdf)


def _own_ofd(installation: Installation, made: Made) -> None:
    verdicts.by_file(installation, made.ofd)


def _whole_pdf(installation: Installation, made: Made) -> None:
    _examine(installation, made.pdf)


def _whole_ofd(installation: Installation, made: Made) -> None:
    _examine(installation, made.ofd)


def _examine(installation: Installation, data: bytes) -> None:
    """Every check that a file's own bytes allow, the look at its page among them."""
    examination = proof.examined(data, installation.anchors(), clock.now())
    for check in examination.checks:
        verdicts.require(check.state is CheckState.PASSED or check.advisory, check.reason)


def _code(installation: Installation, made: Made) -> None:
    verdicts.by_code(installation, made.entry.code or "")


TASKS: dict[str, Task] = {
    "own PDF, by its digest": _own_pdf,
    "own OFD, by its digest": _own_ofd,
    "PDF, examined whole": _whole_pdf,
    "OFD, examined whole": _whole_ofd,
    "code, with the register": _code,
}
