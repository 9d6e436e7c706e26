"""The register as lines of JSON: written out of one view of it, read into an empty database.

    {"table": "certificates", "columns": {"id": "plain", "request": "bytes", …}}
    [1, "eyJ0eXBlIjo…", …]
    …

SQLite and PostgreSQL are written alike, so a register may be restored into the other one. Moments
are UTC, bytes Base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service.database import Database
from service.errors import ServiceError

REVISION_TABLE = "alembic_version"

AT_ONCE = 1_000
"""Rows that are read or written at once."""

_KINDS: tuple[tuple[type, str], ...] = (
    (sa.types.LargeBinary, "bytes"),
    (sa.types._Binary, "bytes"),
    (sa.types.JSON, "json"),
    (sa.types.Boolean, "boolean"),
    (sa.types.DateTime, "moment"),
)


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """One view of the whole register, whatever is written meanwhile.

    On SQLite every reading transaction is one: it begins with the first thing that is read.
    """
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


def revision(connection: Connection) -> str:
    """The schema's revision."""
    query = sa.text(f"SELECT version_num FROM {REVISION_TABLE}")  # noqa: S608 - our own name
    return str(connection.execute(query).scalar_one())


def write(connection: Connection, file: IO[bytes]) -> dict[str, int]:
    """Write every row of every table; gives how many each table has."""
    counts: dict[str, int] = {}
    for table in _tables(connection):
        kinds = {column.name: _kind(column.type) for column in table.columns}
        _line(file, {"table": table.name, "columns": kinds})
        writers = [_WRITERS.get(kind, _as_it_is) for kind in kinds.values()]
        counts[table.name] = 0
        rows = connection.execution_options(yield_per=AT_ONCE).execute(sa.select(table))
        for row in rows:
            _line(file, [write(value) for write, value in zip(writers, row, strict=True)])
            counts[table.name] += 1
    return counts


def read(connection: Connection, lines: Iterable[bytes]) -> dict[str, int]:
    """Fill the tables of a register that was just made; gives how many rows each has got.

    Raises:
        ServiceError: the lines are not what `write` writes, or speak of tables that are not there.
    """
    known = {table.name: table for table in _tables(connection)}
    counts: dict[str, int] = {}
    filling: _Filling | None = None
    for line in lines:
        if line.startswith(b"["):
            if filling is None:
                raise ServiceError("备份中的登记库无法读取 (rows without a table)")
            filling.add(json.loads(line))
            counts[filling.name] += 1
            continue
        if filling is not None:
            filling.flush()
        head = json.loads(line)
        if not isinstance(head, dict) or head.get("table") not in known:
            raise ServiceError(f"备份中有未知的表 (a table of no such register): {line[:80]!r}")
        filling = _Filling(connection, known[head["table"]], list(head["columns"]))
        counts[filling.name] = 0
    if filling is not None:
        filling.flush()
    if connection.dialect.name == "postgresql":
        _count_on(connection, known.values())
    return counts


class _Filling:
    """One table of a new register, filled some rows at a time."""

    def __init__(self, connection: Connection, table: sa.TableClause, names: list[str]) -> None:
        columns = {column.name: column for column in table.columns}
        if unknown := sorted(set(names) - set(columns)):
            raise ServiceError(f"备份中有未知的列 (no such columns): {table.name} {unknown}")
        # What a migration puts into an empty register stands in the backup as it was then.
        if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
            connection.execute(sa.delete(table))
        aware = connection.dialect.name == "postgresql"
        self.name = table.name
        self._connection, self._insert = connection, sa.insert(table).inline()
        self._readers = [(name, _reader(_kind(columns[name].type), aware)) for name in names]
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: list[Any]) -> None:
        """Take a row."""
        pairs = zip(self._readers, row, strict=True)
        self._waiting.append({name: read(value) for (name, read), value in pairs})
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._connection.execute(self._insert, self._waiting)
            self._waiting = []


def _count_on(connection: Connection, tables: Iterable[sa.TableClause]) -> None:
    """Let PostgreSQL's counters go on after the largest id."""
    for table in tables:
        if "id" not in table.columns:
            continue
        sequence = connection.execute(
            sa.select(sa.func.pg_get_serial_sequence(table.name, "id"))
        ).scalar()
        if sequence:
            largest = sa.select(sa.func.max(table.columns["id"])).scalar_subquery()
            connection.execute(
                sa.select(
                    sa.func.setval(sequence, sa.func.coalesce(largest, 1), largest.is_not(None))
                )
            )


def _tables(connection: Connection) -> list[sa.TableClause]:
    """Every table of the register, those before that others refer to."""
    inspector = sa.inspect(connection)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    return [
        sa.table(
            name,
            *(
                sa.column(column["name"], _type(column["type"]))
                for column in inspector.get_columns(name)
            ),
        )
        for name in names
        if name != REVISION_TABLE
    ]


def _type(found: Any) -> Any:
    """A column's type, with absent JSON told from JSON's null."""
    return sa.JSON(none_as_null=True) if isinstance(found, sa.types.JSON) else found


def _kind(column_type: Any) -> str:
    return next((kind for known, kind in _KINDS if isinstance(column_type, known)), "plain")


def _line(file: IO[bytes], value: Any) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _as_it_is(value: Any) -> Any:
    return value


def _write_bytes(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _write_moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return utc.isoformat()


_WRITERS: Mapping[str, Callable[[Any], Any]] = {"bytes": _write_bytes, "moment": _write_moment}


def _reader(kind: str, aware: bool) -> Callable[[Any], Any]:
    if kind == "bytes":
        return lambda text: None if text is None else base64.b64decode(text, validate=True)
    if kind == "moment":
        return lambda text: None if text is None else _moment(text, aware)
    return _as_it_is


def _moment(text: str, aware: bool) -> datetime:
    found = datetime.fromisoformat(text)
    return found if aware else found.replace(tzinfo=None)
