"""Notifications on a real PostgreSQL: written with the event, sent once though several work."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from webhook_world import Receiver, allow_loopback, deliveries, receiver, work

from service.cancelling import cancel
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
def told(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path) as found:
        yield found


@pytest.fixture
def installation(home: Path, tmp_path: Path, told: Receiver) -> Iterator[Installation]:
    """One whose register is an empty database of its own on the server."""
    assert SERVER, "SEALPRESS_TEST_POSTGRESQL is not set"
    name = f"sealpress_{uuid.uuid4().hex}"
    server = sa.create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    config = home / "config.toml"
    text = config.read_text("utf-8").replace('\nurl = ""', f'\nurl = "{SERVER}/{name}"')
    config.write_text(text, "utf-8")
    allow_loopback(home, tmp_path)
    opened = Installation.open(home)
    yield opened
    opened.database.close()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


def test_each_is_sent_once_and_in_order_by_several_workers(
    installation: Installation, told: Receiver, request_of: Callable[..., Request]
) -> None:
    for name in ("01", "02", "03"):
        done = issue(installation, request_of(name, notify_url=told.url))
        cancel(installation, done.entry, "设备已拆卸")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: work(installation), range(4)))
    assert [row.state for row in deliveries(installation)] == ["delivered"] * 9
    assert len(told.got) == 9
    by_certificate: dict[str, list[str]] = {}
    for body in told.bodies:
        by_certificate.setdefault(body["certificate"]["number"], []).append(body["event"]["kind"])
    assert list(by_certificate.values()) == [["issued", "cancelling", "cancelled"]] * 3
