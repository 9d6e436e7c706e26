"""The register: certificates, records, documents, events, counters, idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.migrations.append_only import forbid_changes

revision = "0001"
down_revision = None

APPEND_ONLY = ("events", "documents")


def upgrade() -> None:
    """Make the tables, and forbid changes of those that are append-only."""
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("license_id", sa.String(100), nullable=False, unique=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("layout_version", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("number_normal", sa.String(64), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(160), unique=True),
        sa.Column("authority_code", sa.String(18), nullable=False, index=True),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("dataset", sa.LargeBinary, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("status_index", sa.Integer, nullable=False, unique=True),
        sa.Column("development", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("id", sa.Integer, primary_key=True),
        _certificate(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("certificate_status", sa.String(16)),
        sa.Column("process_status", sa.String(32)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, primary_key=True),
        _certificate(),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        _certificate(),
        sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id"), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in APPEND_ONLY:
        forbid_changes(table)


def _certificate() -> sa.Column[int]:
    return sa.Column(
        "certificate_id", sa.Integer, sa.ForeignKey("certificates.id"), nullable=False, index=True
    )
