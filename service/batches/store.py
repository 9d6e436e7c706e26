"""Batches in the register: written down whole, with the jobs that will work on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service.access import Caller
from service.batches.intake import LANES, Row
from service.scope import Scope
from service.work import jobs
from service.work.tables import batch_rows, batches
from service.work.tables import jobs as rows_of_jobs

RATE_WINDOW = timedelta(seconds=60)
"""How fast a batch goes is what was done in the last minute."""


class State(StrEnum):
    """What became of a row."""

    WAITING = "waiting"  # its turn has not come, or it is to be tried again
    ISSUED = "issued"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Batch:
    """A batch; aware times. `caller` is as it was when it was posted."""

    id: int
    caller: Caller
    body_sha256: str
    rows: int
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """A row whose turn it is."""

    id: int
    line: int
    subject: str | None
    tries: int
    body: bytes


@dataclass(frozen=True)
class Ended:
    """What became of a row; `outcome` is what the report says of it."""

    row: Waiting
    state: State
    outcome: Mapping[str, Any]


@dataclass(frozen=True)
class Later:
    """A row that is to be tried again at a moment; `outcome` is the problem that it met.

    A row that only was told to wait has not used up a try.
    """

    row: Waiting
    at: datetime
    tries: int
    outcome: Mapping[str, Any]


def add(
    connection: Connection,
    caller: Caller,
    sha256: str,
    key: str | None,
    rows: Sequence[Row],
    now: datetime,
) -> int:
    """Write a batch down, with a job for each lane that has rows; gives its id."""
    new = batches.insert().values(
        caller=caller.name,
        scope={
            "authorities": sorted(caller.scope.authorities),
            "divisions": sorted(caller.scope.divisions),
        },
        body_sha256=sha256,
        idempotency_key=key,
        rows=len(rows),
        created_at=now,
    )
    batch_id = int(connection.execute(new.returning(batches.c.id)).scalar_one())
    connection.execute(
        batch_rows.insert().inline(),
        [
            {
                "batch_id": batch_id,
                "line": row.line,
                "lane": row.lane,
                "subject": row.subject,
                "state": State.WAITING.value,
                "tries": 0,
                "body": row.body,
            }
            for row in rows
        ],
    )
    for lane in sorted({row.lane for row in rows}):
        jobs.add(connection, "batch", reference(batch_id, lane), now)
    return batch_id


def reference(batch_id: int, lane: int) -> str:
    """What the job of a lane is known by."""
    return f"{batch_id}:{lane}"


def job_ids(connection: Connection, batch_id: int) -> Sequence[int]:
    """The jobs of the lanes that are not done."""
    mine = [reference(batch_id, lane) for lane in range(LANES)]
    query = sa.select(rows_of_jobs.c.id).where(
        rows_of_jobs.c.kind == "batch", rows_of_jobs.c.reference.in_(mine)
    )
    return connection.execute(query.order_by(rows_of_jobs.c.id)).scalars().all()


def find(connection: Connection, batch_id: int) -> Batch | None:
    """A batch by its id."""
    return _one(connection, batches.c.id == batch_id)


def newest(
    connection: Connection, caller: str, sha256: str, key: str | None = None
) -> Batch | None:
    """The newest batch that a caller posted with a body (and key, where one is given)."""
    conditions = [batches.c.caller == caller, batches.c.body_sha256 == sha256]
    if key is not None:
        conditions.append(batches.c.idempotency_key == key)
    return _one(connection, *conditions)


def _one(connection: Connection, *conditions: sa.ColumnElement[bool]) -> Batch | None:
    query = sa.select(batches).where(*conditions).order_by(batches.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    scope = Scope(frozenset(row.scope["authorities"]), frozenset(row.scope["divisions"]))
    return Batch(
        id=row.id,
        caller=Caller(row.caller, scope),
        body_sha256=row.body_sha256,
        rows=row.rows,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def due(
    connection: Connection, batch_id: int, lane: int, now: datetime, limit: int
) -> Sequence[Waiting]:
    """The next rows of a lane. One behind a row about the same number that is delayed waits too."""
    r, mine = batch_rows.c, _of_lane(batch_id, lane)
    delayed = sa.select(r.subject, sa.func.min(r.line)).where(
        *mine, r.due_at > now, r.subject.is_not(None)
    )
    first = {row[0]: int(row[1]) for row in connection.execute(delayed.group_by(r.subject))}
    free = sa.or_(r.due_at.is_(None), r.due_at <= now)
    found = _waiting(connection, *mine, free, limit=limit + len(first))
    return [row for row in found if row.line < first.get(row.subject or "", row.line + 1)][:limit]


def waiting(connection: Connection, batch_id: int, lane: int, limit: int) -> Sequence[Waiting]:
    """The next rows of a lane that have no outcome, whether it is their turn or not."""
    return _waiting(connection, *_of_lane(batch_id, lane), limit=limit)


def _waiting(
    connection: Connection, *conditions: sa.ColumnElement[bool], limit: int
) -> list[Waiting]:
    r = batch_rows.c
    query = sa.select(r.id, r.line, r.subject, r.tries, r.body).where(*conditions)
    rows = connection.execute(query.order_by(r.line).limit(limit))
    return [Waiting(**row._mapping) for row in rows]


def _of_lane(batch_id: int, lane: int) -> tuple[sa.ColumnElement[bool], ...]:
    r = batch_rows.c
    return (r.batch_id == batch_id, r.lane == lane, r.state == State.WAITING.value)


def next_due(connection: Connection, batch_id: int, lane: int) -> datetime | None:
    """When the first delayed row of a lane is due; None where no row waits."""
    r = batch_rows.c
    query = sa.select(sa.func.min(r.due_at), sa.func.count()).where(*_of_lane(batch_id, lane))
    found, count = connection.execute(query).one()
    moment: datetime | None = found
    return moment if count else None


def keep(
    connection: Connection,
    batch_id: int,
    ended: Sequence[Ended],
    later: Sequence[Later],
    now: datetime,
) -> None:
    """Write down what became of rows; with the last one the batch has ended."""
    r = batch_rows
    # Lanes that end at once see each other's rows only one after the other.
    connection.execute(sa.select(batches.c.id).where(batches.c.id == batch_id).with_for_update())
    for one in ended:
        values = {
            "state": one.state.value,
            "tries": one.row.tries + 1,
            "finished_at": now,
            "body": None,  # it stands in the register now, or is wrong and the sender has it
            "outcome": json.dumps(one.outcome, ensure_ascii=False),
        }
        connection.execute(r.update().where(_still_waits(one.row)).values(**values))
    for other in later:
        told = json.dumps(other.outcome, ensure_ascii=False)
        values = {"due_at": other.at, "tries": other.tries, "outcome": told}
        connection.execute(r.update().where(_still_waits(other.row)).values(**values))
    left = sa.select(sa.literal(1)).where(
        r.c.batch_id == batch_id, r.c.state == State.WAITING.value
    )
    if connection.execute(left.limit(1)).scalar() is None:
        over = batches.update().where(batches.c.id == batch_id, batches.c.ended_at.is_(None))
        connection.execute(over.values(ended_at=now))


def _still_waits(row: Waiting) -> sa.ColumnElement[bool]:
    return sa.and_(batch_rows.c.id == row.id, batch_rows.c.state == State.WAITING.value)
