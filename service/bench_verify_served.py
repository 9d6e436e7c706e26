"""What a real server answers in a second to those who verify, with a large register.

`sealpress serve` with two workers, asked over HTTP by clients that keep their connections, all on
this machine, which therefore does both. Its limits of rate are set out of reach, since one address
asks for all; they are counted all the same. Nothing that is asked is kept by the server.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from service import bench_load_lookups, bench_load_server
from service.bench_load import CLIENTS, MISSING, WARM_UP_SECONDS, WORKERS
from service.bench_verify_bombs import BOMBS, throw
from service.bench_verify_clients import ask_often, get

BOMBERS = 20
"""Who send bombs at once, each from an address of his own and again as soon as he is answered."""

CALM_CLIENTS = 2
CALM_PAUSE_SECONDS = 0.01
"""Those who scan codes meanwhile: a hundred and more in a second."""

LIMITS = "out of reach ([public] rates of the bench's own config.toml); counted all the same"

_CONFIG = """
[public]
trusted_proxies = ["127.0.0.1"]
rates = { code = 1000000000, upload = 1000000000 }
rates_of_all = { code = 1000000000, upload = 1000000000 }
"""

VALID = b'"verdict": "valid"'


def measure_served(seconds: float, rows: int, server: str | None) -> dict[str, Any]:
    """Codes, signed files, and codes while bombs are examined, on each database."""
    found: dict[str, Any] = {
        "workers": WORKERS,
        "clients": CLIENTS,
        "rows": rows,
        "limits of rate": LIMITS,
    }
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        found[name] = MISSING if url is None else _measured(seconds, rows, url)
    return found


def _measured(seconds: float, rows: int, server: str) -> dict[str, Any]:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = opened.enter_context(bench_load_server.postgresql(server)) if server else ""
        filled = opened.enter_context(bench_load_lookups.filled(folder, rows, url))
        home = filled.installation.settings.home
        with (home / "config.toml").open("a", encoding="utf-8") as config:
            config.write(_CONFIG)
        port, group = opened.enter_context(bench_load_server.serving(home, WORKERS))
        paths = ["/v/" + (one.code or "").rpartition("/")[2] for one in filled.entries]
        codes = [get(path, {"Accept": "application/json"}) for path in paths]
        key = {"Authorization": f"Bearer {filled.token}"}
        pdfs = [get(f"/api/v1/certificates/{one.license_id}/pdf", key) for one in filled.entries]
        return {
            "GET /v/{code}": _busy(port, group, codes, VALID, seconds),
            "a signed PDF": _busy(port, group, pdfs, b"%%EOF", seconds),
            f"GET /v/{{code}}, {BOMBERS} bombs at once": _beside_bombs(port, codes, seconds),
        }


def _busy(
    port: int, group: int, asked: list[bytes], wanted: bytes, seconds: float
) -> dict[str, Any]:
    """As many as are answered, with the server's processor time for one."""
    ask_often(port, asked, wanted, CLIENTS, min(WARM_UP_SECONDS, seconds))
    before = bench_load_server.cpu_seconds(group)
    found = ask_often(port, asked, wanted, CLIENTS, seconds)
    used = bench_load_server.cpu_seconds(group) - before
    return found | {"cpu_ms": round(used / max(found["answered"], 1) * 1000, 2)}


def _beside_bombs(port: int, codes: list[bytes], seconds: float) -> dict[str, Any]:
    """How long codes take those who ask calmly, while files are examined that cost the most."""
    with _bombing(port) as answers:
        time.sleep(min(1.0, seconds))
        found = ask_often(port, codes, VALID, CALM_CLIENTS, seconds, CALM_PAUSE_SECONDS)
    return found | {"bombs": {str(status): count for status, count in sorted(answers.items())}}


@contextmanager
def _bombing(port: int) -> Iterator[Counter[int]]:
    """Bombs from all sides while the block runs; counts the answers by their status."""
    answers: Counter[int] = Counter()
    lock, over = threading.Lock(), threading.Event()
    made = [bomb() for bomb in BOMBS]

    def send(sender: int) -> None:
        while not over.is_set():
            status = throw(port, made[sender % len(made)], f"198.51.100.{sender + 1}")
            with lock:
                answers[status] += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(BOMBERS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()
