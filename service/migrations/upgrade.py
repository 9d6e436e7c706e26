"""Runs the migrations on an open connection."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

LOCK_ID = 0x5EA1
"""The PostgreSQL advisory lock under which one process at a time migrates."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to a revision, the newest, and commit; processes wait for each other."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK_ID})")
        connection.commit()
    try:
        command.upgrade(config, revision)
    finally:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK_ID})")
            connection.commit()
