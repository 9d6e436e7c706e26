"""The steps of records as they are read, and the columns that a request fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.pipeline.steps import Outcome
from verify.numbers import normal

PLATE_CHARACTERS = 200
"""The width of the columns for the numbers on a machine's plate; the schemas allow less."""


def plate_numbers(face: Mapping[str, Any]) -> dict[str, str | None]:
    """The numbers on the machine's plate in normal form, as the register finds them."""
    return {
        name: normal(str(face[name]))[:PLATE_CHARACTERS] if face.get(name) else None
        for name in ("factory_number", "filing_number")
    }


def remarks(connection: Connection, license_id: str) -> Sequence[tuple[str, str]]:
    """Step and words of what a platform remarked on the steps of a certificate that passed."""
    s, r, c = t.steps.c, t.records.c, t.certificates.c
    query = (
        sa.select(s.step, s.words)
        .join(t.records, r.id == s.record_id)
        .join(t.certificates, c.id == r.certificate_id)
        .where(c.license_id == license_id, s.outcome == Outcome.WARNED)
        .order_by(s.id)
    )
    return [(row.step, row.words) for row in connection.execute(query)]
