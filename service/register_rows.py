"""Rows of the register's tables as what they mean: reservations and entries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from renderer.layout import load
from service import public_role
from service import tables as t
from service.pipeline.steps import Kind, Stage
from service.statements import Statement
from verify.register import Entry, StatusChange


@dataclass(frozen=True)
class Reservation:
    """A record and its certificate; `step` is the stage that the record has reached.

    `platform` says who assigns codes (`none`: we do), `platform_*` what it gave in coding.
    `replaces_id` is the certificate whose place this one takes. `effective_asked` (aware) is when
    a cancelling is to take effect. `began` is the step that the platform was asked for without an
    answer being recorded.
    """

    certificate_id: int
    record_id: int
    kind: str
    license_id: str
    type: str
    number: str
    version: int
    layout_version: str
    issued_on: str
    status_index: int
    request: bytes
    dataset: bytes
    code: str | None
    step: str
    platform: str
    platform_code: str | None
    platform_code_id: str | None
    platform_ecert_id: str | None
    replaces_id: int | None
    process_status: str | None
    reason: str
    effective_asked: datetime | None
    began: str | None


_OF_RECORD = {"kind", "step", "process_status", "reason", "effective_asked", "began"}

ISSUING = (Kind.NEW, Kind.REPLACE)
"""The kinds of records that make a certificate; each certificate has exactly one of them."""


def _all_records() -> sa.Select[Any]:
    c, r = t.certificates.c, t.records.c
    columns = [r[field.name] for field in fields(Reservation) if field.name in _OF_RECORD]
    columns += [c[field.name] for field in fields(Reservation) if field.name in c]
    query = sa.select(c.id.label("certificate_id"), r.id.label("record_id"), *columns)
    return query.join(t.records, r.certificate_id == c.id)


# Queries that every issuing or look-up asks are built once: building one takes three times as long
# as asking it. `WANTED` is what is asked for.
WANTED: sa.BindParameter[Any] = sa.bindparam("wanted")
_RECORDS = _all_records()
_MAKING = _RECORDS.where(t.records.c.kind.in_(ISSUING))
_RECORD_BY_ID = Statement(_RECORDS.where(t.records.c.id == WANTED))
_NAMES = _RECORDS.selected_columns.keys()
MAKING_BY_ID = _MAKING.where(t.certificates.c.id == WANTED)
MAKING_BY_CLAIM = _MAKING.where(t.certificates.c.claim == WANTED)
# The certificate that was asked for by a request with that digest, corrected since or not.
ID_BY_REQUEST = (
    sa.select(t.certificates.c.id)
    .where(t.certificates.c.request_sha256 == WANTED)
    .union_all(
        sa.select(t.records.c.certificate_id)
        .join(t.corrections, t.corrections.c.record_id == t.records.c.id)
        .where(t.corrections.c.request_sha256 == WANTED, t.records.c.step != Stage.ABANDONED)
    )
)

# Of a certificate only what verifying needs: the public side may read no more (public_role.py).
_CERTIFICATES = sa.select(
    *(t.certificates.c[name] for name in public_role.READABLE["certificates"])
).order_by(t.certificates.c.version.desc(), t.certificates.c.id.desc())
BY_LICENSE_ID = _CERTIFICATES.where(t.certificates.c.license_id == WANTED)


def reservation_where(
    connection: Connection, condition: sa.ColumnElement[bool]
) -> Reservation | None:
    """The one certificate that fulfils a condition, with the record that makes it."""
    return _one_record(connection, _MAKING.where(condition))


def record_where(connection: Connection, *conditions: sa.ColumnElement[bool]) -> Reservation | None:
    """The one record that fulfils the conditions, with its certificate."""
    return _one_record(connection, _RECORDS.where(*conditions))


def record_of(connection: Connection, query: sa.Select[Any], wanted: Any) -> Reservation | None:
    """The one record that a query of this module finds, with its certificate."""
    return _one_record(connection, query, {"wanted": wanted})


def record_with_id(connection: Connection, record_id: int) -> Reservation | None:
    """A record of any kind, with its certificate."""
    found = _RECORD_BY_ID.rows(connection, {"wanted": record_id})
    return Reservation(**dict(zip(_NAMES, found[0], strict=True))) if found else None


def _one_record(
    connection: Connection, query: sa.Select[Any], asked: Mapping[str, Any] | None = None
) -> Reservation | None:
    row = connection.execute(query, asked).one_or_none()
    return Reservation(**row._mapping) if row else None


def entries_where(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Entry]:
    """Certificates whose issuing succeeded, newest first, each with its whole history."""
    return _entries(connection, connection.execute(_CERTIFICATES.where(condition)).all())


def entries_of(connection: Connection, query: sa.Select[Any], wanted: Any) -> list[Entry]:
    """The same for what a query of this module finds."""
    return _entries(connection, connection.execute(query, {"wanted": wanted}).all())


_FILES = sa.select(t.documents.c.kind, t.documents.c.sha256, t.documents.c.created_at).where(
    t.documents.c.certificate_id == WANTED
)


def _entries(connection: Connection, rows: Sequence[Row[Any]]) -> list[Entry]:
    entries = []
    for row in rows:
        files = {file.kind: file for file in connection.execute(_FILES, {"wanted": row.id})}
        history = _history(connection, row.id) if files else ()
        if history:
            files_of = Files(
                files["pdf"].sha256,
                files["ofd"].sha256,
                max(file.created_at for file in files.values()),
            )
            successor = _successor(connection, row.id) if len(history) > 1 else None
            entries.append(entry_of(row, files_of, history, successor))
    return entries


# The licence identifier of the certificate that took another one's place.
SUCCESSOR = (
    sa.select(t.certificates.c.license_id)
    .join(t.records, t.records.c.certificate_id == t.certificates.c.id)
    .where(
        t.certificates.c.replaces_id == WANTED,
        t.records.c.kind == Kind.REPLACE,
        t.records.c.step == Stage.FINISHED,
    )
)


def _successor(connection: Connection, certificate_id: int) -> str | None:
    found: str | None = connection.execute(SUCCESSOR, {"wanted": certificate_id}).scalar()
    return found


_CHANGES = (
    sa.select(
        t.records.c.certificate_status,
        t.records.c.effective_from,
        t.records.c.finished_at,
        t.records.c.reason,
    )
    .where(t.records.c.certificate_id == WANTED, t.records.c.effective_from.is_not(None))
    .order_by(t.records.c.id)
)


def _history(connection: Connection, certificate_id: int) -> tuple[StatusChange, ...]:
    rows = connection.execute(_CHANGES, {"wanted": certificate_id})
    return tuple(
        StatusChange(row.certificate_status, row.effective_from, row.finished_at, row.reason)
        for row in rows
    )


@dataclass(frozen=True)
class Files:
    """SHA-256 (hex) of both files of a certificate, and when the later one was recorded (aware)."""

    pdf: str
    ofd: str
    recorded_at: datetime


def entry_of(
    row: Any,
    files: Files,
    history: tuple[StatusChange, ...],
    replaced_by: str | None,
) -> Entry:
    """The entry that a row of the certificates is, with what other tables have of it."""
    data = json.loads(row.dataset)  # what was signed; the request holds persons too
    layout = load(row.type, row.layout_version)
    return Entry(
        license_id=row.license_id,
        number=row.number,
        version=row.version,
        type=row.type,
        layout_version=row.layout_version,
        title=layout.title,
        authority_name=data["authority"]["name"],
        authority_code=row.authority_code,
        holder_name=data["holder"]["name"],
        issued_on=row.issued_on,
        face=data["face"],
        labels=layout.labels,
        dataset=row.dataset,
        pdf_sha256=files.pdf,
        ofd_sha256=files.ofd,
        status_index=row.status_index,
        history=history,
        development=row.development,
        second_field=layout.second_field,
        recorded_at=files.recorded_at,
        code=row.code,
        platform=row.platform,
        platform_code=row.platform_code,
        replaced_by=replaced_by,
    )
