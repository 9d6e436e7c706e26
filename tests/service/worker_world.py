"""Servers and workers as processes of their own, and what becomes of the work they are given."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from test_kill_between_steps import DRIVER

from service import tables as t
from service.batches import posting, store
from service.batches.working_off import LOCAL
from service.installation import Installation
from service.work.tables import batch_rows

PATIENCE_SECONDS = 90


class Process:
    """A command of ours, in a group of its own, so that all of it can be killed at once."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self._said = home / f"said-{time.monotonic_ns()}.txt"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", *arguments],
                env=os.environ | {"SEALPRESS_HOME": str(home)},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it and its children at once, with no say in the matter."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; gives its exit status."""
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)

    def said(self) -> str:
        """All that it has said."""
        return self._said.read_text("utf-8")


@contextmanager
def process(home: Path, *arguments: str) -> Iterator[Process]:
    """Such a process, killed in the end if it is there still."""
    made = Process(home, *arguments)
    try:
        yield made
    finally:
        with suppress(ProcessLookupError):
            made.kill()


def configure(home: Path, work: str) -> None:
    """Write the table `[work]` into the home's settings."""
    config = home / "config.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[work]\n{work}\n", "utf-8")


def speak_to(home: Path, broker: str) -> None:
    """Let the settings name another broker than before."""
    config = home / "config.toml"
    said = re.sub(r'broker = ".*"', f'broker = "{broker}"', config.read_text("utf-8"))
    config.write_text(said, "utf-8")


def die_while_issuing(home: Path, request: dict[str, Any]) -> None:
    """Let a process of its own begin to issue, and die before the files are made."""
    posted = home.with_name("request.json")
    posted.write_text(json.dumps(request), "utf-8")
    moment = "service.press.compose:before"
    died = subprocess.run(
        [sys.executable, "-c", DRIVER, str(home), str(posted), moment],
        env=os.environ,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def require_a_worker_to_end(home: Path, installation: Installation) -> None:
    """See that a worker finishes the one certificate that a process has left."""
    assert stages(installation)
    assert set(stages(installation)) <= {"reserved", "checked", "coded"}
    with process(home, "worker") as worker:
        until(lambda: list(stages(installation)) == ["finished"], worker.said())
        assert worker.stop() == 0
    assert len(numbers(installation)) == 1


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something, and fail if it takes too long."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE_SECONDS, what
        time.sleep(0.05)


def post_rows(installation: Installation, rows: Sequence[dict[str, Any]]) -> int:
    """A batch of those rows; gives its number."""
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return posting.post(installation, LOCAL, body, None).id


def ended(installation: Installation, batch_id: int) -> bool:
    """Whether a batch has come to its end."""
    with installation.database.read() as connection:
        found = store.find(connection, batch_id)
    return found is not None and found.ended_at is not None


def outcomes(installation: Installation) -> Sequence[str]:
    """The states of all rows of all batches, in their order."""
    with installation.database.read() as connection:
        query = sa.select(batch_rows.c.state).order_by(batch_rows.c.batch_id, batch_rows.c.line)
        return connection.execute(query).scalars().all()


def numbers(installation: Installation) -> Sequence[str]:
    """The numbers of all certificates."""
    with installation.database.read() as connection:
        return connection.execute(sa.select(t.certificates.c.number)).scalars().all()


def stages(installation: Installation) -> Sequence[str]:
    """How far the records have come."""
    with installation.database.read() as connection:
        query = sa.select(t.records.c.step).order_by(t.records.c.id)
        return connection.execute(query).scalars().all()


def answers(port: int) -> bool:
    """Whether a service answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
