"""How a batch stands, and what became of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service.batches.store import RATE_WINDOW, Batch, State
from service.database import Database
from service.work.tables import batch_rows
from verify import times

REPORT_ROWS = 500
"""Rows of a report that are read at once."""


@dataclass(frozen=True)
class Progress:
    """How many rows are in each state, and how many a second came to their end lately."""

    batch: Batch
    counts: dict[str, int]
    rate: float

    @property
    def done(self) -> int:
        """Rows that have their outcome."""
        return self.batch.rows - self.counts[State.WAITING]

    @property
    def eta_s(self) -> int | None:
        """Seconds until the end at the present rate; None where nobody knows."""
        left = self.counts[State.WAITING]
        return round(left / self.rate) if self.rate and left else (0 if not left else None)

    def as_json(self) -> dict[str, Any]:
        """What the interface tells."""
        ended = self.batch.ended_at
        return {
            "batch": self.batch.id,
            "state": "ended" if ended else "running",
            "rows": self.batch.rows,
            "counts": self.counts,
            "created_at": times.iso(self.batch.created_at),
            "ended_at": times.iso(ended) if ended else None,
            "rows_per_second": round(self.rate, 1),
            "eta_seconds": self.eta_s,
        }


def of(connection: Connection, batch: Batch, now: datetime) -> Progress:
    """How a batch stands at this moment."""
    r = batch_rows.c
    by_state = sa.select(r.state, sa.func.count()).where(r.batch_id == batch.id).group_by(r.state)
    found = {str(state): int(n) for state, n in connection.execute(by_state)}
    return Progress(
        batch, {state.value: found.get(state, 0) for state in State}, _rate(connection, batch, now)
    )


def _rate(connection: Connection, batch: Batch, now: datetime) -> float:
    """Rows a second: of the whole batch once it has ended, else of the last minute."""
    if batch.ended_at is not None:
        return batch.rows / _seconds(batch.ended_at - batch.created_at)
    since = max(batch.created_at, now - RATE_WINDOW)
    r = batch_rows.c
    lately = sa.select(sa.func.count()).where(r.batch_id == batch.id, r.finished_at >= since)
    return int(connection.execute(lately).scalar_one()) / _seconds(now - since)


def _seconds(span: timedelta) -> float:
    return max(span.total_seconds(), 0.001)


def rows(
    connection: Connection, batch_id: int, state: State | None, after: int, limit: int
) -> Sequence[dict[str, Any]]:
    """Rows behind a line, in their order."""
    r = batch_rows.c
    query = sa.select(r.line, r.state, r.tries, r.outcome).where(
        r.batch_id == batch_id, r.line > after
    )
    if state is not None:
        query = query.where(r.state == state.value)
    found = connection.execute(query.order_by(r.line).limit(limit))
    return [_as_json(row) for row in found]


def _as_json(row: Any) -> dict[str, Any]:
    outcome = json.loads(row.outcome) if row.outcome else {}
    return {"line": row.line, "state": row.state, "tries": row.tries, **outcome}


def report(database: Database, batch_id: int) -> Iterator[bytes]:
    """Each row as a line of JSON, in their order."""
    after = 0
    while True:
        with database.read() as connection:
            found = rows(connection, batch_id, None, after, REPORT_ROWS)
        if not found:
            return
        yield b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in found)
        after = found[-1]["line"]
