"""The register's tables.

Nothing in them is deleted. `certificates` rows change in few columns only: the codes once, `claim`
(see there), and what a correction changes before anything is printed (the request, its digest, the
data set and the two plate numbers; what stood there before is kept in `corrections`). `records`
rows change until they are finished; `events`, `documents`, `steps` and `corrections` are
append-only, on both databases by triggers (see the migrations).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as UTC; SQLite has no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To UTC; a naive time is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the register")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware moment in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

certificates = Table(
    "certificates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("license_id", String(100), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("layout_version", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("number_normal", String(64), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    # `type:number_normal` while this certificate holds the number, NULL once it gave it up:
    # a unique column in which NULLs do not collide is "one valid certificate per number".
    Column("claim", String(160), unique=True),
    Column("authority_code", String(18), nullable=False, index=True),
    Column("issued_on", String(10), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("request_sha256", String(64), nullable=False, unique=True),
    Column("dataset", LargeBinary, nullable=False),
    Column("code", Text),
    Column("status_index", Integer, nullable=False, unique=True),
    Column("development", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Who assigns code and identifier: none (we do) or national; fixed when the number is reserved.
    Column("platform", String(16), nullable=False, server_default="none"),
    # What the platform gave in coding: the QR's content, its identifier for collection, and the
    # identifier under which it knows the data. NULL before, and without a platform.
    Column("platform_code", String(1000), unique=True),
    Column("platform_code_id", String(255)),
    Column("platform_ecert_id", String(255)),
    # The certificate whose place this one takes once it is valid (照面信息变更).
    Column("replaces_id", Integer, index=True),
    # The two numbers on the machine's plate, in normal form: dismantling notices name them.
    Column("factory_number", String(200), index=True),
    Column("filing_number", String(200), index=True),
)

records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # service.pipeline.steps.Kind
    Column("step", String(32), nullable=False),  # the Stage it has reached
    Column("certificate_status", String(16)),  # NULL while under way, failed where it stopped
    Column("process_status", String(32)),
    Column("reason", Text, nullable=False),
    Column("applied_at", UtcDateTime, nullable=False),
    Column("effective_from", UtcDateTime),
    Column("finished_at", UtcDateTime),
    # From when on it is to take effect, as it was asked; `effective_from` says that it did.
    Column("effective_asked", UtcDateTime),
    # The step that a platform was asked for and no answer is recorded to: it may have acted.
    Column("began", String(32)),
    # Whose it is and where, as the certificate's data set says: lists are bound by them. Their
    # indexes are on the beginnings of both (migration 0006).
    Column("authority_code", String(18), nullable=False),
    Column("division", String(6), nullable=False),
    # When somebody gave up what could not be issued: it is never continued then.
    Column("abandoned_at", UtcDateTime),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", ForeignKey("records.id"), nullable=False, index=True),
    Column("step", String(32), nullable=False),  # service.pipeline.steps.Step
    Column("attempt", Integer, nullable=False),  # 1 for the first
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", String(16), nullable=False),  # service.pipeline.steps.Outcome
    Column("request", Text, nullable=False),  # what was sent, JSON; empty where nothing was
    Column("answer", Text, nullable=False),  # as it came, cut at a limit
    Column("words", Text, nullable=False),  # the platform's own, one sentence a line
    Column("advice", Text, nullable=False),  # ours, in plain Chinese
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", ForeignKey("records.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("request", LargeBinary, nullable=False),  # as it was before the correction
    Column("request_sha256", String(64), nullable=False, index=True),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),  # pdf, ofd
    Column("sha256", String(64), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, index=True),
    Column("record_id", ForeignKey("records.id"), nullable=False),
    Column("detail", JSON, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("scope", String(64), primary_key=True),  # a number's part before its serial
    Column("last", Integer, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # What was posted, where nothing else of the register keeps it (dismantling, continuing).
    Column("asked", LargeBinary),
)

webhook_subscriptions = Table(
    "webhook_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False),
    Column("url", String(500), nullable=False),  # the request's notify_url
    Column("caller", String(64), nullable=False),  # the access key whose secret signs
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("certificate_id", "url", "caller"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),  # of the event
    Column("receiver", String(80), nullable=False),  # key:NAME or endpoint:NAME
    Column("url", String(500), nullable=False),
    Column("body", LargeBinary, nullable=False),  # what is sent, to the byte
    Column("state", String(16), nullable=False, index=True),  # pending, delivered, given_up
    Column("created_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),  # no new try after it
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # delivered or given up
    Column("said", Text, nullable=False, server_default=""),  # how the last try ended
)

# The log (`service.transparency`): leaves are append-only, of checkpoints some are kept.
log_leaves = Table(
    "log_leaves",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),  # 0 for the first
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, index=True),
    Column("leaf", Text, nullable=False),  # canonical JSON, whose UTF-8 is hashed
    Column("binding", Text, nullable=False),  # the rows that it binds, which stay here
    Column("standing", Boolean, nullable=False),  # whether it tells a change of status
    # The subtrees that are whole with it, 32 bytes each; the first is the leaf's own hash.
    Column("hashes", LargeBinary, nullable=False),
)

log_tree = Table(
    "log_tree",
    metadata,
    Column("id", Integer, primary_key=True),  # 1: there is one row
    Column("size", Integer, nullable=False),
    Column("frontier", LargeBinary, nullable=False),  # its perfect subtrees, the largest first
)

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False, index=True),
    Column("note", Text, nullable=False),  # C2SP tlog-checkpoint, signed
    Column("signed_at", UtcDateTime, nullable=False),
)
