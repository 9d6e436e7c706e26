"""What is asked of the register: certificates by identifier, number, file, and the status list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from service import look_ups
from service import tables as t
from service.database import Database
from service.register_rows import ISSUING
from service.status_words import CertificateStatus
from verify.register import Entry, Pair

MIN_STATUS_BITS = 131_072
"""The shortest status list (IETF Token Status List, W3C Bitstring): fetching it names nobody."""


class SqlRegister:
    """The register in a database, for reading (`verify.register.Register`)."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def by_license_id(self, license_id: str) -> Entry | None:
        """The issued certificate with that identifier."""
        return _first(look_ups.by_license_id(self.database.engine, license_id))

    def by_number(self, normal_number: str) -> Sequence[Entry]:
        """Every issued certificate with that number in normal form, newest first."""
        return look_ups.by_number(self.database.engine, normal_number)

    def pairs(self, normal_number: str) -> Sequence[Pair]:
        """What each certificate with that number must be asked with, newest first."""
        return look_ups.pairs(self.database.engine, normal_number)

    def by_document(self, sha256: str) -> Entry | None:
        """The certificate one of whose files has that SHA-256."""
        return _first(look_ups.by_document(self.database.engine, sha256))

    def by_platform_code(self, content: str) -> Entry | None:
        """The issued certificate for which the platform gave that code."""
        return _first(look_ups.by_platform_code(self.database.engine, content))

    def code_of(self, license_id: str) -> str | None:
        """The content of the certificate's QR code."""
        query = sa.select(t.certificates.c.code).where(t.certificates.c.license_id == license_id)
        with self.database.read() as connection:
            code: str | None = connection.execute(query).scalar()
        return code

    def status_places(self, authority: str | None, now: datetime) -> StatusPlaces:
        """What a status list says as of `now`, of one authority (USCC) or of all."""
        with self.database.read() as connection:
            void = _void(connection, authority, now)
            issued = None if authority is None else _issued(connection, authority)
            return StatusPlaces(void, issued, status_bits(connection))

    def issuing_authorities(self) -> list[str]:
        """The authorities (USCC) that ever had a certificate reserved."""
        query = sa.select(t.certificates.c.authority_code).distinct()
        with self.database.read() as connection:
            return sorted(connection.execute(query).scalars())


def _first(found: Sequence[Entry]) -> Entry | None:
    return found[0] if found else None


@dataclass(frozen=True)
class StatusPlaces:
    """Places in the status list: those cancelled, those issued, and how many there are.

    `issued` is None for the list of all, which does not say what was issued.
    """

    cancelled: list[int]
    issued: list[int] | None
    size: int


OPEN = "records.step <> 'finished'"
VOID = "(records.certificate_status = 'cancelled' OR records.abandoned_at IS NOT NULL)"
"""Word for word what `ix_records_unfinished` and `ix_records_void` are limited to, or they would
not be used."""


def _void(connection: Connection, authority: str | None, now: datetime) -> list[int]:
    """The places of the certificates that were cancelled by `now`.

    What was given up may have been signed, and somebody may have the files: it counts as cancelled.
    """
    r = t.records.c
    cancelled = sa.and_(
        r.certificate_status == CertificateStatus.CANCELLED, r.effective_from <= now
    )
    return _places(connection, authority, sa.text(VOID), sa.or_(cancelled, r.abandoned_at <= now))


def _issued(connection: Connection, authority: str) -> list[int]:
    """The places of the certificates that an authority has issued: all but those on their way."""
    c, r = t.certificates.c, t.records.c
    every = sa.select(c.status_index).where(c.authority_code == authority)
    open_ones = _places(connection, authority, sa.text(OPEN), r.kind.in_(ISSUING))
    return sorted({*connection.execute(every).scalars()}.difference(open_ones))


def _places(
    connection: Connection,
    authority: str | None,
    *conditions: sa.ColumnElement[bool] | sa.TextClause,
) -> list[int]:
    """The places of the certificates that have a record of that kind."""
    c, r = t.certificates.c, t.records.c
    query = sa.select(c.status_index).join(t.records, r.certificate_id == c.id).where(*conditions)
    if authority is not None:
        # In these words, so that the few records lead the way and not the authority's many rows.
        query = query.where(sa.func.coalesce(c.authority_code, "") == authority)
    return sorted(set(connection.execute(query).scalars()))


_NEWEST = sa.select(sa.func.max(t.certificates.c.id))
"""No row is ever deleted, so there are at most so many; counting a million takes 10 ms and more."""


def status_bits(connection: Connection) -> int:
    """The status list's length in this register."""
    return places_for(int(connection.execute(_NEWEST).scalar() or 0))


def places_for(issued: int) -> int:
    """The status list's length: a power of two at least twice what was issued, so half is free."""
    return max(MIN_STATUS_BITS, 1 << (2 * issued).bit_length())
