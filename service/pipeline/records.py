"""Records looked up by what people know of them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
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
