"""The tables of work that waits. Unlike the register's, rows of `jobs` go when they are done."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from service.tables import UtcDateTime, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),  # service.work.jobs.HANDLERS
    Column("reference", String(200), nullable=False),  # what it is about, in its kind's own words
    Column("payload", JSON, nullable=False),
    Column("asked", Integer, nullable=False),  # how often it was added before it was done
    Column("attempts", Integer, nullable=False),  # since it last came forward
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    # Whoever takes a job has it until then; a worker that dies simply lets the time pass.
    Column("taken_until", UtcDateTime),
    Column("lease", String(32)),
    # Until then a message about it is taken to be on its way to a worker of the queue.
    Column("woken_until", UtcDateTime),
    Column("error", Text, nullable=False),  # why it was not done the last time
    UniqueConstraint("kind", "reference", name="uq_jobs_kind_reference"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("caller", String(64), nullable=False),
    Column("scope", JSON, nullable=False),  # what the caller's key was bound to when it posted
    Column("body_sha256", String(64), nullable=False),
    Column("idempotency_key", String(255)),
    Column("rows", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_batches_caller_body", "caller", "body_sha256"),
)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", ForeignKey("batches.id"), nullable=False),
    Column("line", Integer, nullable=False),  # 1 for the first
    # Rows of one lane are done in their order; rows about one number are in one lane.
    Column("lane", Integer, nullable=False),
    Column("subject", String(64)),  # the number in normal form that it is about, if it names one
    Column("state", String(16), nullable=False),  # service.batches.store.State
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcDateTime),  # NULL: at once
    Column("finished_at", UtcDateTime),
    Column("body", LargeBinary),  # as it was posted; NULL once the row has its outcome
    Column("outcome", Text),  # JSON
    UniqueConstraint("batch_id", "line", name="uq_batch_rows_line"),
    Index("ix_batch_rows_state", "batch_id", "state", "line"),
)
