"""What is written into the register, and never unwritten.

Every method works inside a transaction that the caller opens (`Database.write`), so that a step
and its outcome are recorded together or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.register import status_bits
from service.register_rows import Reservation, entries_where, reservation_where
from service.status_words import CertificateStatus, ProcessStatus
from verify.register import Entry


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


class Ledger:
    """The register's writing side, on one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def by_request(self, request_sha256: str) -> Reservation | None:
        """The certificate that the same request asked for before."""
        return reservation_where(self.connection, t.certificates.c.request_sha256 == request_sha256)

    def reservation(self, certificate_id: int) -> Reservation:
        """A certificate as it was reserved, with its code and the step it stands at."""
        found = reservation_where(self.connection, t.certificates.c.id == certificate_id)
        if found is None:
            raise LookupError(f"no certificate {certificate_id}")
        return found

    def holder_of(self, claim: str) -> Reservation | None:
        """The certificate that holds a number: issued, cancelled since, or still on its way."""
        return reservation_where(self.connection, t.certificates.c.claim == claim)

    def entry(self, license_id: str) -> Entry | None:
        """An issued certificate with its history, as this transaction sees it."""
        found = entries_where(self.connection, t.certificates.c.license_id == license_id)
        return found[0] if found else None

    def release(self, claim: str) -> None:
        """Take a number from the cancelled certificate that held it last."""
        self.connection.execute(
            t.certificates.update().where(t.certificates.c.claim == claim).values(claim=None)
        )

    def next_version(self, kind: str, number_normal: str) -> int:
        """The version for a new certificate of a type under a number: 1 for the first."""
        query = sa.select(sa.func.max(t.certificates.c.version)).where(
            t.certificates.c.type == kind, t.certificates.c.number_normal == number_normal
        )
        return (self.connection.execute(query).scalar() or 0) + 1

    def next_serial(self, scope: str) -> int:
        """The next serial in a scope (the number's part before it); never given twice."""
        counters = t.counters
        while True:
            changed = self.connection.execute(
                counters.update().where(counters.c.scope == scope).values(last=counters.c.last + 1)
            )
            if changed.rowcount:
                query = sa.select(counters.c.last).where(counters.c.scope == scope)
                return int(self.connection.execute(query).scalar_one())
            # Two processes may open a scope at once: one insert wins, both then count up.
            try:
                with self.connection.begin_nested():
                    self.connection.execute(counters.insert().values(scope=scope, last=0))
            except sa.exc.IntegrityError:
                continue

    def number_taken(self, number_normal: str) -> bool:
        """Whether any certificate ever had the number (posted numbers do not move the counter)."""
        query = sa.select(sa.literal(1)).where(t.certificates.c.number_normal == number_normal)
        return self.connection.execute(query.limit(1)).scalar() is not None

    def free_status_index(self) -> int:
        """A place in the status list, drawn at random so that it tells nothing of the order."""
        bits = status_bits(self.connection)
        while True:
            index = secrets.randbelow(bits)
            query = sa.select(sa.literal(1)).where(t.certificates.c.status_index == index)
            if self.connection.execute(query).scalar() is None:
                return index

    def reserve(self, new: NewCertificate, reason: str, now: datetime) -> Reservation:
        """Write down a certificate that is now on its way and holds its number."""
        certificate_id = _insert(
            self.connection,
            t.certificates,
            **vars(new),
            claim=f"{new.type}:{new.number_normal}",
            created_at=now,
        )
        record_id = _insert(
            self.connection,
            t.records,
            certificate_id=certificate_id,
            kind="new",
            step="reserved",
            reason=reason,
            applied_at=now,
        )
        self._event("reserved", certificate_id, record_id, now, {"number": new.number})
        return self.reservation(certificate_id)

    def set_code(self, reservation: Reservation, code: str, now: datetime) -> bool:
        """Record the code of a reserved certificate; False if another process did it first."""
        if not _advance(self.connection, reservation.record_id, "reserved", {"step": "coded"}):
            return False
        self.connection.execute(
            t.certificates.update()
            .where(t.certificates.c.id == reservation.certificate_id)
            .values(code=code)
        )
        self._event(
            "coded",
            reservation.certificate_id,
            reservation.record_id,
            now,
            {"code": code},
        )
        return True

    def signing_failed(
        self, reservation: Reservation, detail: Mapping[str, Any], now: datetime
    ) -> None:
        """Record that a certificate could not be signed; it stays at the step where it stands."""
        self._event(
            "signing_failed", reservation.certificate_id, reservation.record_id, now, detail
        )

    def finish(
        self,
        reservation: Reservation,
        documents: Mapping[str, tuple[str, int]],
        effective_from: datetime,
        now: datetime,
    ) -> bool:
        """Record both files (kind → SHA-256, bytes) and the success; False if it was done."""
        done = {
            "step": "finished",
            "certificate_status": CertificateStatus.VALID,
            "process_status": ProcessStatus.COLLECTED,
            "effective_from": effective_from,
            "finished_at": now,
        }
        if not _advance(self.connection, reservation.record_id, "coded", done):
            return False
        for kind, (sha256, size) in documents.items():
            self.connection.execute(
                t.documents.insert().values(
                    certificate_id=reservation.certificate_id,
                    kind=kind,
                    sha256=sha256,
                    size=size,
                    created_at=now,
                )
            )
        detail = {f"{kind}_sha256": sha256 for kind, (sha256, _) in documents.items()}
        self._event("issued", reservation.certificate_id, reservation.record_id, now, detail)
        return True

    def cancel(
        self,
        license_id: str,
        reason: str,
        effective_from: datetime,
        now: datetime,
    ) -> None:
        """Add the record that cancels a certificate; nothing that stands is changed."""
        certificate_id = self.connection.execute(
            sa.select(t.certificates.c.id).where(t.certificates.c.license_id == license_id)
        ).scalar_one()
        record_id = _insert(
            self.connection,
            t.records,
            certificate_id=certificate_id,
            kind="cancel",
            step="finished",
            certificate_status=CertificateStatus.CANCELLED,
            process_status=ProcessStatus.STATUS_CHANGED,
            reason=reason,
            applied_at=now,
            effective_from=effective_from,
            finished_at=now,
        )
        detail = {"reason": reason, "effective_from": effective_from.isoformat()}
        self._event("cancelled", certificate_id, record_id, now, detail)

    def lock_certificate(self, license_id: str) -> None:
        """Hold a certificate's row until the transaction ends (on SQLite the whole file)."""
        query = sa.select(t.certificates.c.id).where(t.certificates.c.license_id == license_id)
        self.connection.execute(query.with_for_update())

    def remembered_request(self, caller: str, key: str) -> str | None:
        """The digest of the request that a caller sent before with an idempotency key."""
        keys = t.idempotency_keys
        query = sa.select(keys.c.request_sha256).where(keys.c.caller == caller, keys.c.key == key)
        digest: str | None = self.connection.execute(query).scalar()
        return digest

    def remember_request(self, caller: str, key: str, request_sha256: str, now: datetime) -> None:
        """Bind an idempotency key of a caller to one request, for ever."""
        self.connection.execute(
            t.idempotency_keys.insert().values(
                caller=caller, key=key, request_sha256=request_sha256, created_at=now
            )
        )

    def _event(
        self,
        kind: str,
        certificate_id: int,
        record_id: int,
        at: datetime,
        detail: Mapping[str, Any],
    ) -> None:
        self.connection.execute(
            t.events.insert().values(
                at=at,
                kind=kind,
                certificate_id=certificate_id,
                record_id=record_id,
                detail=dict(detail),
            )
        )


def _insert(connection: Connection, table: sa.Table, **values: Any) -> int:
    """Add a row and give its id."""
    return int(
        connection.execute(table.insert().values(**values).returning(table.c.id)).scalar_one()
    )


def _advance(connection: Connection, record_id: int, step: str, values: Mapping[str, Any]) -> bool:
    """Move a record on, only from the step where it is believed to stand."""
    changed = connection.execute(
        t.records.update()
        .where(t.records.c.id == record_id, t.records.c.step == step)
        .values(**values)
    )
    return changed.rowcount == 1
