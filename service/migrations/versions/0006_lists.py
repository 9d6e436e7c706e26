"""Lists by district, and records that were given up."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BATCH = 2_000
"""Certificates whose records are filled in at once."""

LEVELS = (2, 4, 6)
"""Digits of a division's code that name a province, a city, a district (GB/T 2260)."""


def upgrade() -> None:
    """Say beside each record whose it is and where, and index that for lists, newest first."""
    op.add_column(
        "records", sa.Column("authority_code", sa.String(18), nullable=False, server_default="")
    )
    op.add_column("records", sa.Column("division", sa.String(6), nullable=False, server_default=""))
    op.add_column("records", sa.Column("abandoned_at", sa.DateTime(timezone=True)))
    _fill_in()
    op.create_index("ix_records_authority", "records", ["authority_code", "id"])
    for digits in LEVELS:
        # An index on these very words: `service.listing` asks with the same.
        op.execute(
            f"CREATE INDEX ix_records_district_{digits} ON records "
            f"(substr(division, 1, {digits}), substr(authority_code, 3, {digits}), id)"
        )
    # A way to the few that are cancelled or given up: `service.register` asks with these words.
    op.execute(
        "CREATE INDEX ix_records_void ON records (certificate_id) "
        "WHERE certificate_status = 'cancelled' OR abandoned_at IS NOT NULL"
    )
    # All places of an authority, without a look at its certificates.
    op.create_index("ix_certificates_places", "certificates", ["authority_code", "status_index"])


def _fill_in() -> None:
    """Authority and division out of each certificate's signed data set."""
    connection = op.get_bind()
    certificates = sa.table(
        "certificates", sa.column("id", sa.Integer), sa.column("dataset", sa.LargeBinary)
    )
    records = sa.table(
        "records",
        sa.column("certificate_id", sa.Integer),
        sa.column("authority_code", sa.String),
        sa.column("division", sa.String),
    )
    filled = records.update().where(records.c.certificate_id == sa.bindparam("certificate"))
    batch = sa.select(certificates).order_by(certificates.c.id).limit(BATCH)
    after = 0
    while rows := connection.execute(batch.where(certificates.c.id > after)).all():
        connection.execute(filled, [_place(row) for row in rows])
        after = rows[-1].id


def _place(row: Any) -> dict[str, Any]:
    authority = json.loads(row.dataset).get("authority", {})
    return {
        "certificate": row.id,
        "authority_code": authority.get("code", ""),
        "division": authority.get("division", ""),
    }
