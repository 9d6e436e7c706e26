"""The changes of the register's rows: compiled once, noted for the log, and told if need be.

`service.ledger` puts them together to what happens to a certificate. Whoever calls them has opened
the transaction (`Database.write`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.pipeline.journal import Attempt
from service.register_rows import WANTED
from service.statements import Statement
from service.status_words import CertificateStatus, ProcessStatus
from service.transparency import touched
from service.webhooks import outbox

# Built once, as those of `register_rows`; the columns that are written are named by the values.
_INSERTS = {
    table: Statement(table.insert().returning(table.c.id))
    for table in (t.certificates, t.records, t.corrections)
}
_ADD_STEP, _ADD_DOCUMENT = Statement(t.steps.insert()), Statement(t.documents.insert())
_ADD_EVENT = Statement(t.events.insert().returning(t.events.c.id))
_MOVE = Statement(
    t.records.update().where(
        t.records.c.id == sa.bindparam("this_record"), t.records.c.step == sa.bindparam("believed")
    )
)
_END = Statement(t.records.update().where(t.records.c.id == sa.bindparam("this_record")))
_CHANGE = Statement(
    t.certificates.update().where(t.certificates.c.id == sa.bindparam("this_certificate"))
)
_ATTEMPTS_MADE = Statement(
    sa.select(t.steps.c.step, sa.func.count())
    .where(t.steps.c.record_id == WANTED)
    .group_by(t.steps.c.step)
)


def insert(connection: Connection, table: sa.Table, **values: Any) -> int:
    """Add a row and give its id."""
    row_id = int(_INSERTS[table].scalar(connection, values))
    if table is t.certificates:
        touched.certificate(connection, row_id)
    elif table is t.records:
        touched.record(connection, row_id)
    else:
        touched.added(connection, table.name, values)
    return row_id


def place_of(dataset: bytes) -> dict[str, str]:
    """Whose a record is and where, by the data set of its certificate: columns of `records`."""
    authority = json.loads(dataset)["authority"]
    return {"authority_code": authority["code"], "division": authority["division"]}


def change_certificate(connection: Connection, certificate_id: int, **values: Any) -> None:
    """Change columns of a certificate."""
    _CHANGE.change(connection, values | {"this_certificate": certificate_id})
    touched.certificate(connection, certificate_id)


def move_record(
    connection: Connection, record_id: int, believed: str, values: Mapping[str, Any]
) -> bool:
    """Change columns of a record, only while it stands at the step where it is believed to."""
    asked = {"this_record": record_id, "believed": believed}
    if _MOVE.change(connection, {**values, **asked}) != 1:
        return False
    if values.keys() != {"began"}:  # which the log does not bind
        touched.record(connection, record_id)
    return True


def end_record(
    connection: Connection,
    record_id: int,
    certificate_status: CertificateStatus,
    process_status: ProcessStatus,
    effective_from: datetime,
    now: datetime,
) -> None:
    """Record that what was applied for is done, from a moment on; aware times."""
    values = {
        "certificate_status": certificate_status,
        "process_status": process_status,
        "effective_from": effective_from,
        "finished_at": now,
    }
    _END.change(connection, values | {"this_record": record_id})
    touched.record(connection, record_id)


def add_attempts(connection: Connection, record_id: int, attempts: Sequence[Attempt]) -> None:
    """Number and keep attempts at a record's steps, in their order."""
    made = {step: int(n) for step, n in _ATTEMPTS_MADE.rows(connection, {"wanted": record_id})}
    rows = []
    for attempt in attempts:
        made[attempt.step] = made.get(attempt.step, 0) + 1
        rows.append(attempt.as_row() | {"record_id": record_id, "attempt": made[attempt.step]})
    for row in rows:
        _ADD_STEP.change(connection, row)
    if rows:
        touched.added(connection, "steps", *rows)


def add_documents(
    connection: Connection,
    certificate_id: int,
    documents: Mapping[str, tuple[str, int]],
    now: datetime,
) -> None:
    """Record a certificate's files (kind → SHA-256, bytes)."""
    owner = {"certificate_id": certificate_id, "created_at": now}
    rows = [
        owner | {"kind": kind, "sha256": sha256, "size": size}
        for kind, (sha256, size) in documents.items()
    ]
    for row in rows:
        _ADD_DOCUMENT.change(connection, row)
    touched.added(connection, "documents", *rows)


def add_event(
    connection: Connection,
    kind: str,
    certificate_id: int,
    record_id: int,
    at: datetime,
    detail: Mapping[str, Any],
) -> None:
    """Add what happened to the events, and write down whom it is to be told; aware time."""
    row = {
        "at": at,
        "kind": kind,
        "certificate_id": certificate_id,
        "record_id": record_id,
        "detail": dict(detail),
    }
    event_id = int(_ADD_EVENT.scalar(connection, row))
    outbox.tell(connection, (event_id, kind, at), certificate_id, record_id, detail)
    touched.added(connection, "events", row)
