"""What happens to a certificate, as it is written into the register, and never unwritten.

Every method works inside a transaction that the caller opens (`Database.write`), so that a step
and its outcome are recorded together or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import clock, status_publishing
from service import tables as t
from service.pipeline.journal import Attempt
from service.pipeline.steps import Kind, Stage, Step, first_stage
from service.register_changes import (
    add_attempts,
    add_documents,
    add_event,
    change_certificate,
    end_record,
    insert,
    move_record,
    place_of,
)
from service.register_rows import (
    BY_LICENSE_ID,
    ID_BY_REQUEST,
    MAKING_BY_CLAIM,
    MAKING_BY_ID,
    WANTED,
    Reservation,
    entries_of,
    record_of,
    record_with_id,
)
from service.statements import Statement
from service.status_words import CertificateStatus, ProcessStatus
from service.transparency import touched
from verify.register import Entry

if TYPE_CHECKING:
    from service.platform.port import Coded

_FILES_OF = Statement(
    sa.select(t.documents.c.kind, t.documents.c.sha256).where(
        t.documents.c.certificate_id == WANTED
    )
)
_BY_REQUEST = Statement(ID_BY_REQUEST)


@dataclass(frozen=True)
class NewCertificate:
    """What a reservation writes down."""

    license_id: str
    type: str
    layout_version: str
    number: str
    number_normal: str
    version: int
    authority_code: str
    issued_on: str
    request: bytes
    request_sha256: str
    dataset: bytes
    status_index: int
    development: bool
    platform: str = "none"
    replaces_id: int | None = None
    factory_number: str | None = None
    filing_number: str | None = None


class Ledger:
    """The register's writing side, on one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def by_request(self, request_sha256: str) -> Reservation | None:
        """The certificate that the same request asked for before, corrected since or not."""
        asked = {"wanted": request_sha256}
        known = _BY_REQUEST.scalar(self.connection, asked)
        return None if known is None else self.reservation(known)

    def reservation(self, certificate_id: int) -> Reservation:
        """A certificate as it was reserved, with its code and the step it stands at."""
        found = record_of(self.connection, MAKING_BY_ID, certificate_id)
        if found is None:
            raise LookupError(f"no certificate {certificate_id}")
        return found

    def record(self, record_id: int) -> Reservation | None:
        """A record of any kind, with its certificate."""
        return record_with_id(self.connection, record_id)

    def holder_of(self, claim: str) -> Reservation | None:
        """The certificate that holds a number: issued, cancelled since, or still on its way."""
        return record_of(self.connection, MAKING_BY_CLAIM, claim)

    def entry(self, license_id: str) -> Entry | None:
        """An issued certificate with its history, as this transaction sees it."""
        found = entries_of(self.connection, BY_LICENSE_ID, license_id)
        return found[0] if found else None

    def release(self, claim: str) -> None:
        """Take a number from the cancelled certificate that held it last."""
        c = t.certificates
        for certificate_id in self.connection.execute(
            c.update().where(c.c.claim == claim).values(claim=None).returning(c.c.id)
        ).scalars():
            touched.certificate(self.connection, certificate_id)

    def reserve(
        self, new: NewCertificate, reason: str, now: datetime, kind: Kind = Kind.NEW
    ) -> Reservation:
        """Write down a certificate that is now on its way and holds its number.

        One that is to replace another leaves the number with that one until it is valid.
        """
        claim = f"{new.type}:{new.number_normal}" if kind is Kind.NEW else None
        certificate_id = insert(
            self.connection, t.certificates, **vars(new), claim=claim, created_at=now
        )
        record_id = insert(
            self.connection,
            t.records,
            certificate_id=certificate_id,
            kind=kind,
            step=first_stage(kind),
            reason=reason,
            applied_at=now,
            **place_of(new.dataset),
        )
        self.event("reserved", certificate_id, record_id, now, {"number": new.number})
        reserved = self.record(record_id)
        if reserved is None:
            raise LookupError(f"no record {record_id}")
        return reserved

    def advance(self, record: Reservation, reached: Stage, attempts: Sequence[Attempt]) -> bool:
        """Move a record on and write down what was tried; False if another process was quicker.

        What it failed at before is no longer its status then.
        """
        values = {
            "step": reached,
            "certificate_status": None,
            "process_status": None,
            "began": None,
        }
        if not move_record(self.connection, record.record_id, record.step, values):
            return False
        add_attempts(self.connection, record.record_id, attempts)
        if record.process_status is not None and attempts:
            self._of_record("continued", record, {"step": attempts[0].step.value})
        return True

    def correct(self, record: Reservation, stage: Stage, values: Mapping[str, Any]) -> bool:
        """Change what a certificate will be made of, and keep what it would have been made of.

        `values` are the columns of `certificates` that change. False if the record has moved on.
        """
        if not move_record(self.connection, record.record_id, record.step, {"step": stage}):
            return False
        before = sa.select(t.certificates.c.request_sha256).where(
            t.certificates.c.id == record.certificate_id
        )
        insert(
            self.connection,
            t.corrections,
            record_id=record.record_id,
            at=clock.now(),
            request=record.request,
            request_sha256=self.connection.execute(before).scalar_one(),
        )
        change_certificate(self.connection, record.certificate_id, **values)
        return True

    def abandon(
        self,
        record: Reservation,
        attempts: Sequence[Attempt],
        reason: str,
        now: datetime,
        **detail: Any,
    ) -> bool:
        """Give up a record that cannot be issued; False if another process was quicker.

        Its status stays that of the step that failed. Its number is free, and the same request
        asks for a new certificate from now on: what it was known by is in the event.
        """
        values = {
            "step": Stage.ABANDONED,
            "certificate_status": CertificateStatus.FAILED,
            "abandoned_at": now,
            "began": None,
        }
        if not move_record(self.connection, record.record_id, record.step, values):
            return False
        add_attempts(self.connection, record.record_id, attempts)
        c = t.certificates.c
        known_by = self.connection.execute(
            sa.select(c.request_sha256).where(c.id == record.certificate_id)
        ).scalar_one()
        freed = hashlib.sha256(f"abandoned:{record.certificate_id}:{known_by}".encode()).hexdigest()
        change_certificate(self.connection, record.certificate_id, claim=None, request_sha256=freed)
        told = {"reason": reason, "stage": record.step, "request_sha256": known_by, **detail}
        self.event("abandoned", record.certificate_id, record.record_id, now, told)
        status_publishing.changed(self.connection, record.certificate_id)
        return True

    def begin(self, record: Reservation, step: Step) -> bool:
        """Write down that the platform is about to be asked; False if a record has moved on."""
        return move_record(self.connection, record.record_id, record.step, {"began": step})

    def stopped(
        self, record: Reservation, attempt: Attempt, status: ProcessStatus | None, began: bool
    ) -> None:
        """Write down an attempt that did not pass; `status` is what the record now shows.

        None leaves what it shows; `began` says whether the platform may have acted. Nothing is
        written where another process has gone further meanwhile.
        """
        values: dict[str, Any] = {"began": attempt.step if began else None}
        if status:
            values |= {"certificate_status": CertificateStatus.FAILED, "process_status": status}
        if move_record(self.connection, record.record_id, record.step, values):
            add_attempts(self.connection, record.record_id, [attempt])
            if status:
                detail = {"step": attempt.step.value, "outcome": attempt.outcome.value}
                self._of_record("step_failed", record, detail)

    def _of_record(self, kind: str, record: Reservation, detail: Mapping[str, Any]) -> None:
        self.event(kind, record.certificate_id, record.record_id, clock.now(), detail)

    def set_code(
        self, reservation: Reservation, code: str, coded: Coded | None, now: datetime
    ) -> None:
        """Record our code, and what a platform gave; from here on neither ever changes."""
        given = {"code": code}
        if coded is not None:
            given |= {
                "platform_code": coded.qr_content,
                "platform_code_id": coded.code_id,
                "platform_ecert_id": coded.ecert_id,
            }
        change_certificate(self.connection, reservation.certificate_id, **given)
        self.event("coded", reservation.certificate_id, reservation.record_id, now, given)

    def signing_failed(
        self, reservation: Reservation, detail: Mapping[str, Any], now: datetime
    ) -> None:
        """Record that a certificate could not be signed; it stays at the step where it stands."""
        self.event("signing_failed", reservation.certificate_id, reservation.record_id, now, detail)

    def add_documents(
        self, reservation: Reservation, documents: Mapping[str, tuple[str, int]], now: datetime
    ) -> None:
        """Record both files (kind → SHA-256, bytes)."""
        add_documents(self.connection, reservation.certificate_id, documents, now)

    def finish(self, reservation: Reservation, effective_from: datetime, now: datetime) -> None:
        """Record the success of a certificate whose record has reached its end."""
        end_record(
            self.connection,
            reservation.record_id,
            CertificateStatus.VALID,
            ProcessStatus.COLLECTED,
            effective_from,
            now,
        )
        rows = _FILES_OF.rows(self.connection, {"wanted": reservation.certificate_id})
        detail = {f"{kind}_sha256": sha256 for kind, sha256 in rows}
        self.event("issued", reservation.certificate_id, reservation.record_id, now, detail)

    def apply_to_cancel(
        self, license_id: str, reason: str, effective_from: datetime, now: datetime
    ) -> int:
        """Add the record that will cancel a certificate; gives its id. Nothing else is changed."""
        c = t.certificates.c
        row = self.connection.execute(
            sa.select(c.id, c.dataset).where(c.license_id == license_id)
        ).one()
        record_id = insert(
            self.connection,
            t.records,
            certificate_id=row.id,
            kind=Kind.CANCEL,
            step=first_stage(Kind.CANCEL),
            reason=reason,
            applied_at=now,
            effective_asked=effective_from,
            **place_of(row.dataset),
        )
        self.event("cancelling", row.id, record_id, now, {})
        return record_id

    def finish_cancelling(self, record: Reservation, now: datetime) -> None:
        """Record that a certificate is cancelled, from the moment that was asked for."""
        effective_from = record.effective_asked or now
        end_record(
            self.connection,
            record.record_id,
            CertificateStatus.CANCELLED,
            ProcessStatus.STATUS_CHANGED,
            effective_from,
            now,
        )
        detail = {"reason": record.reason, "effective_from": effective_from.isoformat()}
        self.event("cancelled", record.certificate_id, record.record_id, now, detail)
        status_publishing.changed(self.connection, record.certificate_id)

    def lock_certificate(self, license_id: str) -> None:
        """Hold a certificate's row until the transaction ends (on SQLite the whole file)."""
        query = sa.select(t.certificates.c.id).where(t.certificates.c.license_id == license_id)
        self.connection.execute(query.with_for_update())

    def event(
        self,
        kind: str,
        certificate_id: int,
        record_id: int,
        at: datetime,
        detail: Mapping[str, Any],
    ) -> None:
        """Add what happened to the events; aware time."""
        add_event(self.connection, kind, certificate_id, record_id, at, detail)
