"""The database connection: SQLite with full durability by default, PostgreSQL by URL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from service import clock, turns
from service.errors import Misconfigured
from service.transparency.telling import tell
from service.transparency.touched import OPTION, Touched

SCHEMA_REVISION = "0007"
"""The newest Alembic revision; a database that stands elsewhere is upgraded when it is opened."""

BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite before it gives up."""

CONNECTIONS = 16
"""Kept open by a process: one for each thread of a server, and for what works beside them."""

TRIED_AFTER_SECONDS = 1.0
"""A connection that has rested for so long is tried before it is used: its server may be gone."""

_RESTS_SINCE = "sealpress_rests_since"


class Database:
    """Transactions on the register's database.

    On SQLite a writing transaction takes the write lock at its beginning (`BEGIN IMMEDIATE`), so
    that what it has read cannot be changed under it; on PostgreSQL it is `READ COMMITTED`, where
    the unique constraints and row locks decide between two writers.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.read_only = read_only
        self._readers: list[Database] = []
        self.wake: Callable[[Sequence[int]], None] = _nobody
        """Told the ids of jobs that a committed transaction has added; must not raise."""
        self.endpoints: Sequence[object] = ()
        """Who is told of every change (`service.webhooks.outbox`)."""
        self._turn = threading.Lock() if url.startswith("sqlite") else None
        try:
            self.engine = _reading_engine(url) if read_only else _engine(url)
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
        if self.read_only:
            raise Misconfigured("此处只读登记库 (the register is only read here)")
        added: list[int] = []  # by service.work.jobs.add
        options = {
            "sealpress_write": True,
            "sealpress_added": added,
            "sealpress_endpoints": self.endpoints,
            OPTION: (touched := Touched()),
        }
        # Others draw while the disk is waited for; we wait for a turn when all here is released.
        with (
            turns.LOCK.pausing() as pause,
            self._in_turn(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection
            if touched:
                tell(connection, touched, clock.now())
            pause()
        if added:
            self.wake(added)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let the threads of this process write one after the other on SQLite.

        They would anyway; but SQLite lets a writer sleep and try again, for longer each time, where
        this wakes the next one at once.
        """
        held = self._turn is not None and self._turn.acquire(timeout=BUSY_SECONDS)
        try:
            yield
        finally:
            if held and self._turn is not None:
                self._turn.release()

    def migrate(self, revision: str = SCHEMA_REVISION) -> None:
        """Bring the schema to a revision, the newest; cheap where it stands there already."""
        with self.engine.connect() as connection:
            if _revision(connection) == revision:
                return
        # Alembic takes 0.1 s to import: only the first opening after an upgrade pays for it.
        from service.migrations.upgrade import upgrade

        with self.engine.connect() as connection:
            upgrade(connection, revision)

    def reader(self, url: str) -> Database:
        """The same register by an address that can only read; it is closed with this one."""
        reader = Database(url, read_only=True)
        self._readers.append(reader)
        return reader

    def require_schema(self) -> None:
        """See that the schema is the one expected, where it may not be changed.

        Raises:
            Misconfigured: there is no register, it is of another revision, or cannot be reached.
        """
        try:
            with self.engine.connect() as connection:
                found = _revision(connection)
        except SQLAlchemyError as error:
            raise Misconfigured(
                f"登记库无法读取 (the register cannot be read): {type(error).__name__}"
            ) from None
        if found != SCHEMA_REVISION:
            raise Misconfigured(
                "登记库尚未建立或版本不符，请先启动办证侧 "
                f"(no register of revision {SCHEMA_REVISION}: start the approvals side first)"
            )

    def close(self) -> None:
        """Close every connection, also those of its readers."""
        for reader in self._readers:
            reader.close()
        self.engine.dispose()


def _nobody(_ids: Sequence[int]) -> None:
    """Nobody is told of a job: whoever looks into the table finds it."""


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return _pinging(create_engine(url, pool_size=CONNECTIONS))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=CONNECTIONS)

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


def _pinging(engine: Engine) -> Engine:
    """Try a connection that has rested before it is used again; the pool replaces a dead one.

    SQLAlchemy's own `pool_pre_ping` does so each time, which is one more way to the server and back
    for every transaction of a busy one.
    """

    @event.listens_for(engine, "checkin")
    def _rests(_connection: object, record: Any) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _proxy: object) -> None:
        since = record.info.get(_RESTS_SINCE)
        if since is not None and time.monotonic() - since > TRIED_AFTER_SECONDS:
            try:
                alive = engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error:
                alive = False
            if not alive:
                raise DisconnectionError

    return engine


def _reading_engine(url: str) -> Engine:
    """An engine whose connections cannot write, whatever is asked of them.

    On PostgreSQL that is for mistakes: against malice stands the role (`service.public_role`).
    """
    if not url.startswith("sqlite"):
        options = {"options": "-c default_transaction_read_only=on"}
        return _pinging(create_engine(url, pool_size=CONNECTIONS, connect_args=options))
    path = quote(str(make_url(url).database or ""))
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=CONNECTIONS,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision
