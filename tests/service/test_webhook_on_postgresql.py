"""Notifications on a real PostgreSQL: written with the event, sent once though several work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import work_world
from postgresql_world import empty_database, needed, put_register_at
from webhook_world import Receiver, allow_loopback, deliveries, work
from work_world import Time

from service.cancelling import cancel
from service.installation import Installation
from service.issuing import issue
from service.request import Request

pytestmark = needed


@pytest.fixture
def installation(home: Path, tmp_path: Path, told: Receiver) -> Iterator[Installation]:
    """One whose register is an empty database of its own on the server."""
    with empty_database() as url:
        put_register_at(home, url)
        allow_loopback(home, tmp_path)
        opened = Installation.open(home)
        yield opened
        opened.database.close()


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


def test_what_ended_long_ago_is_removed_but_for_the_newest(
    installation: Installation, told: Receiver, request_of: Callable[..., Request], time: Time
) -> None:
    for name in ("01", "02"):
        issue(installation, request_of(name, notify_url=told.url))
    work(installation)
    newest = deliveries(installation)[-1]
    time.passes(days=91)
    work_world.work(installation)
    assert [row.id for row in deliveries(installation)] == [newest.id]
