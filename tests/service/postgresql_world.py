"""Databases of their own on the PostgreSQL of the tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

SERVER = os.environ.get("SEALPRESS_TEST_POSTGRESQL")
REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of an empty database, which is dropped afterwards."""
    assert SERVER, "SEALPRESS_TEST_POSTGRESQL is not set"
    name = f"sealpress_{uuid.uuid4().hex}"
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{SERVER}/{name}"
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()
