"""The register on a real PostgreSQL, where several writers meet."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from processes import race

from service import tables as t
from service.cancelling import cancel
from service.errors import Conflict
from service.installation import Installation
from service.issuing import issue
from service.request import Request

SERVER = os.environ.get("SEALPRESS_TEST_POSTGRESQL")
REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        SERVER is None and not REQUIRED,
        reason="needs a PostgreSQL (Debian: postgresql) and its URL in SEALPRESS_TEST_POSTGRESQL",
    ),
]


@pytest.fixture
def home(home: Path) -> Iterator[Path]:
    """A home whose register is an empty database of its own on the server."""
    assert SERVER, "SEALPRESS_TEST_POSTGRESQL is not set"
    name = f"sealpress_{uuid.uuid4().hex}"
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    config = home / "config.toml"
    text = config.read_text("utf-8").replace('\nurl = ""', f'\nurl = "{SERVER}/{name}"')
    config.write_text(text, "utf-8")
    yield home
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


def test_issuing_repeating_and_cancelling(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    first = issue(installation, request_of("01"))
    assert issue(installation, request_of("01")).as_json() == first.as_json()
    with pytest.raises(Conflict):
        issue(installation, request_of("01", face__model="QTZ63"))
    assert cancel(installation, first.entry, "设备已拆卸").as_json()["status"] == "cancelled"
    again = issue(installation, request_of("01", face__model="QTZ63"))
    assert again.entry.version == 2
    assert again.entry.history[0].known_since.utcoffset() is not None


def test_events_and_documents_cannot_be_changed_behind_our_back(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    issue(installation, request_of("01"))
    for table in ("events", "documents"):
        for statement in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET id = 9",
            f"TRUNCATE {table}",
        ):
            with (
                pytest.raises(sa.exc.DBAPIError, match="append-only"),
                installation.database.write() as connection,
            ):
                connection.exec_driver_sql(statement)


def test_processes_at_once_never_share_a_number_and_never_issue_twice(
    home: Path, sample: Callable[..., dict[str, Any]]
) -> None:
    own = [[sample("05", face__factory_number=f"{p}-{i}") for i in range(6)] for p in range(4)]
    shared, allotted = race(home, sample("01"), own)
    assert len(shared) == 1
    assert len(set(allotted)) == 24
    installation = Installation.open(home)
    with installation.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count(t.certificates.c.id))).scalar() == 25
    installation.database.close()
