"""A register of many certificates to be measured with: some issued for real, the others copied."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.bench import load_server
from service.bench.data import requests
from service.bench.load_rows import fill
from service.bench.progress import tell
from service.bench.rows import Given
from service.installation import Installation
from service.issuing import issue
from service.request import read

ISSUED = 200
"""Certificates that are issued for real, half before and half after the rows are filled in: only
they have files that can be asked for."""


@dataclass(frozen=True)
class Filled:
    """An installation whose register has many rows, and the certificates in it to ask for."""

    installation: Installation
    issued: Sequence[str]
    """The identifiers of those that have files."""

    spread: Sequence[Given]
    """Copies from all over the register, whose codes hold."""

    token: str
    """An access key of it."""


@contextmanager
def filled(rows: int, server: str = "", issued: int | None = None) -> Iterator[Filled]:
    """A new installation with so many copied rows, on a PostgreSQL server or, without, on SQLite.

    It and its database are gone when the block ends. `rows` are 1 at least; `issued` are 2 at
    least, by default ISSUED.
    """
    wanted = ISSUED if issued is None else issued
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = opened.enter_context(load_server.postgresql(server)) if server else ""
        trial = load_server.make(folder, url)
        installation = Installation.open(trial.home)
        opened.callback(lambda: installation.database.close())
        tell(f"{'PostgreSQL' if server else 'SQLite'}: filling a register of {rows:,}")
        bodies = requests()
        before = [issue(installation, read(next(bodies))) for _ in range(wanted // 2)]
        spread = fill(installation, before[0].entry.license_id, rows)
        after = [issue(installation, read(next(bodies))) for _ in range(wanted - wanted // 2)]
        names = [one.entry.license_id for one in (*before, *after)]
        yield Filled(installation, names, spread, trial.token)
