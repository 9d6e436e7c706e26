"""The database connection: SQLite with full durability by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.errors import Misconfigured
from service.transparency.telling import tell
from service.transparency.touched import OPTION, Touched

SCHEMA_REVISION = "0007"
"""The newest Alembic revision; a database that stands elsewhere is upgraded when it is opened."""

BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite before it gives up."""


class Database:
    """Transactions on the register's database.

    On SQLite a writing transaction takes the write lock at its beginning (`BEGIN IMMEDIATE`), so
    that what it has read cannot be changed under it; on PostgreSQL it is `READ COMMITTED`, where
    the unique constraints and row locks decide between two writers.
    """

    def __init__(self, url: str) -> None:
        self.wake: Callable[[Sequence[int]], None] = _nobody
        """Told the ids of jobs that a committed transaction has added; must not raise."""
        self.endpoints: Sequence[object] = ()
        """Who is told of every change (`service.webhooks.outbox`)."""
        try:
            self.engine = _engine(url)
        except (SQLAlchemyError, ImportError) as error:
            raise Misconfigured(
                f"database.url 无法使用 (cannot be used): {type(error).__name__}"
            ) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction: one consistent view."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A writing transaction: committed when the block ends, rolled back when it raises."""
        added: list[int] = []  # by service.work.jobs.add
        options = {
            "sealpress_write": True,
            "sealpress_added": added,
            "sealpress_endpoints": self.endpoints,
            OPTION: (touched := Touched()),
        }
        with (
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection
            if touched:
                tell(connection, touched, clock.now())
        if added:
            self.wake(added)

    def migrate(self) -> None:
        """Bring the schema to `SCHEMA_REVISION`; cheap where it stands there already."""
        with self.engine.connect() as connection:
            if _revision(connection) == SCHEMA_REVISION:
                return
        # Alembic takes 0.1 s to import: only the first opening after an upgrade pays for it.
        from service.migrations.upgrade import upgrade

        with self.engine.connect() as connection:
            upgrade(connection)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _nobody(_ids: Sequence[int]) -> None:
    """Nobody is told of a job: whoever looks into the table finds it."""


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling commits behind our back; we begin ourselves.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("sealpress_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision
