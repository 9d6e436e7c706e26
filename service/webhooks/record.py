"""Notifications as operators see them, and how one is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service import clock
from service import tables as t
from service.errors import Conflict, NotFound
from service.installation import Installation
from service.webhooks import pace
from service.webhooks.outbox import Receiver, wake
from service.webhooks.target import NoTarget, Target
from verify import times

STATES = ("pending", "delivered", "given_up")
MOST_ROWS = 1000
_D = t.webhook_deliveries


def listed(installation: Installation, state: str | None, rows: int) -> Sequence[dict[str, Any]]:
    """The newest notifications, of one state or of all; of an address only its host is shown."""
    c = t.certificates.c
    query = (
        sa.select(_D, c.number)
        .join(t.certificates, c.id == _D.c.certificate_id)
        .order_by(_D.c.id.desc())
        .limit(rows)
    )
    if state is not None:
        query = query.where(_D.c.state == state)
    with installation.database.read() as connection:
        return [_told(row) for row in connection.execute(query)]


def send_again(installation: Installation, delivery_id: int) -> None:
    """Try a notification anew, from now on and for as long as a new one.

    Raises:
        NotFound: there is none with that id.
        Conflict: it was delivered.
    """
    now = clock.now()
    with installation.database.write() as connection:
        row = connection.execute(sa.select(_D).where(_D.c.id == delivery_id)).first()
        if row is None:
            raise NotFound(f"未找到通知 {delivery_id} (no such notification)")
        if row.state == "delivered":
            raise Conflict(f"通知 {delivery_id} 已送达 (it was delivered)")
        anew = {
            "state": "pending",
            "attempts": 0,
            "due_at": now,
            "until": now + pace.LIFE,
            "ended_at": None,
        }
        connection.execute(_D.update().where(_D.c.id == delivery_id).values(**anew))
        wake(connection, row.certificate_id, Receiver(row.receiver, row.url), now)


def _told(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "delivery": row.id,
        "event": row.event_id,
        "kind": row.kind,
        "number": row.number,
        "receiver": row.receiver,
        "origin": _origin(row.url),
        "state": row.state,
        "attempts": row.attempts,
        "created_at": times.iso(row.created_at),
        "due_at": times.iso(row.due_at) if row.state == "pending" else None,
        "ended_at": _moment(row.ended_at),
        "said": row.said,
    }


def _origin(url: str) -> str:
    """Host and port: the path of an address may be a secret of its receiver."""
    try:
        return Target.of(url).origin
    except NoTarget:
        return "?"


def _moment(value: datetime | None) -> str | None:
    return times.iso(value) if value else None
