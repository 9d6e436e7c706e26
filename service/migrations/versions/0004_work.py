"""Work that waits: jobs, and batches with their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables, and a way to the few records that are not finished."""
    _add_jobs()
    _add_batches()
    unfinished = sa.text("step <> 'finished'")
    op.create_index(
        "ix_records_unfinished",
        "records",
        ["id"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def _add_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False, index=True),
        sa.Column("taken_until", MOMENT),
        sa.Column("lease", sa.String(32)),
        sa.Column("woken_until", MOMENT),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("kind", "reference", name="uq_jobs_kind_reference"),
    )


def _add_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("ix_batches_caller_body", "batches", ["caller", "body_sha256"])
    op.create_table(
        "batch_rows",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("batch_id", sa.Integer, sa.ForeignKey("batches.id"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("body", sa.LargeBinary),
        sa.Column("outcome", sa.Text),
        sa.UniqueConstraint("batch_id", "line", name="uq_batch_rows_line"),
    )
    op.create_index("ix_batch_rows_state", "batch_rows", ["batch_id", "state", "line"])
