"""A batch that somebody waits for: worked off here, beside whoever else works on it."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from typing import Protocol

from service import clock
from service.access import Caller
from service.batches import intake, lane, posting, progress, store
from service.batches.progress import Progress
from service.batches.store import Batch, State
from service.installation import Installation
from service.work import jobs
from service.work.doing import do

LOCAL = Caller("")
"""Who posts a batch without an access key; keys always have names."""

TURN_SECONDS = 1.0
"""Between two looks at how far it has come."""

IDLE_SECONDS = 0.5
"""How long to wait where all rows are others', or wait to be tried again."""


def of_file(installation: Installation, body: bytes) -> Batch:
    """The batch of a file: the one that was begun before with the very same, or a new one.

    One that has ended with failures is begun anew: what was done is not done twice.

    Raises:
        TooLarge, Invalid: it has too much or nothing in it.
    """
    with installation.database.read() as connection:
        known = store.newest(connection, LOCAL.name, intake.digest(body))
        if known is not None:
            counts = progress.of(connection, known, clock.now()).counts
            if known.ended_at is None or not counts[State.FAILED]:
                return known
    return posting.post(installation, LOCAL, body, None)


class Listener(Protocol):
    """Whoever wants to hear how a batch goes."""

    def __call__(self, standing: Progress) -> None:
        """It has come so far."""

    def waits(self, until: datetime) -> None:
        """All that is left was taken by another process, which has it until then, or longer."""


def work_off(installation: Installation, batch: Batch, listener: Listener) -> Progress:
    """Do a batch's rows until it has ended, and tell how it goes."""
    lease = installation.settings.work.lease
    act = partial(lane.work, seconds=TURN_SECONDS)
    while True:
        with installation.database.read() as connection:
            found = store.find(connection, batch.id) or batch
            standing = progress.of(connection, found, clock.now())
            waiting = store.job_ids(connection, batch.id)
        listener(standing)
        if found.ended_at is not None:
            return standing
        idle = True
        for job_id in waiting:
            for job in jobs.take(installation.database, clock.now(), job_id=job_id, lease=lease):
                do(installation, job, act)
                idle = False
        if idle:
            with installation.database.read() as connection:
                until = jobs.taken_until(connection, waiting, clock.now())
            if until is not None:
                listener.waits(until)
            time.sleep(IDLE_SECONDS)
