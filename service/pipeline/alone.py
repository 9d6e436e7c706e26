"""One process at a time works on a record that a platform is told of.

The lock is the system's or the database's own: it ends with the process that holds it, however
that dies, so nothing has to be waited for or cleared away. On SQLite, whose writers share one
machine, it is a lock file; on PostgreSQL an advisory lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from service import turns
from service.database import Database
from signing import atomic

LOCK_SPACE = 0x5EA2
"""The first half of the advisory locks' keys; the migrations' lock is of another form."""

LOCK_FILES = 64
"""Records share so many lock files: two that do wait for each other now and then."""


@contextmanager
def alone(database: Database, home: Path, record_id: int) -> Iterator[None]:
    """Hold a record; whoever else wants it waits until the block ends.

    Nobody waits for it in his turn (`service.turns`): its holder may be waiting for a turn.
    """
    with ExitStack() as held:
        with turns.LOCK.paused():
            if database.engine.dialect.name == "postgresql":
                held.enter_context(_advisory(database, record_id))
            else:
                folder = home / "locks"
                folder.mkdir(mode=0o700, exist_ok=True)
                held.enter_context(atomic.lock(folder / f"record-{record_id % LOCK_FILES}"))
        yield


@contextmanager
def _advisory(database: Database, record_id: int) -> Iterator[None]:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    keys = {"space": LOCK_SPACE, "record": record_id}
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:space, :record)"), keys)
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:space, :record)"), keys)
