"""A real service tells who asked, by itself: also after it was killed before it could."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from documented_keys import ROOT
from documented_service import free_port
from webhook_world import Receiver, allow_loopback, deliveries

from service.installation import TOKEN_FILE, Installation
from service.work.tables import jobs

PATIENCE_SECONDS = 60


@contextmanager
def serving(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A service of two workers, and where it is."""
    url = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "service.cli", "serve", "--bind", url, "--workers", "2"]
    environment = os.environ | {"SEALPRESS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until(lambda: _answers(f"http://{url}/healthz"))
        yield process, f"http://{url}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).close()
    except OSError:
        return False
    return True


def each_was_tried_once(home: Path) -> bool:
    """Whether both notifications were tried, by the register, and nobody has their jobs now."""
    installation = Installation.open(home)
    try:
        with installation.database.read() as connection:
            taken = connection.execute(sa.select(jobs.c.lease).where(jobs.c.kind == "webhook"))
            resting = all(lease is None for lease in taken.scalars())
        return resting and [row.attempts for row in deliveries(installation)] == [1, 1]
    finally:
        installation.database.close()


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.1)


def post(url: str, home: Path, data: dict[str, Any]) -> int:
    token = (home / "keys" / TOKEN_FILE).read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310 - of loopback
        f"{url}/api/v1/certificates", json.dumps(data).encode(), headers
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return int(answer.status)


def test_it_is_told_soon_and_what_a_killed_service_owed_by_the_next(
    home: Path, tmp_path: Path, told: Receiver, sample: Callable[..., dict[str, Any]]
) -> None:
    allow_loopback(home, tmp_path)
    with serving(home) as (_, url):
        assert post(url, home, sample("01", notify_url=told.url)) == 201
        wait_until(lambda: told.kinds == ["issued"])
        told.answers = ["503 Busy"]
        assert post(url, home, sample("02", notify_url=told.url)) == 201
        wait_until(lambda: len(told.got) == 2)
        wait_until(lambda: each_was_tried_once(home))
    # Killed while the second waits for its next try, and no worker has its job.
    with serving(home):
        wait_until(lambda: len(told.got) == 3)
    numbers = [body["certificate"]["number"] for body in told.bodies]
    assert numbers[1] == numbers[2] != numbers[0]
    assert told.headers(1)["Sealpress-Delivery"] == told.headers(2)["Sealpress-Delivery"]
