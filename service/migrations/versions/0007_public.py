"""What the public side may read: a database role of its own."""

from __future__ import annotations

from alembic import op

from service import public_role

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """On PostgreSQL make the role, if that is allowed, and grant it what it may read.

    Where it cannot be made, `sealpress public-role` grants it later. On SQLite there are no roles:
    the public side opens the file for reading only.
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and public_role.make(connection):
        public_role.grant(connection)
