"""The pipeline: steps with their attempts, corrections, what a platform gave, replaced versions."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.migrations.append_only import forbid_changes
from verify.numbers import normal

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("steps", "corrections")
PLATE = ("factory_number", "filing_number")


def upgrade() -> None:
    """Add tables and columns, and fill in the plate numbers of what was issued before."""
    columns: list[sa.Column[Any]] = [
        sa.Column("platform", sa.String(16), nullable=False, server_default="none"),
        sa.Column("platform_code", sa.String(1000)),
        sa.Column("platform_code_id", sa.String(255)),
        sa.Column("platform_ecert_id", sa.String(255)),
        sa.Column("replaces_id", sa.Integer),
        *(sa.Column(name, sa.String(200)) for name in PLATE),
    ]
    for column in columns:
        op.add_column("certificates", column)
    op.create_index("ix_certificates_platform_code", "certificates", ["platform_code"], unique=True)
    for name in ("replaces_id", *PLATE):
        op.create_index(f"ix_certificates_{name}", "certificates", [name])
    op.add_column("records", sa.Column("effective_asked", sa.DateTime(timezone=True)))
    op.add_column("records", sa.Column("began", sa.String(32)))
    _add_tables()
    _fill_in()


def _add_tables() -> None:
    op.create_table(
        "steps",
        sa.Column("id", sa.Integer, primary_key=True),
        _record(),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("request", "answer", "words", "advice")
        ),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True),
        _record(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False, index=True),
    )
    for table in APPEND_ONLY:
        forbid_changes(table)


def _record() -> sa.Column[int]:
    return sa.Column(
        "record_id", sa.Integer, sa.ForeignKey("records.id"), nullable=False, index=True
    )


def _fill_in() -> None:
    """The plate numbers out of each certificate's request."""
    connection = op.get_bind()
    certificates = sa.table(
        "certificates",
        sa.column("id", sa.Integer),
        sa.column("request", sa.LargeBinary),
        *(sa.column(name, sa.String) for name in PLATE),
    )
    rows = connection.execute(sa.select(certificates.c.id, certificates.c.request)).all()
    for row in rows:
        face = json.loads(row.request).get("face", {})
        found = {name: normal(str(face[name]))[:200] for name in PLATE if face.get(name)}
        if found:
            connection.execute(
                certificates.update().where(certificates.c.id == row.id).values(**found)
            )
