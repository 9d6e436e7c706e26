"""Doing in a test what workers do, at times that the test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.installation import Installation
from service.work import jobs, sweep
from service.work.doing import do
from service.work.tables import jobs as table


class Time:
    """The time of day, as far ahead as a test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta()
        monkeypatch.setattr(clock, "now", self.now)

    def now(self) -> datetime:
        """What `service.clock.now` gives."""
        return datetime.now(UTC) + self._ahead

    def passes(self, **how_long: float) -> None:
        """Let time pass, as `timedelta` takes it."""
        self._ahead += timedelta(**how_long)


def work(installation: Installation, *, most: int = 50) -> Sequence[str]:
    """Sweep, and do what is due; gives which records and batches were worked on.

    Fails if there is no end of it.
    """
    sweep.begin(installation)
    done: list[str] = []
    for _ in range(most):
        taken = jobs.take(installation.database, clock.now())
        if not taken:
            return done
        for job in taken:
            do(installation, job)
            if job.kind in ("record", "batch"):
                done.append(f"{job.kind} {job.reference}")
    raise AssertionError(f"no end of work: {done[-5:]}")


def waiting(installation: Installation, kind: str = "record") -> Sequence[Any]:
    """The rows of the jobs of a kind."""
    with installation.database.read() as connection:
        return connection.execute(sa.select(table).where(table.c.kind == kind)).all()
