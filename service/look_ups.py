"""Looking one certificate up, with its files and its history, in a single statement.

This is what every scanned code and every uploaded file asks, so it is quick: see
`service.prepared`. Each function gives what was issued, newest first.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from renderer.layout import load
from service import public_role
from service import tables as t
from service.prepared import Prepared
from service.register_rows import SUCCESSOR, WANTED, Files, entry_of
from verify.register import Entry, Pair, StatusChange


def _select() -> sa.Select[Any]:
    """A row for each change of status of each certificate that has both files."""
    c, r = t.certificates.c, t.records.c
    pdf, ofd = t.documents.alias("pdf"), t.documents.alias("ofd")
    query = sa.select(
        *(c[name] for name in public_role.READABLE["certificates"]),
        *(pdf.c[name].label(f"pdf_{name}") for name in ("sha256", "created_at")),
        *(ofd.c[name].label(f"ofd_{name}") for name in ("sha256", "created_at")),
        r.certificate_status,
        r.effective_from,
        r.finished_at,
        r.reason,
    )
    for file, kind in ((pdf, "pdf"), (ofd, "ofd")):
        query = query.join(file, sa.and_(file.c.certificate_id == c.id, file.c.kind == kind))
    changed = sa.and_(r.certificate_id == c.id, r.effective_from.is_not(None))
    return query.join(t.records, changed).order_by(c.version.desc(), c.id.desc(), r.id)


_LOOK_UP = _select()
_PAIRED = ("license_id", "number", "type", "layout_version", "dataset")
_BY_LICENSE_ID = Prepared(_LOOK_UP.where(t.certificates.c.license_id == WANTED))
_BY_NUMBER = Prepared(_LOOK_UP.where(t.certificates.c.number_normal == WANTED))
_BY_PLATFORM_CODE = Prepared(_LOOK_UP.where(t.certificates.c.platform_code == WANTED))
_BY_DOCUMENT = Prepared(
    _LOOK_UP.where(
        t.certificates.c.id
        == sa.select(t.documents.c.certificate_id)
        .where(t.documents.c.sha256 == WANTED)
        .scalar_subquery()
    )
)
_SUCCESSOR = Prepared(SUCCESSOR)
_PAIRS = Prepared(
    sa.select(*(t.certificates.c[name] for name in _PAIRED))
    .where(t.certificates.c.number_normal == WANTED)
    .order_by(t.certificates.c.version.desc(), t.certificates.c.id.desc())
)
_NOBODYS = (
    "crane-use-registration",
    "C0330-2023",
    json.dumps({"face": {f"field_{n}": "设备或单位的名称" for n in range(16)}}).encode(),
)


def by_license_id(engine: sa.Engine, license_id: str) -> list[Entry]:
    """By the identifier."""
    return _entries(engine, _BY_LICENSE_ID, license_id)


def by_number(engine: sa.Engine, normal_number: str) -> list[Entry]:
    """By the number in normal form."""
    return _entries(engine, _BY_NUMBER, normal_number)


def by_platform_code(engine: sa.Engine, content: str) -> list[Entry]:
    """By what the national platform's QR code says."""
    return _entries(engine, _BY_PLATFORM_CODE, content)


def by_document(engine: sa.Engine, sha256: str) -> list[Entry]:
    """By the SHA-256 (lower-case hex) of one of the files."""
    return _entries(engine, _BY_DOCUMENT, sha256)


def pairs(engine: sa.Engine, normal_number: str) -> list[Pair]:
    """The number and the value asked for beside it of each certificate with that number.

    Where there is none a certificate that nobody has is read all the same, for the time it takes.
    """
    rows = _PAIRS.rows(engine, normal_number)
    if not rows:
        _second(*_NOBODYS)
    return [
        Pair(row.license_id, row.number, _second(row.type, row.layout_version, row.dataset))
        for row in rows
    ]


def _entries(engine: sa.Engine, query: Prepared, wanted: str) -> list[Entry]:
    rows = query.rows(engine, wanted)
    return [_entry(engine, list(of_one)) for _, of_one in groupby(rows, attrgetter("id"))]


def _entry(engine: sa.Engine, rows: list[Any]) -> Entry:
    first = rows[0]
    history = tuple(
        StatusChange(row.certificate_status, row.effective_from, row.finished_at, row.reason)
        for row in rows
    )
    successor = _SUCCESSOR.rows(engine, first.id) if len(history) > 1 else []
    files = Files(
        first.pdf_sha256, first.ofd_sha256, max(first.pdf_created_at, first.ofd_created_at)
    )
    return entry_of(first, files, history, successor[0].license_id if successor else None)


def _second(kind: str, layout_version: str, dataset: bytes) -> str:
    face: dict[str, str] = json.loads(dataset)["face"]
    return face.get(load(kind, layout_version).second_field, "")
