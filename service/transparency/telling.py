"""The leaves that tell of a transaction: one for each certificate that it has touched."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.statements import Statement
from service.transparency import leaf, store
from service.transparency.leaf import Bound
from service.transparency.store import NewLeaf
from service.transparency.touched import Touched

Row = Mapping[str, Any]


def tell(connection: Connection, touched: Touched, at: datetime) -> None:
    """Add the leaves of a transaction, as the last thing that it does; aware time."""
    records, certificates = _read(connection, touched)
    bound = _by_certificate(touched, records)
    new = []
    for certificate_id, row in sorted(certificates.items()):
        rows = [*bound.get(certificate_id, ()), leaf.bound("certificates", row)]
        binding = leaf.binding(certificate_id, rows, secrets.token_bytes(leaf.SALT_BYTES))
        ended = _ended(records.values(), certificate_id)
        standing = None
        if ended is not None:
            files = _files(connection, touched, certificate_id)
            standing = leaf.standing(ended, row["dataset"], files)
        events = [kind for owner, kind in touched.events if owner == certificate_id]
        text = leaf.leaf(at, row["license_id"], events, binding, standing)
        new.append(NewLeaf(certificate_id, text, binding, standing is not None))
    store.add(connection, new)


def _by_certificate(touched: Touched, records: Mapping[int, Row]) -> dict[int, list[Bound]]:
    """The rows of each certificate, but for its own."""
    bound: dict[int, list[Bound]] = {}
    for certificate_id, row in touched.of_certificates:
        bound.setdefault(certificate_id, []).append(row)
    for record_id, row in touched.of_records:
        bound.setdefault(records[record_id]["certificate_id"], []).append(row)
    for values in records.values():
        bound.setdefault(values["certificate_id"], []).append(leaf.bound("records", values))
    return bound


def _ended(records: Iterable[Row], certificate_id: int) -> Row | None:
    """The newest of these records by which the certificate's status has changed."""
    ended = [
        row
        for row in records
        if row["certificate_id"] == certificate_id and row["effective_from"] is not None
    ]
    return ended[-1] if ended else None


_NAMES: Final = {name: ("id", *leaf.COLUMNS[name]) for name in leaf.CHANGING}
_CERTIFICATE: Final = [t.certificates.c[name] for name in _NAMES["certificates"]]
_RECORD: Final = [t.records.c[name] for name in _NAMES["records"]]
_ID: Final[sa.BindParameter[int]] = sa.bindparam("wanted")
# Built once, and as few as can be: each costs more than what it reads.
_BOTH: Final = Statement(
    sa.select(*_RECORD, *_CERTIFICATE)
    .join(t.certificates, t.certificates.c.id == t.records.c.certificate_id)
    .where(t.records.c.id == _ID)
)
_ALONE: Final = Statement(sa.select(*_CERTIFICATE).where(t.certificates.c.id == _ID))
_FILES: Final = (
    sa.select(t.documents.c.kind, t.documents.c.sha256)
    .where(t.documents.c.certificate_id == _ID)
    .order_by(t.documents.c.kind)
)


def _read(
    connection: Connection, touched: Touched
) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """The records that were touched, and the certificates that anything was, each by its id."""
    records, certificates = {}, {}
    of_record, of_certificate = _NAMES["records"], _NAMES["certificates"]
    for record_id in sorted(touched.records):
        (row,) = _BOTH.rows(connection, {"wanted": record_id})
        record = dict(zip(of_record, row[: len(of_record)], strict=True))
        records[record_id] = record
        whose = row[len(of_record) :]
        certificates[record["certificate_id"]] = dict(zip(of_certificate, whose, strict=True))
    others = touched.certificates | {owner for owner, _ in touched.of_certificates}
    for certificate_id in sorted(others - certificates.keys()):
        (row,) = _ALONE.rows(connection, {"wanted": certificate_id})
        certificates[certificate_id] = dict(zip(of_certificate, row, strict=True))
    return records, certificates


def _files(connection: Connection, touched: Touched, certificate_id: int) -> dict[str, str]:
    """The SHA-256 of each kind of file, asked for where they came earlier."""
    added = {kind: sha256 for owner, kind, sha256 in touched.files if owner == certificate_id}
    if added:
        return added
    rows = connection.execute(_FILES, {"wanted": certificate_id})
    return {row.kind: row.sha256 for row in rows}
