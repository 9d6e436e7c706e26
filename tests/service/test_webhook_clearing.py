"""What was delivered or given up goes after its time; what waits, and what happened, stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from webhook_world import deliveries
from work_world import Time, work

from service import tables as t
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.webhooks import clearing

URL = "https://office.example/told"
KEPT = timedelta(days=90)


@pytest.fixture
def ids(installation: Installation, request_of: Callable[..., Request]) -> list[int]:
    """Three notifications that wait."""
    for name in ("01", "02", "03"):
        issue(installation, request_of(name, notify_url=URL))
    return [row.id for row in deliveries(installation)]


def end(installation: Installation, delivery: int, at: datetime, state: str = "delivered") -> None:
    d = t.webhook_deliveries
    with installation.database.write() as connection:
        connection.execute(d.update().where(d.c.id == delivery).values(state=state, ended_at=at))
        connection.execute(sa.text("DELETE FROM jobs WHERE kind = 'webhook'"))


def left(installation: Installation) -> list[int]:
    return [row.id for row in deliveries(installation)]


@pytest.mark.parametrize("state", ["delivered", "given_up"])
def test_the_sweep_removes_what_ended_longer_ago_than_is_kept(
    installation: Installation, ids: list[int], time: Time, state: str
) -> None:
    now = time.now()
    end(installation, ids[0], now - KEPT + timedelta(minutes=5), state)
    end(installation, ids[1], now - KEPT - timedelta(minutes=5), state)
    work(installation)
    assert left(installation) == [ids[0], ids[2]]
    time.passes(minutes=10)
    work(installation)
    assert left(installation) == [ids[2]]


def test_what_waits_is_never_removed(
    installation: Installation, ids: list[int], time: Time
) -> None:
    end(installation, ids[2], time.now())
    with installation.database.read() as connection:
        assert clearing.ended_before(connection, time.now() - KEPT) == []
    with installation.database.write() as connection:
        clearing.remove(connection, ids)  # as if they were sent again since they were looked up
    assert left(installation) == ids[:2]


def test_the_number_of_a_notification_is_never_given_again(
    installation: Installation,
    ids: list[int],
    time: Time,
    request_of: Callable[..., Request],
) -> None:
    for delivery in ids:
        end(installation, delivery, time.now() - 2 * KEPT)
    work(installation)
    assert left(installation) == [ids[2]]
    issue(installation, request_of("05", notify_url=URL))
    assert left(installation) == [ids[2], ids[2] + 1]


def test_events_and_those_who_hear_of_a_certificate_stay(
    installation: Installation, ids: list[int], time: Time
) -> None:
    def counts() -> list[Any]:
        with installation.database.read() as connection:
            return [
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (t.events, t.webhook_subscriptions)
            ]

    before = counts()
    for delivery in ids:
        end(installation, delivery, time.now() - 2 * KEPT)
    work(installation)
    assert counts() == before
