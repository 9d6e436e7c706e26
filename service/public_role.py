"""What the public side may read on PostgreSQL: a role of its own, with columns named one by one.

Requests are not among them, for they hold persons; nor are the steps with the platform's answers,
the events, the jobs. The role is one of the whole server and has no password here: whoever runs the
server gives it one, or another way to log in. `grant` may be called again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

ROLE: Final = "sealpress_public"

READABLE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "certificates": (
            "id",
            "license_id",
            "type",
            "layout_version",
            "number",
            "number_normal",
            "version",
            "authority_code",
            "issued_on",
            "dataset",
            "code",
            "status_index",
            "development",
            "created_at",
            "platform",
            "platform_code",
            "replaces_id",
        ),
        "records": (
            "id",
            "certificate_id",
            "kind",
            "step",
            "certificate_status",
            "reason",
            "effective_from",
            "finished_at",
        ),
        "documents": ("id", "certificate_id", "kind", "sha256", "size", "created_at"),
        # The log's leaves without their bindings, which are about rows that stay here.
        "log_leaves": ("position", "certificate_id", "leaf", "standing", "hashes"),
        "log_checkpoints": ("id", "size", "note", "signed_at"),
        "alembic_version": ("version_num",),
    }
)
"""The columns by table; `service.register_rows` reads no others for an entry, and
`service.transparency.proofs` no others of the log."""


def make(connection: Connection) -> bool:
    """Make the role where it is missing; whether it is there now.

    It cannot be made by one who may not make roles: then somebody who may has to.
    """
    if _is_there(connection):
        return True
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"CREATE ROLE {ROLE} NOLOGIN")
    except (ProgrammingError, IntegrityError):
        return _is_there(connection)  # another database of the same server may have made it
    return True


def _is_there(connection: Connection) -> bool:
    found = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": ROLE})
    return found.scalar() is not None


def grant(connection: Connection) -> None:
    """Let the role read what is above, in this database, and take from it all else it had."""
    for statement in statements():
        connection.exec_driver_sql(statement)


def statements() -> Iterator[str]:
    """The same in SQL, in order."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLE}"
    yield f"GRANT USAGE ON SCHEMA public TO {ROLE}"
    for table, columns in READABLE.items():
        yield f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {ROLE}"
