"""One certificate takes another's place: one transaction, which cannot stop half-way."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from service import status_publishing
from service import tables as t
from service.errors import Conflict
from service.ledger import Ledger
from service.pipeline.steps import Kind, Stage
from service.register_changes import insert, place_of
from service.register_rows import Reservation, entries_where
from service.status_words import CertificateStatus, ProcessStatus
from service.transparency import touched


def must_be_replaceable(ledger: Ledger, certificate_id: int) -> None:
    """Let pass what is valid, or was issued and is to become valid.

    Raises:
        Conflict: it was cancelled, or replaced by another, or its issuing has not succeeded.
    """
    found = entries_where(ledger.connection, t.certificates.c.id == certificate_id)
    if not found:
        raise Conflict("原证书尚未办成，不能变更 (what was not issued cannot be replaced)")
    if any(change.state == "cancelled" for change in found[0].history):
        by = f"，由 {found[0].replaced_by} 取代" if found[0].replaced_by else ""
        raise Conflict(f"原证书已注销{by}，不能变更 (a cancelled one cannot be replaced)")


def take_place(ledger: Ledger, record: Reservation, now: datetime) -> None:
    """Void the certificate that a record replaces, and hand its number over.

    Raises:
        Conflict: it was cancelled meanwhile.
    """
    if record.replaces_id is None:
        raise LookupError(f"record {record.record_id} replaces nothing")
    c = t.certificates
    ledger.connection.execute(
        sa.select(c.c.id).where(c.c.id == record.replaces_id).with_for_update()
    )
    must_be_replaceable(ledger, record.replaces_id)
    reason = f"照面信息变更，由 {record.license_id} 取代"
    voiding = insert(
        ledger.connection,
        t.records,
        certificate_id=record.replaces_id,
        kind=Kind.REPLACED,
        step=Stage.FINISHED,
        certificate_status=CertificateStatus.CANCELLED,
        process_status=ProcessStatus.STATUS_CHANGED,
        reason=reason,
        applied_at=now,
        effective_from=now,
        finished_at=now,
        **place_of(record.dataset),
    )
    for certificate_id, claim in (
        (record.replaces_id, None),
        (record.certificate_id, f"{record.type}:{record.number}"),
    ):
        ledger.connection.execute(c.update().where(c.c.id == certificate_id).values(claim=claim))
        touched.certificate(ledger.connection, certificate_id)
    ledger.event("replaced", record.replaces_id, voiding, now, {"by": record.license_id})
    status_publishing.changed(ledger.connection, record.replaces_id)
