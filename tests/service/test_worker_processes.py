"""Servers and workers are killed in the middle of their work: others end it, and nothing twice."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documented_service import free_port
from worker_world import (
    answers,
    configure,
    die_while_issuing,
    ended,
    numbers,
    outcomes,
    post_rows,
    process,
    require_a_worker_to_end,
    until,
)

from service.installation import TOKEN_FILE, Installation
from service.work import loop

Sample = Callable[..., dict[str, Any]]
ROWS = 16


def call(installation: Installation, port: int, path: str, body: bytes | None = None) -> Any:
    token = (installation.keys / TOKEN_FILE).read_text().strip()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own
        return json.load(answer)


def test_a_batch_outlives_the_server_and_a_worker(
    home: Path, installation: Installation, sample: Sample
) -> None:
    configure(home, "lease_s = 1")
    port = free_port()
    rows = [sample("05", face__factory_number=f"F{n}") for n in range(ROWS)]
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    with process(home, "serve", "--bind", f"127.0.0.1:{port}", "--workers", "2") as server:
        until(lambda: answers(port), "no server")
        told = call(installation, port, "/api/v1/batches", body)
        until(lambda: len(numbers(installation)) > 5, "the server does no rows")
        assert call(installation, port, f"/api/v1/batches/{told['batch']}")["state"] == "running"
        server.kill()
    assert not ended(installation, told["batch"])
    done = len(numbers(installation))
    with process(home, "worker") as first:
        until(lambda: len(numbers(installation)) > done + 2, f"no work: {first.said()}")
        first.kill()
    with process(home, "worker", "--threads", "1") as last:
        until(lambda: ended(installation, told["batch"]), f"no end: {last.said()}")
        assert last.stop() == 0
    assert set(outcomes(installation)) == {"issued"}
    assert len(set(numbers(installation))) == len(numbers(installation)) == ROWS


def test_a_worker_ends_the_record_of_a_process_that_was_killed(
    home: Path, installation: Installation, sample: Sample
) -> None:
    configure(home, "lease_s = 1")
    die_while_issuing(home, sample("05"))
    require_a_worker_to_end(home, installation)


@pytest.mark.parametrize("work", ["in_serve = false", 'broker = "redis://127.0.0.1:1/0"'])
def test_where_only_workers_work_the_server_leaves_it_to_them(home: Path, work: str) -> None:
    configure(home, work)
    installation = Installation.open(home)
    assert loop.behind_the_service(installation) is None
    installation.database.close()


def test_a_loop_does_at_once_what_its_process_adds_and_ends_when_asked(
    installation: Installation, sample: Sample
) -> None:
    beside = loop.behind_the_service(installation)
    assert beside is not None
    batch_id = post_rows(installation, [sample("01")])
    until(lambda: ended(installation, batch_id), "no end")
    beside.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("work-")]
