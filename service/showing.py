"""All that the register knows of a certificate, for whoever looks after an installation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from service import listing
from service import tables as t
from service.errors import NotFound
from service.installation import Installation
from service.issuing import state_now
from verify import times
from verify.numbers import normal
from verify.register import Entry


def show(installation: Installation, subject: str) -> dict[str, Any]:
    """What is under a number or a licence identifier: every certificate, the newest first.

    Raises:
        NotFound: nothing ever was.
    """
    with installation.database.read() as connection:
        rows = _certificates(connection, subject)
        if not rows:
            raise NotFound(f"未找到证书 “{subject[:80]}” (no such certificate)")
        found = [_certificate(installation, connection, row) for row in rows]
    return {"subject": subject, "certificates": found}


def _certificates(connection: Connection, subject: str) -> Sequence[Row[Any]]:
    c = t.certificates.c
    named = sa.or_(c.license_id == subject.strip(), c.number_normal == normal(subject))
    newest_first = (c.version.desc(), c.id.desc())
    return connection.execute(sa.select(t.certificates).where(named).order_by(*newest_first)).all()


def _certificate(
    installation: Installation, connection: Connection, row: Row[Any]
) -> dict[str, Any]:
    data = json.loads(row.request)
    entry = installation.register.by_license_id(row.license_id)
    return {
        "license_id": row.license_id,
        "number": row.number,
        "version": row.version,
        "type": row.type,
        "layout": row.layout_version,
        "authority": data["authority"],
        "holder": data["holder"],
        "issued_on": row.issued_on,
        "created_at": times.iso(row.created_at),
        "status": None if entry is None else state_now(entry),
        "replaces": _license_id(connection, row.replaces_id),
        "replaced_by": None if entry is None else entry.replaced_by,
        "verify_url": row.code,
        "platform": row.platform,
        "platform_code": row.platform_code,
        "face": data["face"],
        "history": _history(entry),
        "files": _files(installation, connection, row.id),
        "records": _records(connection, row.license_id),
        "log": _leaves(connection, row.id),
    }


def _license_id(connection: Connection, certificate_id: int | None) -> str | None:
    query = sa.select(t.certificates.c.license_id).where(t.certificates.c.id == certificate_id)
    found: str | None = connection.execute(query).scalar()
    return found


def _history(entry: Entry | None) -> list[dict[str, Any]]:
    """Each change with both its times: from when on it counts, and since when we know."""
    return [
        {
            "status": change.state,
            "effective_from": times.iso(change.effective_from),
            "known_since": times.iso(change.known_since),
            "reason": change.reason,
        }
        for change in (entry.history if entry else ())
    ]


def _files(
    installation: Installation, connection: Connection, certificate_id: int
) -> list[dict[str, Any]]:
    d = t.documents.c
    rows = connection.execute(
        sa.select(t.documents).where(d.certificate_id == certificate_id).order_by(d.id)
    )
    return [
        {
            "kind": row.kind,
            "sha256": row.sha256,
            "size": row.size,
            "created_at": times.iso(row.created_at),
            "stored": installation.documents.path(row.sha256).exists(),
        }
        for row in rows
    ]


def _records(connection: Connection, license_id: str) -> list[dict[str, Any]]:
    """Every record, oldest first, with every attempt, and why it was given up if it was."""
    found = []
    for row in listing.of_certificate(connection, license_id):
        told = listing.as_json(row) | {"steps": listing.attempts(connection, row.record_id)}
        if row.abandoned_at is not None:
            told["abandoned_because"] = _abandoned_because(connection, row.record_id)
        found.append(told)
    return found


def _abandoned_because(connection: Connection, record_id: int) -> str:
    e = t.events.c
    query = sa.select(e.detail).where(e.record_id == record_id, e.kind == "abandoned")
    detail = connection.execute(query).scalar() or {}
    return str(detail.get("reason", ""))


def _leaves(connection: Connection, certificate_id: int) -> list[int]:
    """The places of what happened to it in the log, from 0."""
    leaves = t.log_leaves.c
    query = sa.select(leaves.position).where(leaves.certificate_id == certificate_id)
    return [int(one) for one in connection.execute(query.order_by(leaves.position)).scalars()]
