"""What a real server answers in a second to those who verify, with a large register.

`sealpress serve` with two workers, asked over HTTP by clients that keep their connections, all on
this machine, which therefore does both. Its limits of rate are set out of reach, since one address
asks for all; they are counted all the same. Thousands of codes from all over the register are asked
for in turn, and every answer is looked at. The same server around an application that does nothing
is asked just before, so that what HTTP costs here and now can be told from what a verdict costs.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service import clock, status_publishing
from service.bench import driver as bench_driver
from service.bench import load_lookups, load_server
from service.bench import register as bench_register
from service.bench.driver import ask_often
from service.bench.load import CLIENTS, MISSING, WARM_UP_SECONDS, WORKERS
from service.bench.progress import tell
from service.bench.register import Filled
from service.bench.verify_bombs import BOMBS, throw
from service.bench.verify_clients import get

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
_JSON = {"Accept": "application/json"}

BARE = ("service.bench.bare_server",)
BARE_ROW = "3 kB from the same server without any work"


def measure_served(seconds: float, rows: int, server: str | None) -> dict[str, Any]:
    """Look-ups, codes, signed files, and codes while bombs are examined, on each database.

    `rows` (1 at least) are those of the large register.
    """
    databases: dict[str, Any] = {}
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        databases[name] = MISSING if url is None else _measured(name, seconds, rows, url)
    return {
        "workers": WORKERS,
        "clients": CLIENTS,
        "rows": rows,
        "driver": bench_driver.name(),
        "limits of rate": LIMITS,
        "databases": databases,
    }


def _measured(name: str, seconds: float, rows: int, server: str) -> dict[str, Any]:
    begun = time.monotonic()
    with bench_register.filled(rows, server) as large:
        took = time.monotonic() - begun
        found: dict[str, Any] = {"filled in s": round(took), "look-ups": _looked_up(large, server)}
        tell(f"{name}: status lists of {rows:,} certificates")
        begun = time.monotonic()
        status_publishing.refresh(large.installation, clock.now())
        found["status lists signed in s"] = round(time.monotonic() - begun, 1)
        return found | _served(name, large, seconds)


def _looked_up(large: Filled, server: str) -> dict[str, Any]:
    """How long look-ups take there and in a small register."""
    small_rows = load_lookups.SMALL_REGISTER
    with bench_register.filled(small_rows, server, issued=2) as small:
        tell("look-ups in both registers")
        return load_lookups.compare(small, large)


def _served(name: str, filled: Filled, seconds: float) -> dict[str, Any]:
    home = filled.installation.settings.home
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(_CONFIG)
    codes = [get("/v/" + one.code.rpartition("/")[2], _JSON) for one in filled.spread]
    key = {"Authorization": f"Bearer {filled.token}"}
    pdfs = [get(f"/api/v1/certificates/{one}/pdf", key) for one in filled.issued]
    asked: dict[str, Any] = {}
    tell(f"{name}: a bare server, to compare with")
    with load_server.serving(home, WORKERS, BARE) as server:
        asked[BARE_ROW] = _busy(*server, codes, VALID, seconds / 2)
    with load_server.serving(home, WORKERS) as server:
        tell(f"{name}: codes over HTTP")
        asked["GET /v/{code}"] = _busy(*server, codes, VALID, seconds)
        tell(f"{name}: signed files over HTTP")
        asked["a signed PDF"] = _busy(*server, pdfs, b"%%EOF", seconds)
        tell(f"{name}: codes beside bombs")
        beside = f"GET /v/{{code}}, {BOMBERS} bombs at once"
        asked[beside] = _beside_bombs(server[0], codes, seconds)
    return {"codes": len(codes), "PDFs": len(pdfs), "asked": asked}


def _busy(
    port: int, group: int, asked: list[bytes], wanted: bytes, seconds: float
) -> dict[str, Any]:
    """As many as are answered, with the server's processor time for one."""
    ask_often(port, asked, wanted, CLIENTS, min(WARM_UP_SECONDS, seconds))
    before = load_server.cpu_seconds(group)
    found = ask_often(port, asked, wanted, CLIENTS, seconds)
    used = load_server.cpu_seconds(group) - before
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
