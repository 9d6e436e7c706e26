"""Jobs: what is to be done later, and at least once. The table is the truth.

A job is added in the very transaction that makes it necessary, and goes when it is done. Whoever
does it takes it for `LEASE`; a worker that dies lets the time pass, and another takes it. So a job
may be begun twice, and every handler must bear that. There is one job for a kind and a reference:
adding it again brings it forward, and one that is being done just then is done once more.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from service import clock
from service.database import Database
from service.errors import ServiceError
from service.tables import UtcDateTime
from service.work.tables import jobs
from signing.errors import SigningError

HANDLERS: Final[Mapping[str, str]] = {
    "sweep": "service.work.sweep:sweep",
    "record": "service.work.records:go_on",
    "batch": "service.batches.lane:work",
    "webhook": "service.webhooks.delivering:handle",
    "status-list": "service.status_publishing:sign_changed",
    "status-lists": "service.status_publishing:renew",
}
"""Who does a kind of job: `module:function`, imported when the first one is done.

It is called with the installation and the job, and gives `Again`, or None when the job is done.
"""

LEASE = timedelta(seconds=120)
"""For how long a job is taken; a handler that may need longer calls `keep` in between."""

FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(days=1)
"""A job that raised waits so long, twice as long each time, up to this."""

JITTER = 0.1
"""Jobs that failed together shall not all come back at one moment: this part more or less."""

ERROR_CHARACTERS = 500
"""What is kept of an error: a sentence or two."""


@dataclass(frozen=True)
class Job:
    """A job as somebody took it; times are aware.

    `attempts` counts this one; `lease` and `asked` say later whether it is still this one's.
    """

    id: int
    kind: str
    reference: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime
    due_at: datetime
    lease: str
    asked: int


@dataclass(frozen=True)
class Again:
    """The job is to be done again at a moment; `why` is kept and shown, so it holds no secret.

    With `progress` its attempts are counted anew: it came forward, and was not just tried.
    """

    at: datetime
    why: str
    progress: bool = False


def _store(new: Any) -> Any:
    """The statement that adds a job, or brings it forward; the row is given when it is run."""
    given = new.excluded.due_at
    return new.on_conflict_do_update(
        index_elements=["kind", "reference"],
        set_={
            "payload": new.excluded.payload,
            "asked": jobs.c.asked + 1,
            "due_at": sa.case((given < jobs.c.due_at, given), else_=jobs.c.due_at),
            "woken_until": None,
        },
    ).returning(jobs.c.id)


_STORE = {
    "postgresql": _store(postgresql.insert(jobs)),
    "sqlite": _store(sqlite.insert(jobs)),
}
"""Built once: that takes longer than to run it."""


def add(
    connection: Connection,
    kind: str,
    reference: str,
    due_at: datetime,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Add a job in the caller's transaction; gives its id.

    Where that job is there already it is due at the earlier of both moments, with the new payload.
    Workers are told of it when the transaction was committed.

    Raises:
        KeyError: nobody does such jobs.
    """
    if kind not in HANDLERS:
        raise KeyError(kind)
    row = {
        "kind": kind,
        "reference": reference,
        "payload": dict(payload or {}),
        "asked": 1,
        "attempts": 0,
        "created_at": clock.now(),
        "due_at": due_at,
        "error": "",
    }
    stored = _STORE["postgresql" if connection.dialect.name == "postgresql" else "sqlite"]
    job_id = int(connection.execute(stored, row).scalar_one())
    connection.get_execution_options().get("sealpress_added", []).append(job_id)
    return job_id


def take(
    database: Database,
    now: datetime,
    limit: int = 1,
    *,
    job_id: int | None = None,
    lease: timedelta = LEASE,
) -> Sequence[Job]:
    """Take jobs that are due, the longest due first; nobody else gets them before the lease ends.

    With `job_id` only that one, if it is due and free.
    """
    due = [jobs.c.due_at <= now, _free(now)]
    if job_id is not None:
        due.append(jobs.c.id == job_id)
    wanted = sa.select(jobs).where(*due).order_by(jobs.c.due_at, jobs.c.id).limit(limit)
    with database.read() as connection:  # no write lock is asked for where nothing is due
        if connection.execute(wanted).first() is None:
            return ()
    with database.write() as connection:
        rows = connection.execute(wanted.with_for_update(skip_locked=True)).all()
        return [_taken(connection, row, now + lease) for row in rows]


def taken_until(connection: Connection, ids: Sequence[int], now: datetime) -> datetime | None:
    """When the first of these jobs that somebody has taken is free at the latest; None: none is."""
    held = sa.select(sa.func.min(jobs.c.taken_until)).where(
        jobs.c.id.in_(ids), jobs.c.taken_until > now
    )
    moment: datetime | None = connection.execute(held).scalar()
    return moment


def keep(database: Database, job: Job, now: datetime, lease: timedelta = LEASE) -> bool:
    """Take a job for longer; False if it is another's by now, and should be left to that one."""
    return _change(database, job, taken_until=now + lease)


def finish(database: Database, job: Job, again: Again | None, now: datetime) -> None:
    """Let go of a job: it is done and goes, or is due again then.

    A job that was added anew meanwhile stays, and is due at once. Nothing happens to one that is
    another's by now.
    """
    mine = sa.and_(jobs.c.id == job.id, jobs.c.lease == job.lease)
    free = {"taken_until": None, "lease": None, "woken_until": None}
    with database.write() as connection:
        if again is None:
            done = connection.execute(jobs.delete().where(mine, jobs.c.asked == job.asked))
            if done.rowcount == 0:
                more = jobs.update().where(mine).values(**free, attempts=0, due_at=now, error="")
                connection.execute(more)
            return
        anew = jobs.c.asked != job.asked
        values: dict[str, Any] = {
            **free,
            "due_at": sa.case((anew, _moment(now)), else_=_moment(again.at)),
            "error": again.why[:ERROR_CHARACTERS],
        }
        if again.progress:
            values["attempts"] = 0
        connection.execute(jobs.update().where(mine).values(**values))


def after_error(job: Job, error: Exception, now: datetime) -> Again:
    """When a job is tried again whose handler raised; of an unknown error only its kind is kept."""
    told = isinstance(error, ServiceError | SigningError)
    why = f"{type(error).__name__}: {error}" if told else type(error).__name__
    return Again(now + delay(job.attempts), why)


def delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubled each time, up to a day, with jitter."""
    doubled: timedelta = FIRST_DELAY * 2 ** min(max(attempts, 1) - 1, 20)
    part = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nothing secret
    return min(doubled, LONGEST_DELAY) * part


def to_wake(database: Database, now: datetime, limit: int, silence: timedelta) -> Sequence[int]:
    """Jobs that are due and of which no worker was told within `silence`; now they were."""
    j = jobs.c
    untold = sa.or_(j.woken_until.is_(None), j.woken_until <= now)
    wanted = sa.select(j.id).where(j.due_at <= now, _free(now), untold).order_by(j.due_at, j.id)
    with database.read() as connection:
        ids = list(connection.execute(wanted.limit(limit)).scalars())
    if ids:
        with database.write() as connection:
            told = jobs.update().where(j.id.in_(ids)).values(woken_until=now + silence)
            connection.execute(told)
    return ids


def _moment(value: datetime) -> sa.BindParameter[datetime]:
    return sa.literal(value, UtcDateTime)


def _free(now: datetime) -> sa.ColumnElement[bool]:
    """Nobody has taken it, or who did has let the time pass."""
    return sa.or_(jobs.c.taken_until.is_(None), jobs.c.taken_until <= now)


def _taken(connection: Connection, row: sa.Row[Any], until: datetime) -> Job:
    lease = secrets.token_hex(16)
    values = {"attempts": row.attempts + 1, "taken_until": until, "lease": lease}
    connection.execute(jobs.update().where(jobs.c.id == row.id).values(**values))
    return Job(
        id=row.id,
        kind=row.kind,
        reference=row.reference,
        payload=row.payload,
        attempts=row.attempts + 1,
        created_at=row.created_at,
        due_at=row.due_at,
        lease=lease,
        asked=row.asked,
    )


def _change(database: Database, job: Job, **values: Any) -> bool:
    mine = sa.and_(jobs.c.id == job.id, jobs.c.lease == job.lease)
    with database.write() as connection:
        return connection.execute(jobs.update().where(mine).values(**values)).rowcount == 1
