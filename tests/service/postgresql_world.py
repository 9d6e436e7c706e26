"""Databases of their own on the PostgreSQL of the tests, and homes whose register is in one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

SERVER = os.environ.get("SEALPRESS_TEST_POSTGRESQL")
REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"

there = pytest.mark.skipif(
    SERVER is None and not REQUIRED,
    reason="needs a PostgreSQL (Debian: postgresql) and its URL in SEALPRESS_TEST_POSTGRESQL",
)
"""Skips where there is none, naming what is needed; where all must be there it fails instead."""

needed = [pytest.mark.interop, there]
"""The marks of a test, or of a module, that asks PostgreSQL."""


@contextmanager
def server() -> Iterator[sa.Connection]:
    """The server itself, each statement a transaction of its own."""
    assert SERVER, "SEALPRESS_TEST_POSTGRESQL is not set"
    engine = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of an empty database, which is dropped afterwards."""
    name = f"sealpress_{uuid.uuid4().hex}"
    with server() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{SERVER}/{name}"
    finally:
        with server() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def put_register_at(home: Path, url: str, more: str = "") -> None:
    """Have a home's register at that address; `more` are further lines of its table."""
    config = home / "config.toml"
    text = config.read_text("utf-8").replace('\nurl = ""', f'\nurl = "{url}"{more}')
    config.write_text(text, "utf-8")
