"""`sealpress bench load`: what a real server does in a second, with everything on the disk.

`sealpress serve` with two workers is asked over HTTP by clients that keep their connections, all on
this machine, which therefore does both. Every certificate that is answered is in the register and
its files are in the store, synced: SQLite with `synchronous = FULL`, PostgreSQL with its defaults.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from service.bench import load_batches, load_server
from service.bench.data import SAID_OF_DATA, machine, requests
from service.bench.load_clients import keep_busy
from service.bench.progress import tell

WORKERS = 2
CLIENTS = 8
"""Requests under way at once: enough that no worker waits for a client."""

WARM_UP_SECONDS = 3.0
"""Before the clock counts: workers load what they need with the first requests."""

FSYNCS = 50
FSYNC_BYTES = 4096

PATH = "/api/v1/certificates"
MISSING = "not measured (no --database)"


def measure_load(seconds: float, server: str | None) -> dict[str, Any]:
    """Issues in a second on each database."""
    found: dict[str, Any] = {
        "workers": WORKERS,
        "clients": CLIENTS,
        "fsync_ms": _fsync_ms(),
        "issuing": {},
    }
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if url is None:
            found["issuing"][name] = MISSING
            continue
        tell(f"{name}: issuing over HTTP")
        found["issuing"][name] = measure_issuing(seconds, url)
    return found | {"machine": machine(), "data": SAID_OF_DATA}


def measure_issuing(seconds: float, server: str) -> dict[str, Any]:
    """Certificates in a second, in a new register; SQLite where no server."""
    with _register(server) as (folder, url):
        trial = load_server.make(folder, url)
        bodies = requests()
        with load_server.serving(trial.home, WORKERS) as (port, group):
            asked = (port, trial.token, CLIENTS)
            keep_busy(*asked, min(WARM_UP_SECONDS, seconds), bodies, PATH)
            before = load_server.cpu_seconds(group)
            found = keep_busy(*asked, seconds, bodies, PATH)
            used = load_server.cpu_seconds(group) - before
            batch = load_batches.measure(port, trial.token, bodies, seconds)
        found["cpu_ms"] = round(used / max(found["answered"], 1) * 1000, 1)
        return found | {"a batch": batch}


@contextmanager
def _register(server: str) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL of an empty database; empty for SQLite in that folder."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = opened.enter_context(load_server.postgresql(server)) if server else ""
        yield folder, url


def _fsync_ms() -> float:
    """What the disk takes to keep 4 KiB more of a file, median in milliseconds."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(FSYNCS):
            file.write(bytes(FSYNC_BYTES))
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return round(statistics.median(times) * 1000, 2)
