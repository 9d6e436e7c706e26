"""Lists of records (办理记录) as the notices' table has them, and all records of a certificate."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from service import districts
from service import tables as t
from service.access import Caller
from service.database import Database
from service.errors import Forbidden
from service.listing_query import Query
from service.pipeline.steps import Kind
from service.status_words import CHINESE
from verify import times

COLUMNS: Final = {
    "number": "证书编号",
    "status_text": "证照状态",
    "process_text": "流程状态",
    "applied_at": "申请时间",
    "applied_for": "申请理由",
}
"""The columns of the notices' table, by the members of a row that they show."""

BATCH: Final = 200
"""Rows fetched at once while looking for those that a key may see."""


@dataclass(frozen=True)
class Page:
    """Records, newest first; `after` is the last one's id where there are more, else None."""

    rows: Sequence[Row[Any]]
    after: int | None

    def as_json(self) -> dict[str, Any]:
        """The page's public form."""
        return {
            "columns": COLUMNS,
            "records": [as_json(row) for row in self.rows],
            "next_cursor": None if self.after is None else str(self.after),
        }


def find(database: Database, query: Query, caller: Caller) -> Page:
    """A page of the records that a key may see.

    Raises:
        Forbidden: an authority is asked for that is none of the key's.
    """
    if query.authority is not None and not caller.scope.names(query.authority):
        raise Forbidden(
            f"密钥 {caller.name} 不能查看该发证机关 (the key may not see this authority)"
        )
    found: list[Row[Any]] = []
    with database.read() as connection:
        for row in _visible(connection, query, caller):
            if len(found) == query.limit:
                return Page(found, found[-1].record_id)
            found.append(row)
    return Page(found, None)


def of_certificate(connection: Connection, license_id: str) -> list[Row[Any]]:
    """Every record of a certificate, oldest first; also of one that was never finished."""
    if "\0" in license_id:  # PostgreSQL refuses to be asked for it
        return []
    wanted = _rows().where(t.certificates.c.license_id == license_id)
    return list(connection.execute(wanted.order_by(t.records.c.id)))


def attempts(connection: Connection, record_id: int) -> list[dict[str, Any]]:
    """What was tried for a record, in order: sent, answered, said, and what to do about it."""
    s = t.steps.c
    rows = connection.execute(sa.select(t.steps).where(s.record_id == record_id).order_by(s.id))
    return [
        {
            "step": row.step,
            "attempt": row.attempt,
            "outcome": row.outcome,
            "started_at": times.iso(row.started_at),
            "finished_at": times.iso(row.finished_at),
            "request": row.request,
            "answer": row.answer,
            "words": row.words.splitlines(),
            "advice": row.advice,
        }
        for row in rows
    ]


def as_json(row: Row[Any]) -> dict[str, Any]:
    """A record's public form; status and process are null while it is under way."""
    authority = json.loads(row.dataset)["authority"]
    return {
        "record": row.record_id,
        "license_id": row.license_id,
        "number": row.number,
        "version": row.version,
        "type": row.type,
        "authority": authority,
        "kind": row.kind,
        "status": row.certificate_status,
        "status_text": CHINESE.get(row.certificate_status or ""),
        "process": row.process_status,
        "process_text": CHINESE.get(row.process_status or ""),
        "applied_at": times.iso(row.applied_at),
        "applied_for": row.applied_for,
        "reason": row.reason,
        "effective_from": _iso(row.effective_from),
        "known_since": _iso(row.finished_at),
        "abandoned_at": _iso(row.abandoned_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else times.iso(moment)


def _visible(connection: Connection, query: Query, caller: Caller) -> Iterator[Row[Any]]:
    """The records asked for, without those that are none of the key's, newest first.

    Each part of `districts` is read along its index, and all of them are read side by side: what a
    key sees nothing of costs nothing, and what it sees all of is not gathered for one page.
    """
    wanted = _rows().where(*_asked(query)).order_by(t.records.c.id.desc())
    found = [
        _batches(connection, wanted.where(*part), query.after) for part in _indexed(query, caller)
    ]
    for row in heapq.merge(*found, key=lambda row: -row.record_id):
        if caller.sees(row.dataset):
            yield row


def _batches(
    connection: Connection, wanted: sa.Select[Any], after: int | None
) -> Iterator[Row[Any]]:
    """What a query finds below an id, some rows at a time."""
    while True:
        here = wanted if after is None else wanted.where(t.records.c.id < after)
        batch = connection.execute(here.limit(BATCH)).all()
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].record_id


def _indexed(query: Query, caller: Caller) -> Sequence[districts.Conditions]:
    """The parts in which the records are read; a number finds its few by itself."""
    if query.number is not None:
        return [()]
    asked = None if query.authority is None else [query.authority]
    return districts.within(caller.scope, asked)


def _rows() -> sa.Select[Any]:
    """Records with their certificates; 申请理由 is what the certificate was applied for with."""
    c, r = t.certificates.c, t.records.c
    making = t.records.alias("making")
    applied_for = (
        sa.select(making.c.reason)
        .where(making.c.certificate_id == c.id, making.c.kind.in_((Kind.NEW, Kind.REPLACE)))
        .correlate(t.certificates)
        .scalar_subquery()
    )
    return sa.select(
        r.id.label("record_id"),
        r.kind,
        r.certificate_status,
        r.process_status,
        r.reason,
        r.applied_at,
        r.effective_from,
        r.finished_at,
        r.abandoned_at,
        c.license_id,
        c.number,
        c.version,
        c.type,
        c.dataset,
        applied_for.label("applied_for"),
    ).join(t.certificates, r.certificate_id == c.id)


def _asked(query: Query) -> Iterator[sa.ColumnElement[bool]]:
    """What the query leaves in."""
    c, r = t.certificates.c, t.records.c
    for column, value in (
        (r.certificate_status, query.status),
        (r.process_status, query.process),
        (c.type, query.type),
        # So written that an index does not hinder that on numbers.
        (sa.func.coalesce(r.authority_code, ""), query.authority),
        (c.number_normal, query.number),
    ):
        if value is not None:
            yield column == value
    if query.applied_from is not None:
        yield r.applied_at >= query.applied_from
    if query.applied_before is not None:
        yield r.applied_at < query.applied_before
