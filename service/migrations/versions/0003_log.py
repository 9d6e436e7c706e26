"""The log: its leaves, its tree, and its checkpoints; what happened before is taken in.

Each event that is there becomes a leaf that says `adopted`; the last one of a certificate binds
all its rows as they are found. The log vouches for them from then on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.migrations.append_only import forbid_changes
from service.tables import UtcDateTime
from service.transparency import leaf
from service.transparency.leaf import Bound
from signing import merkle
from signing.merkle import Frontier

revision = "0003"
down_revision = "0002"

AT_ONCE = 500
"""Events that are taken in at once; SQLite takes some more values in one statement."""

APPEND_ONLY = ("log_leaves",)

Rows = Sequence[Mapping[str, Any]]


LATER = {"abandoned_at"}
"""What is bound of rows and is not there at this revision."""


def _columns(table: str, **types: Any) -> Any:
    """A table as it is at this revision, whatever becomes of it later."""
    names = [name for name in ("id", *leaf.COLUMNS[table]) if name not in LATER]
    return sa.table(table, *(sa.column(name, types.get(name)) for name in names))


CERTIFICATES = _columns("certificates", development=sa.Boolean, created_at=UtcDateTime)
RECORDS = _columns(
    "records",
    applied_at=UtcDateTime,
    effective_from=UtcDateTime,
    finished_at=UtcDateTime,
    effective_asked=UtcDateTime,
)
STEPS = _columns("steps", started_at=UtcDateTime, finished_at=UtcDateTime)
CORRECTIONS = _columns("corrections", at=UtcDateTime)
DOCUMENTS = _columns("documents", created_at=UtcDateTime)
EVENTS = _columns("events", at=UtcDateTime, detail=sa.JSON)


def upgrade() -> None:
    """Add the tables, forbid changes of leaves, and take in what happened before."""
    leaves = op.create_table(
        "log_leaves",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "certificate_id",
            sa.Integer,
            sa.ForeignKey("certificates.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("leaf", sa.Text, nullable=False),
        sa.Column("binding", sa.Text, nullable=False),
        sa.Column("standing", sa.Boolean, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    tree = op.create_table(
        "log_tree",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False, index=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
    )
    grown = _adopt(op.get_bind(), leaves)
    op.bulk_insert(tree, [{"id": 1, "size": grown.size, "frontier": grown.joined()}])
    for table in APPEND_ONLY:
        forbid_changes(table)


def _adopt(connection: sa.Connection, leaves: sa.Table) -> Frontier:
    """A leaf for each event, in their order; gives the tree of them."""
    tree = Frontier()
    for page in _pages(connection):
        rows = []
        for one in page:
            tree, completed = tree.append(merkle.leaf_hash(one["leaf"].encode()))
            hashes = b"".join(completed)
            rows.append({**one, "position": tree.size - 1, "hashes": hashes})
        connection.execute(leaves.insert(), rows)
    return tree


def _pages(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    newest = (
        sa.select(sa.func.max(EVENTS.c.id))
        .where(EVENTS.c.certificate_id == CERTIFICATES.c.id)
        .scalar_subquery()
    )
    past = 0
    while True:
        query = sa.select(EVENTS).where(EVENTS.c.id > past).order_by(EVENTS.c.id).limit(AT_ONCE)
        events = connection.execute(query).mappings().all()
        if not events:
            return
        past = events[-1]["id"]
        owners = sorted({event["certificate_id"] for event in events})
        query = sa.select(CERTIFICATES, newest.label("newest")).where(CERTIFICATES.c.id.in_(owners))
        certificates = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        ids = {event["id"] for event in events}
        whole = [one for one in owners if certificates[one]["newest"] in ids]
        found = _Found(connection, whole)
        yield [found.leaf(dict(event), certificates[event["certificate_id"]]) for event in events]


class _Found:
    """All rows of some certificates, as they are found."""

    def __init__(self, connection: sa.Connection, certificates: Sequence[int]) -> None:
        records = RECORDS.c.certificate_id.in_(certificates)
        documents = DOCUMENTS.c.certificate_id.in_(certificates)
        self.records = _by("certificate_id", connection, RECORDS, records)
        self.documents = _by("certificate_id", connection, DOCUMENTS, documents)
        mine = sa.select(RECORDS.c.id).where(records)
        self.steps = _by("record_id", connection, STEPS, STEPS.c.record_id.in_(mine))
        self.corrections = _by(
            "record_id", connection, CORRECTIONS, CORRECTIONS.c.record_id.in_(mine)
        )

    def leaf(self, event: Mapping[str, Any], certificate: Mapping[str, Any]) -> dict[str, Any]:
        """The leaf of an event, which binds it; the last one binds all the rest as well."""
        rows, standing = [leaf.bound("events", event)], None
        if event["id"] == certificate["newest"]:
            rows += self._rows(certificate)
            standing = self._standing(certificate)
        binding = leaf.binding(certificate["id"], rows, secrets.token_bytes(leaf.SALT_BYTES))
        told = [event["kind"]]
        text = leaf.leaf(
            event["at"], certificate["license_id"], told, binding, standing, adopted=True
        )
        return {
            "certificate_id": certificate["id"],
            "leaf": text,
            "binding": binding,
            "standing": standing is not None,
        }

    def _rows(self, certificate: Mapping[str, Any]) -> list[Bound]:
        bound = [leaf.bound("certificates", certificate)]
        for record in self.records.get(certificate["id"], ()):
            bound.append(leaf.bound("records", record))
            for table, found in (("steps", self.steps), ("corrections", self.corrections)):
                bound += [leaf.bound(table, row) for row in found.get(record["id"], ())]
        files = self.documents.get(certificate["id"], ())
        return [*bound, *(leaf.bound("documents", row) for row in files)]

    def _standing(self, certificate: Mapping[str, Any]) -> dict[str, str] | None:
        ended = [
            record
            for record in self.records.get(certificate["id"], ())
            if record["effective_from"] is not None
        ]
        if not ended:
            return None
        files = {row["kind"]: row["sha256"] for row in self.documents.get(certificate["id"], ())}
        return leaf.standing(ended[-1], certificate["dataset"], files)


def _by(
    owner: str, connection: sa.Connection, table: Any, condition: sa.ColumnElement[bool]
) -> dict[int, Rows]:
    """Rows by whom they belong to, each in the order of their ids."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    query = sa.select(table).where(condition).order_by(table.c.id)
    for row in connection.execute(query).mappings():
        found.setdefault(row[owner], []).append(dict(row))
    return {key: tuple(rows) for key, rows in found.items()}
