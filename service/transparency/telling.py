"""The leaves that tell of a transaction: one for each certificate that it has touched."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.transparency import leaf, store
from service.transparency.leaf import Bound
from service.transparency.store import NewLeaf
from service.transparency.touched import Touched

Rows = Mapping[int, Mapping[str, Any]]


def tell(connection: Connection, touched: Touched, at: datetime) -> None:
    """Add the leaves of a transaction, as the last thing that it does; aware time."""
    records = _read(connection, "records", touched.records)
    bound = _by_certificate(touched, records)
    certificates = _read(connection, "certificates", touched.certificates | bound.keys())
    new = []
    for certificate_id, row in certificates.items():
        rows = [*bound.get(certificate_id, ()), leaf.bound("certificates", row)]
        binding = leaf.binding(certificate_id, rows, secrets.token_bytes(leaf.SALT_BYTES))
        ended = _ended(records.values(), certificate_id)
        standing = None
        if ended is not None:
            standing = leaf.standing(ended, row["dataset"], _files(connection, certificate_id))
        events = [kind for owner, kind in touched.events if owner == certificate_id]
        text = leaf.leaf(at, row["license_id"], events, binding, standing)
        new.append(NewLeaf(certificate_id, text, binding, standing is not None))
    store.add(connection, new)


def _by_certificate(touched: Touched, records: Rows) -> dict[int, list[Bound]]:
    """The rows of each certificate, but for its own."""
    bound: dict[int, list[Bound]] = {}
    for certificate_id, row in touched.of_certificates:
        bound.setdefault(certificate_id, []).append(row)
    for record_id, row in touched.of_records:
        bound.setdefault(records[record_id]["certificate_id"], []).append(row)
    for values in records.values():
        bound.setdefault(values["certificate_id"], []).append(leaf.bound("records", values))
    return bound


def _ended(records: Iterable[Mapping[str, Any]], certificate_id: int) -> Mapping[str, Any] | None:
    """The newest of these records by which the certificate's status has changed."""
    ended = [
        row
        for row in records
        if row["certificate_id"] == certificate_id and row["effective_from"] is not None
    ]
    return ended[-1] if ended else None


def _query(table: sa.Table) -> sa.Select[Any]:
    columns = [table.c.id, *(table.c[name] for name in leaf.COLUMNS[table.name])]
    wanted = table.c.id.in_(sa.bindparam("wanted", expanding=True))
    return sa.select(*columns).where(wanted).order_by(table.c.id)


_QUERIES: Final = {table.name: _query(table) for table in (t.certificates, t.records)}
_FILES: Final = (
    sa.select(t.documents.c.kind, t.documents.c.sha256)
    .where(t.documents.c.certificate_id == sa.bindparam("wanted"))
    .order_by(t.documents.c.kind)
)


def _read(connection: Connection, table: str, ids: Iterable[int]) -> Rows:
    """What is bound of rows, by id, in the order of their ids."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = connection.execute(_QUERIES[table], {"wanted": wanted}).mappings()
    return {row["id"]: dict(row) for row in rows}


def _files(connection: Connection, certificate_id: int) -> dict[str, str]:
    rows = connection.execute(_FILES, {"wanted": certificate_id})
    return {row.kind: row.sha256 for row in rows}
