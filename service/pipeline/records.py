"""Records looked up by what people know of them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.pipeline.steps import ENDED, Kind, Stage, Step
from service.register_rows import Reservation, record_where, reservation_where
from verify.numbers import normal


def of_subject(connection: Connection, subject: str) -> Sequence[tuple[int, str]]:
    """Id and stage of every record under a number or a licence identifier, oldest first."""
    c, r = t.certificates.c, t.records.c
    query = (
        sa.select(r.id, r.step)
        .join(t.certificates, c.id == r.certificate_id)
        .where(sa.or_(c.license_id == subject.strip(), c.number_normal == normal(subject)))
        .order_by(r.id)
    )
    return [(row.id, row.step) for row in connection.execute(query)]


def open_cancelling(connection: Connection, license_id: str) -> Reservation | None:
    """The cancelling of a certificate that is not finished; there is at most one."""
    r = t.records.c
    return record_where(
        connection,
        t.certificates.c.license_id == license_id,
        r.kind == Kind.CANCEL,
        r.step != Stage.FINISHED,
    )


def open_replacement(connection: Connection, license_id: str) -> Reservation | None:
    """The record that is to replace a certificate and is not finished; there is at most one."""
    replaced = sa.select(t.certificates.c.id).where(t.certificates.c.license_id == license_id)
    return record_where(
        connection,
        t.certificates.c.replaces_id == replaced.scalar_subquery(),
        t.records.c.kind == Kind.REPLACE,
        t.records.c.step.not_in(ENDED),
    )


def coded_replacement(connection: Connection, license_id: str) -> int | None:
    """The record that is to replace a certificate and has its code, or may have it."""
    pending = open_replacement(connection, license_id)
    if pending is None:
        return None
    begun = pending.began == Step.CODING
    uncoded = pending.step in (Stage.RESERVED, Stage.CHECKED) and not begun
    return None if uncoded else pending.record_id


def making(connection: Connection, license_id: str) -> Reservation | None:
    """The record that made a certificate, or is to make it."""
    return reservation_where(connection, t.certificates.c.license_id == license_id)
