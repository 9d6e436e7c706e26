"""Filling a database of the bench's own by the driver's quickest way, its indexes made afterwards.

On PostgreSQL the constraints as well: SQLite has no way to take those away.

Nobody else may have it open meanwhile, and what a crash leaves of it is worth nothing: nothing is
synced before the end. Afterwards it is as it was, with the same settings, indexes and triggers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from operator import itemgetter
from typing import Any, Final, Protocol

from service.database import Database

TABLES: Final = ("certificates", "records", "documents")
"""What is filled."""

_CACHE_KIB: Final = 1 << 20
"""SQLite's page cache while filling: the indexes of unique columns cannot be taken away, and are
written all over."""

_SORT_KIB: Final = 1 << 18
"""What PostgreSQL may use to sort for an index."""

Row = Mapping[str, Any]


class Bulk(Protocol):
    """A database while it is filled."""

    def rows(self, table: str, column: str, value: object) -> list[Row]:
        """The rows of a table with that value, as the driver has them."""

    def column(self, table: str, column: str) -> Iterator[Any]:
        """All values of a column."""

    def insert(self, table: str, rows: Iterator[Row]) -> None:
        """Add rows that have every column, and keep them."""


@contextmanager
def filling(database: Database) -> Iterator[Bulk]:
    """Take the indexes that can be taken away, and make them again when the block ends."""
    database.engine.dispose()  # its connections would be in the way
    if database.engine.dialect.name == "sqlite":
        path = str(database.engine.url.database)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield from _filling_sqlite(connection)
    else:
        with closing(database.engine.raw_connection()) as pooled:
            yield from _filling_postgresql(pooled.driver_connection)
            pooled.detach()


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.row_factory = sqlite3.Row

    def rows(self, table: str, column: str, value: object) -> list[Row]:
        query = f"SELECT * FROM {table} WHERE {column} = ? ORDER BY id"  # noqa: S608 - our names
        return [dict(row) for row in self._connection.execute(query, (value,))]

    def column(self, table: str, column: str) -> Iterator[Any]:
        query = f"SELECT {column} FROM {table}"  # noqa: S608 - our names
        return (value for (value,) in self._connection.execute(query))

    def insert(self, table: str, rows: Iterator[Row]) -> None:
        names = self._names(table)
        places = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, map(itemgetter(*names), rows))
        self._connection.execute("COMMIT")

    def _names(self, table: str) -> Sequence[str]:
        return [row["name"] for row in self._connection.execute(f"PRAGMA table_info({table})")]


def _filling_sqlite(connection: sqlite3.Connection) -> Iterator[Bulk]:
    settings = ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY")
    for setting in (*settings, f"cache_size = -{_CACHE_KIB}"):
        connection.execute(f"PRAGMA {setting}")
    listed = ", ".join(f"'{table}'" for table in TABLES)
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(f"{query} AND tbl_name IN ({listed})").fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield _Sqlite(connection)
    for _, definition in indexes:
        connection.execute(definition)
    for last in ("ANALYZE", "PRAGMA journal_mode = WAL"):
        connection.execute(last)


class _Postgresql:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, table: str, column: str, value: object) -> list[Row]:
        from psycopg.rows import dict_row

        query = f"SELECT * FROM {table} WHERE {column} = %s ORDER BY id"  # noqa: S608 - our names
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(query, (value,)).fetchall())

    def column(self, table: str, column: str) -> Iterator[Any]:
        query = f"SELECT {column} FROM {table}"  # noqa: S608 - our names
        return (value for (value,) in self._connection.execute(query).fetchall())

    def insert(self, table: str, rows: Iterator[Row]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - our names
            names = [column.name for column in cursor.description]
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                values = itemgetter(*names)
                for row in rows:
                    copy.write_row(values(row))
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")  # noqa: S608
        self._connection.commit()


_CONSTRAINTS: Final = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('u', 'f')"
)
"""What each row would be looked at for: values that are unique, keys of other tables."""

_INDEXES: Final = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
    "AND tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)"
)


def _filling_postgresql(connection: Any) -> Iterator[Bulk]:
    connection.rollback()
    connection.autocommit = True
    for setting in ("synchronous_commit = off", f"maintenance_work_mem = '{_SORT_KIB}kB'"):
        connection.execute(f"SET {setting}")
    constraints = connection.execute(_CONSTRAINTS, (list(TABLES),)).fetchall()
    indexes = connection.execute(_INDEXES, (list(TABLES),)).fetchall()
    for table, name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.autocommit = False
    yield _Postgresql(connection)
    connection.autocommit = True
    for _, definition in indexes:
        connection.execute(definition)
    for table, name, definition in constraints:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for table in TABLES:
        connection.execute(f"VACUUM (ANALYZE) {table}")
