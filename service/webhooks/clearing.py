"""Notifications that ended long ago are removed; what is told of a certificate is in its records.

This is the outbox, not the register: whatever happened stands in the events for ever.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t

AT_ONCE = 500
"""So many of the oldest are looked at in one go; the next sweep goes on behind them."""

_D = t.webhook_deliveries.c


def ended_before(connection: Connection, moment: datetime) -> list[int]:
    """The ids of notifications that were delivered or given up before an aware moment.

    Only the oldest are looked at, by their ids: nearly all end in the order in which they came.
    The newest of all is never among them, since its number must not be given again (SQLite gives
    the next one after the highest that is there) to one that a receiver would take for the same.
    """
    oldest = sa.select(_D.id, _D.ended_at).order_by(_D.id).limit(AT_ONCE).subquery()
    newest = sa.select(sa.func.max(_D.id)).scalar_subquery()
    query = sa.select(oldest.c.id).where(oldest.c.ended_at < moment, oldest.c.id != newest)
    return list(connection.execute(query).scalars())


def remove(connection: Connection, ids: list[int]) -> None:
    """Remove notifications, unless one is being sent again meanwhile."""
    ended = t.webhook_deliveries.delete().where(_D.id.in_(ids), _D.ended_at.is_not(None))
    connection.execute(ended)
