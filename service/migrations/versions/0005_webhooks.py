"""Webhooks: who is to be told of a certificate, and what; and what idempotency keys stand for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both tables. What was issued before is told to nobody: it was never promised."""
    op.add_column("idempotency_keys", sa.Column("asked", sa.LargeBinary))
    op.create_table(
        "webhook_subscriptions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("certificate_id", sa.Integer, sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("certificate_id", "url", "caller"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        *(
            sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=False, index=True)
            for name, target in (
                ("event_id", "events.id"),
                ("certificate_id", "certificates.id"),
            )
        ),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("receiver", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("created_at", "until", "due_at")
        ),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("said", sa.Text, nullable=False, server_default=""),
    )
