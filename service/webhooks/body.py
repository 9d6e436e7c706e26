"""What a notification says: which event, which certificate, how its record stands.

Nothing personal is in it: neither holder nor persons nor what is on the page, no reason and none of
the platform's words, which may name people. Whoever may see them asks for them with his key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from verify import times

CERTIFICATES = "/api/v1/certificates"

_C, _R = t.certificates.c, t.records.c
_STANDING = (
    sa.select(
        *(_C.license_id, _C.number, _C.type, _C.version, _C.issued_on, _C.code, _C.request),
        _R.id.label("record_id"),
        *(_R.kind, _R.certificate_status, _R.process_status, _R.effective_from),
    )
    .join(t.records, _R.certificate_id == _C.id)
    .where(_R.id == sa.bindparam("wanted"))
)
_STATUS = (
    sa.select(_R.certificate_status)
    .where(_R.certificate_id == sa.bindparam("wanted"), _R.effective_from.is_not(None))
    .order_by(_R.id.desc())
    .limit(1)
)


def authority_of(request: bytes) -> Mapping[str, str]:
    """Name, USCC and division of the authority that a kept request names."""
    authority: Mapping[str, str] = json.loads(request)["authority"]
    return authority


def body(
    connection: Connection,
    event: tuple[int, str, datetime],
    certificate_id: int,
    record_id: int,
    detail: Mapping[str, Any],
) -> bytes:
    """The notification of an event (its id, kind and moment), as this transaction sees things.

    Of the event's detail only the step, how it ended, and a successor are told.
    """
    event_id, kind, at = event
    row = connection.execute(_STANDING, {"wanted": record_id}).one()
    status = connection.execute(_STATUS, {"wanted": certificate_id}).scalar()
    authority = authority_of(row.request)
    path = f"{CERTIFICATES}/{row.license_id}"
    told = {
        "event": {"id": event_id, "kind": kind, "at": times.iso(at)},
        "certificate": {
            "license_id": row.license_id,
            "number": row.number,
            "type": row.type,
            "version": row.version,
            "authority": {name: authority[name] for name in ("name", "code", "division")},
            "issued_on": row.issued_on,
            "status": status,
            "verify_url": row.code if status else None,
            "replaced_by": detail.get("by"),
        },
        "record": {
            "record": row.record_id,
            "kind": row.kind,
            "status": row.certificate_status,
            "process": row.process_status,
            "effective_from": times.iso(row.effective_from) if row.effective_from else None,
            "step": detail.get("step"),
            "outcome": detail.get("outcome"),
        },
        "links": {"certificate": path, "records": f"{path}/records"},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
