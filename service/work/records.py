"""Records that stopped and go on by themselves, and those that wait for a person.

What the platform refused waits for a person: the same again would be refused again. Everything else
goes on: where a process died between two steps or within one, where the platform asked to come back
later or could not be reached or understood, and where a signature could not be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import clock, turns
from service import tables as t
from service.errors import Conflict, NotFound, StepFailed
from service.installation import Installation
from service.pipeline import way
from service.pipeline.steps import Outcome, Stage
from service.register_rows import Reservation
from service.work import jobs
from service.work.jobs import Again, Job
from service.work.tables import jobs as job_rows

UNFINISHED = sa.text("records.step <> 'finished'")
"""Word for word what the index `ix_records_unfinished` is limited to, or it would not be used."""


@dataclass(frozen=True)
class Standing:
    """A record that is not finished: when it was last worked on, and how that ended.

    `outcome` is that of the last attempt, None without any; `asked` says that the platform was
    asked something since and no answer is recorded; `corrected` that its data were changed since.
    """

    record_id: int
    worked_at: datetime
    outcome: str | None
    asked: bool
    corrected: bool

    @property
    def goes_on(self) -> bool:
        """Whether it may be continued without a person."""
        return self.outcome != Outcome.REFUSED or self.asked or self.corrected


def unfinished(connection: Connection, quiet_since: datetime) -> Sequence[Standing]:
    """Records that nobody has worked on since a moment, may go on, and have no job yet."""
    reference = sa.cast(t.records.c.id, sa.String)
    waiting = sa.select(sa.literal(1)).where(
        job_rows.c.kind == "record", job_rows.c.reference == reference
    )
    rows = connection.execute(_query().where(~waiting.exists()))
    found = (_standing(row) for row in rows)
    return [one for one in found if one.goes_on and one.worked_at <= quiet_since]


def standing(connection: Connection, record_id: int) -> Standing | None:
    """How a record stands; None where it is finished or was never there."""
    row = connection.execute(_query().where(t.records.c.id == record_id)).one_or_none()
    return None if row is None else _standing(row)


def go_on(installation: Installation, job: Job) -> Again | None:
    """Continue the record that a job names, as a person would, unless it waits for one."""
    record_id = int(job.reference)

    def prepare(_record: Reservation) -> None:
        """While nobody else works on it: it may have been continued, and refused, meanwhile."""
        with installation.database.read() as connection:
            now_standing = standing(connection, record_id)
        if now_standing is None or not now_standing.goes_on:
            raise _WaitsForAPerson

    try:
        with turns.behind():
            way.go(installation, record_id, prepare)
    except (_WaitsForAPerson, NotFound):
        return None
    except StepFailed as error:
        if error.members.get("outcome") == Outcome.REFUSED:
            return None
        return Again(clock.now() + jobs.delay(job.attempts), error.detail)
    except Conflict as error:
        # It cannot go on as things are; should that change, a day later is soon enough.
        return Again(clock.now() + jobs.LONGEST_DELAY, error.detail)
    return None


class _WaitsForAPerson(Exception):
    """There is nothing to be done without one."""


def _query() -> sa.Select[Any]:
    """Unfinished records, each with its last attempt and its last correction."""
    r, s, c = t.records.c, t.steps.c, t.corrections.c
    every = t.steps.alias("every")
    last = sa.select(sa.func.max(every.c.id)).where(every.c.record_id == r.id)
    changed = sa.select(sa.func.max(c.at)).where(c.record_id == r.id)
    return (
        sa.select(
            r.id,
            r.applied_at,
            r.began,
            s.outcome,
            s.finished_at,
            changed.correlate(t.records).scalar_subquery().label("changed"),
        )
        .select_from(t.records)
        .outerjoin(t.steps, s.id == last.correlate(t.records).scalar_subquery())
        .where(UNFINISHED, r.step != Stage.ABANDONED)
        .order_by(r.id)
    )


def _standing(row: Any) -> Standing:
    attempted = row.finished_at or row.applied_at
    corrected = row.changed is not None and row.changed >= attempted
    return Standing(
        record_id=row.id,
        worked_at=max(attempted, row.changed) if corrected else attempted,
        outcome=row.outcome,
        asked=row.began is not None and row.outcome == Outcome.REFUSED,
        corrected=corrected,
    )
