"""Rows of the register's tables as what they mean: reservations and entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from renderer.layout import load
from service import tables as t
from verify.register import Entry, StatusChange


@dataclass(frozen=True)
class Reservation:
    """A certificate that holds its number and is on its way; `step` is the last one recorded."""

    certificate_id: int
    record_id: int
    license_id: str
    number: str
    version: int
    layout_version: str
    issued_on: str
    status_index: int
    request: bytes
    dataset: bytes
    code: str | None
    step: str


def reservation_where(
    connection: Connection, condition: sa.ColumnElement[bool]
) -> Reservation | None:
    """The one certificate that fulfils a condition, as it was reserved."""
    c, r = t.certificates.c, t.records.c
    query = (
        sa.select(
            c.id.label("certificate_id"),
            r.id.label("record_id"),
            c.license_id,
            c.number,
            c.version,
            c.layout_version,
            c.issued_on,
            c.status_index,
            c.request,
            c.dataset,
            c.code,
            r.step,
        )
        .join(t.records, r.certificate_id == c.id)
        .where(condition, r.kind == "new")
    )
    row = connection.execute(query).one_or_none()
    return Reservation(**row._mapping) if row else None


def entries_where(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Entry]:
    """Issued certificates, newest first, each with its whole history."""
    c = t.certificates.c
    rows = connection.execute(
        sa.select(t.certificates).where(condition).order_by(c.version.desc(), c.id.desc())
    ).all()
    entries = []
    for row in rows:
        d = t.documents.c
        kinds = sa.select(d.kind, d.sha256, d.created_at).where(d.certificate_id == row.id)
        files = {file.kind: file for file in connection.execute(kinds)}
        if files:
            entries.append(_entry(row, files, _history(connection, row.id)))
    return entries


def _history(connection: Connection, certificate_id: int) -> tuple[StatusChange, ...]:
    r = t.records.c
    rows = connection.execute(
        sa.select(r.certificate_status, r.effective_from, r.finished_at, r.reason)
        .where(r.certificate_id == certificate_id, r.effective_from.is_not(None))
        .order_by(r.id)
    )
    return tuple(
        StatusChange(row.certificate_status, row.effective_from, row.finished_at, row.reason)
        for row in rows
    )


def _entry(row: Row[Any], files: Mapping[str, Any], history: tuple[StatusChange, ...]) -> Entry:
    data = json.loads(row.request)
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
        labels={key: field.label for key, field in layout.fields.items()},
        dataset=row.dataset,
        pdf_sha256=files["pdf"].sha256,
        ofd_sha256=files["ofd"].sha256,
        status_index=row.status_index,
        history=history,
        development=row.development,
        second_field=layout.second_field,
        recorded_at=max(file.created_at for file in files.values()),
        code=row.code,
    )
