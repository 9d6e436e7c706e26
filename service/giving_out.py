"""What is given out once: serials, versions, places in the status list, names of requests.

Each function works on the transaction that the caller opens (`Database.write`): what it gives is
taken when that is committed, and free again where it is not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service import tables as t
from service.register import status_bits
from service.register_rows import WANTED
from service.statements import Statement

TRIES = 5
"""Two processes may reach for one of these at once: one has to try again."""

Written = TypeVar("Written")

_COUNT_UP = Statement(
    t.counters.update()
    .where(t.counters.c.scope == sa.bindparam("wanted"))
    .values(last=t.counters.c.last + 1)
    .returning(t.counters.c.last)
)
_NEWEST_VERSION = sa.select(sa.func.max(t.certificates.c.version)).where(
    t.certificates.c.type == sa.bindparam("kind"), t.certificates.c.number_normal == WANTED
)
_NUMBER_TAKEN = Statement(
    sa.select(sa.literal(1)).where(t.certificates.c.number_normal == WANTED).limit(1)
)
_INDEX_TAKEN = Statement(sa.select(sa.literal(1)).where(t.certificates.c.status_index == WANTED))


def tried_again(write: Callable[[], Written]) -> Written:
    """What a transaction gives; where another took the same thing just then, it is made anew.

    The second time it sees what the other has taken.

    Raises:
        sqlalchemy.exc.IntegrityError: it was too late every time.
    """
    for _ in range(TRIES - 1):
        with suppress(IntegrityError):
            return write()
    return write()


def next_version(connection: Connection, kind: str, number_normal: str) -> int:
    """The version for a new certificate of a type under a number: 1 for the first."""
    asked = {"kind": kind, "wanted": number_normal}
    return (connection.execute(_NEWEST_VERSION, asked).scalar() or 0) + 1


def next_serial(connection: Connection, scope: str) -> int:
    """The next serial in a scope (the number's part before it); never given twice."""
    while True:
        serial = _COUNT_UP.scalar(connection, {"wanted": scope})
        if serial is not None:
            return int(serial)
        # Two processes may open a scope at once: one insert wins, both then count up.
        try:
            with connection.begin_nested():
                connection.execute(t.counters.insert().values(scope=scope, last=0))
        except IntegrityError:
            continue


def number_taken(connection: Connection, number_normal: str) -> bool:
    """Whether any certificate ever had the number (posted numbers do not move the counter)."""
    return _NUMBER_TAKEN.scalar(connection, {"wanted": number_normal}) is not None


def free_status_index(connection: Connection) -> int:
    """A place in the status list, drawn at random so that it tells nothing of the order."""
    bits = status_bits(connection)
    while True:
        index = secrets.randbelow(bits)
        if _INDEX_TAKEN.scalar(connection, {"wanted": index}) is None:
            return index


def remembered_request(connection: Connection, caller: str, key: str) -> str | None:
    """The digest of the request that a caller sent before with an idempotency key."""
    keys = t.idempotency_keys
    query = sa.select(keys.c.request_sha256).where(keys.c.caller == caller, keys.c.key == key)
    digest: str | None = connection.execute(query).scalar()
    return digest


def remember_request(
    connection: Connection, caller: str, key: str, request_sha256: str, now: datetime
) -> None:
    """Bind an idempotency key of a caller to one request, for ever."""
    connection.execute(
        t.idempotency_keys.insert().values(
            caller=caller, key=key, request_sha256=request_sha256, created_at=now
        )
    )
