"""The job of a batch: the rows of one lane, a few seconds of them at a time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from service import clock
from service.batches import row as rows
from service.batches import store, withdrawal
from service.batches.store import Batch, Ended, Later, Waiting
from service.installation import Installation
from service.work import jobs
from service.work.jobs import Again, Job

SLICE_SECONDS = 5.0
"""After so long other jobs have their turn."""

CHUNK_ROWS = 25
CHUNK_SECONDS = 1.0
"""The outcomes of so many rows, or of so long, are written down at once. A process that dies before
has done them nevertheless; they are answered once more then, and nothing is issued twice."""

TROUBLE = 3
"""So many rows that stop one after the other mean that the next ones would as well."""


def work(installation: Installation, job: Job, seconds: float = SLICE_SECONDS) -> Again | None:
    """Do rows for so long, until the lane is done, or until nothing goes on for now."""
    batch_id, lane = (int(part) for part in job.reference.split(":"))
    with installation.database.read() as connection:
        batch = store.find(connection, batch_id)
    if batch is None or batch.ended_at is not None:
        return None
    lease = installation.settings.work.lease
    started, stopped = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        if (at := withdrawal.since(installation, batch.caller)) is not None:
            withdrawal.end_rows(installation, batch, lane, at)
            return None
        with installation.database.read() as connection:
            waiting = store.due(connection, batch_id, lane, clock.now(), CHUNK_ROWS)
            if not waiting:
                return _when_delayed(store.next_due(connection, batch_id, lane))
        stopped = _chunk(installation, batch, waiting, stopped)
        if not jobs.keep(installation.database, job, clock.now(), lease):
            return None  # another goes on with it
        if stopped >= TROUBLE:
            why = f"{stopped} rows stopped one after the other"
            return Again(clock.now() + jobs.delay(job.attempts), why)
    return Again(clock.now(), "", progress=True)


def _when_delayed(moment: datetime | None) -> Again | None:
    return None if moment is None else Again(moment, "rows wait to be tried again", progress=True)


def _chunk(
    installation: Installation, batch: Batch, waiting: Sequence[Waiting], stopped: int
) -> int:
    """Do rows and write their outcomes down; gives how many stopped in a row by now."""
    ended: list[Ended] = []
    later: list[Later] = []
    delayed: set[str | None] = set()
    started = time.monotonic()
    try:
        for row in waiting:
            if row.subject is not None and row.subject in delayed:
                continue
            result = rows.do(installation, batch, row)
            if isinstance(result, Later):
                later.append(result)
                delayed.add(row.subject)
                stopped += 1
            else:
                ended.append(result)
                stopped = 0
            if stopped >= TROUBLE or time.monotonic() - started > CHUNK_SECONDS:
                break
    finally:
        if ended or later:
            with installation.database.write() as connection:
                store.keep(connection, batch.id, ended, later, clock.now())
    return stopped
