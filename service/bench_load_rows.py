"""A register of many certificates: rows copied from one that was issued, told apart by a serial.

Copied is what look-ups read: certificates, their records and their files' rows. The copies' numbers
and identifiers follow one another as real ones do; digests and places in the status list are spread
over their whole range, so that the indexes are those of a register that has grown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.database import Database

FIRST_SERIAL = 5_000_000
"""The copies' serials begin after it: what is issued before and after them is below."""

MOST_ROWS = 4_000_000
"""Serials have seven digits."""

FIRST_PLACE, _PLACES = 1 << 30, 1 << 22
"""Where the copies' places in the status list begin: beyond all that are drawn for others."""

_SPREAD, _RANGE = 2_654_435_761, 1 << 32
"""An odd factor: multiplying by it is a permutation of any power of two (Knuth, 6.4)."""

_DIGITS = 7
_SHA256_CHARACTERS = 64


def fill(database: Database, license_id: str, rows: int) -> None:
    """Copy the certificate with that identifier so many times.

    Raises:
        ValueError: more rows than there are serials.
    """
    if not 0 <= rows <= MOST_ROWS:
        raise ValueError(f"0 to {MOST_ROWS} rows")
    if rows == 0:
        return
    with database.write() as connection:
        c = t.certificates
        template = connection.execute(sa.select(c).where(c.c.license_id == license_id)).one()
        newest = connection.execute(sa.select(sa.func.max(c.c.id))).scalar_one()
        _copy(connection, c, template.id, _certificate(template), _series(rows))
        copies = sa.select(c.c.id.label("i")).where(c.c.id > newest).subquery()
        _copy_children(connection, template.id, copies)
    with database.write() as connection:  # what the planner knows of a register of that size
        connection.exec_driver_sql("ANALYZE")


def _series(rows: int) -> sa.FromClause:
    """1 to `rows` as column `i`."""
    first = sa.select(sa.cast(sa.literal(1), sa.BigInteger).label("i")).cte("n", recursive=True)
    return first.union_all(sa.select(first.c.i + 1).where(first.c.i < rows))


def _certificate(template: Any) -> Mapping[str, Any]:
    """The columns in which a copied certificate differs, by the series' `i`."""
    i = sa.literal_column("n.i", sa.BigInteger)
    serial = _padded(FIRST_SERIAL + i, _DIGITS)
    before = template.number_normal[: -len(serial_of(template.number_normal))]
    return {
        "license_id": sa.literal(template.license_id + ".") + serial,
        "number": sa.literal(before) + serial,
        "number_normal": sa.literal(before) + serial,
        "claim": sa.literal(f"{template.type}:{before}") + serial,
        "factory_number": sa.literal("F") + serial,
        "filing_number": sa.literal("B") + serial,
        "request_sha256": _digest(i, "a"),
        "status_index": FIRST_PLACE + (i * _SPREAD) % _PLACES,
    }


def _copy_children(connection: Connection, template_id: int, copies: sa.FromClause) -> None:
    """The record and the two files of each copied certificate."""
    i = copies.c.i
    for table in (t.records, t.documents):
        query = sa.select(table).where(table.c.certificate_id == template_id)
        for row in connection.execute(query).all():
            changed: dict[str, Any] = {"certificate_id": i}
            if table is t.documents:
                changed["sha256"] = _digest(i, row.kind[0])
            _copy(connection, table, row.id, changed, copies)


def _copy(
    connection: Connection,
    table: sa.Table,
    row_id: int,
    changed: Mapping[str, Any],
    series: sa.FromClause,
) -> None:
    """Insert a row again for each of a series, with other values in some columns."""
    columns = [column for column in table.c if not column.primary_key]
    values = [
        sa.cast(changed[column.name], column.type) if column.name in changed else column
        for column in columns
    ]
    query = sa.select(*values).select_from(series.join(table, table.c.id == row_id))
    connection.execute(table.insert().from_select([c.name for c in columns], query))


def _padded(value: sa.ColumnElement[Any], digits: int) -> sa.ColumnElement[str]:
    return sa.func.substr(sa.cast(10**digits + value, sa.String), 2, type_=sa.String)


def _digest(i: sa.ColumnElement[Any], mark: str) -> sa.ColumnElement[str]:
    """A text of the length of a SHA-256, another for each `i`, in no order."""
    spread = _padded((sa.cast(i, sa.BigInteger) * _SPREAD) % _RANGE, 10)
    rest = _SHA256_CHARACTERS - 10 - 10 - len(mark)
    return spread + _padded(sa.cast(i, sa.BigInteger), 10) + sa.literal(mark + "0" * rest)


def serial_of(number: str) -> str:
    """The digits at the end of a number."""
    return number[len(number.rstrip("0123456789")) :]
