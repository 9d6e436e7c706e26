"""Figures for operators, in the text form that Prometheus reads: what waits, and for how long.

Each is asked of the register along an index, so that a million certificates cost no more than ten;
none names a certificate, a person or an authority. They are answered where the approvals side is:
what waits is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.pipeline.steps import Stage
from service.work.records import UNFINISHED
from service.work.tables import batches, jobs

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The exposition format of Prometheus."""


class Figure(NamedTuple):
    """A gauge: its name without `sealpress_`, what it tells, its value."""

    name: str
    told: str
    value: float


def text(connection: Connection, now: datetime) -> str:
    """Every figure as of now (aware)."""
    return "".join(
        f"# HELP sealpress_{one.name} {one.told}\n"
        f"# TYPE sealpress_{one.name} gauge\n"
        f"sealpress_{one.name} {one.value:g}\n"
        for one in figures(connection, now)
    )


def figures(connection: Connection, now: datetime) -> Iterator[Figure]:
    """What an operator watches."""

    def ask(query: sa.Select[Any]) -> int:
        return int(connection.execute(query).scalar() or 0)

    count, r, d = sa.func.count(), t.records.c, t.webhook_deliveries.c
    yield Figure(
        "certificates", "Certificates begun.", ask(sa.select(sa.func.max(t.certificates.c.id)))
    )
    unfinished = sa.and_(UNFINISHED, r.step != Stage.ABANDONED)
    yield Figure(
        "records_unfinished",
        "Records on their way, or stopped.",
        ask(sa.select(count).where(unfinished)),
    )
    yield Figure("jobs_waiting", "Jobs to be done.", ask(sa.select(count).select_from(jobs)))
    due = connection.execute(sa.select(sa.func.min(jobs.c.due_at))).scalar()
    late = 0.0 if due is None else max(0.0, (now - due).total_seconds())
    yield Figure("jobs_late_seconds", "By how much the oldest due job is late.", late)
    yield Figure(
        "batches_open",
        "Batches that have not ended.",
        ask(sa.select(count).where(batches.c.ended_at.is_(None))),
    )
    for state in ("pending", "given_up"):
        yield Figure(
            f"notifications_{state}",
            f"Notifications {state.replace('_', ' ')}.",
            ask(sa.select(count).where(d.state == state)),
        )
    yield Figure("log_leaves", "Leaves of the log.", ask(sa.select(t.log_tree.c.size)))
