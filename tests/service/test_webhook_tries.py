"""What is not taken is sent again, in order, later each time, until it is given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from webhook_world import Receiver, allow_loopback, deliveries, work
from work_world import Time

from service import clock
from service.cancelling import cancel
from service.errors import Conflict
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.webhooks import delivering, pace, record
from service.webhooks.pauses import PATIENCE, Pauses

RequestOf = Callable[..., Request]

pytestmark = pytest.mark.usefixtures("nobody_is_left_alone")


@pytest.fixture
def home(home: Path, tmp_path: Path, told: Receiver) -> Path:
    """One that may tell receivers of this machine."""
    allow_loopback(home, tmp_path)
    return home


def test_what_is_not_taken_is_sent_again_and_holds_up_what_follows(
    installation: Installation,
    told: Receiver,
    request_of: RequestOf,
    time: Time,
) -> None:
    told.answers = ["503 Busy", "500 Oops"]
    done = issue(installation, request_of("01", notify_url=told.url))
    work(installation)
    cancel(installation, done.entry, "设备已拆卸")
    work(installation)
    assert told.kinds == ["issued"]
    assert [row.state for row in deliveries(installation)] == ["pending"] * 3
    time.passes(seconds=pace.FIRST_S * 1.3)
    work(installation)
    assert told.kinds == ["issued", "issued"]
    time.passes(seconds=2 * pace.FIRST_S * 1.3)
    work(installation)
    assert told.kinds == ["issued", "issued", "issued", "cancelling", "cancelled"]
    # The same notification: its number and its bytes; the signature is of the moment.
    first, third = told.headers(0), told.headers(2)
    assert first["Sealpress-Delivery"] == third["Sealpress-Delivery"]
    assert told.bodies[0] == told.bodies[2]
    assert first["Sealpress-Signature"] != third["Sealpress-Signature"]
    assert [row.state for row in deliveries(installation)] == ["delivered"] * 3
    assert deliveries(installation)[0].attempts == 3


def test_after_a_day_it_is_given_up_and_the_next_one_sent(
    installation: Installation,
    told: Receiver,
    request_of: RequestOf,
    time: Time,
) -> None:
    done = issue(installation, request_of("01", notify_url=told.url))
    cancel(installation, done.entry, "设备已拆卸")
    tried = 0
    while deliveries(installation)[0].state == "pending":
        told.answers = ["500 Oops"] * 3
        work(installation)
        tried += 1
        time.passes(hours=1.3)
        assert tried < 40
    given_up, *others = deliveries(installation)
    assert (given_up.state, given_up.said) == ("given_up", "HTTP 500")
    assert 18 <= given_up.attempts <= 24
    # The others waited as long without being tried; each has its own try.
    assert {row.attempts for row in others} <= {0, 1}
    told.answers = []
    record.send_again(installation, given_up.id)
    work(installation)
    assert deliveries(installation)[0].state == "delivered"
    with pytest.raises(Conflict):
        record.send_again(installation, given_up.id)


def test_a_worker_that_died_after_sending_sends_it_once_more(
    installation: Installation,
    told: Receiver,
    request_of: RequestOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue(installation, request_of("01", notify_url=told.url))

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "_note", killed)
        with pytest.raises(KeyboardInterrupt):
            work(installation)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=5))
    work(installation)
    assert told.kinds == ["issued", "issued"]
    assert told.headers(0)["Sealpress-Delivery"] == told.headers(1)["Sealpress-Delivery"]


def test_waits_double_up_to_an_hour_and_differ() -> None:
    usual = [pace.wait(n, 0.5).total_seconds() for n in range(1, 12)]
    assert usual == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert pace.wait(3, 0.0) == timedelta(seconds=30)
    assert pace.wait(3, 1.0) == timedelta(seconds=50)
    assert pace.wait(500, 0.5) == timedelta(hours=1)
    now = datetime.fromisoformat("2026-11-21T08:00:00+08:00")
    assert pace.next_try(now, 1, now + timedelta(seconds=5)) is None


def test_who_fails_again_and_again_is_left_alone_for_a_while() -> None:
    pauses, now = Pauses(), datetime.fromisoformat("2026-11-21T08:00:00+08:00")
    for _ in range(PATIENCE):
        assert pauses.until("a:443", now) is None
        pauses.failed("a:443", now)
    assert pauses.until("a:443", now) == now + timedelta(seconds=30)
    assert pauses.until("b:443", now) is None
    now += timedelta(seconds=31)
    assert pauses.until("a:443", now) is None
    pauses.failed("a:443", now)
    assert pauses.until("a:443", now) == now + timedelta(seconds=60)
    pauses.answered("a:443")
    assert pauses.until("a:443", now) is None


def test_many_certificates_cost_a_dead_receiver_few_tries(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    told.answers = ["500 Oops"] * 50
    for name in ("01", "02", "03", "06", "07"):
        issue(installation, request_of(name, notify_url=told.url))
    work(installation)
    assert len(told.got) == PATIENCE
    assert sorted(row.attempts for row in deliveries(installation)) == [0, 0, 1, 1, 1]


def test_a_refusal_of_one_address_holds_up_no_other_of_that_host(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    told.answers = ["404 Not Found"] * (PATIENCE + 1)
    for number in range(PATIENCE + 1):
        issue(installation, request_of("01", notify_url=f"{told.url}&n={number}"))
    cancel(installation, issue(installation, request_of("01")).entry, "设备已拆卸")
    work(installation)
    assert len(told.got) == PATIENCE + 1
    assert delivering._PAUSES.until(f"localhost:{told.port}", clock.now()) is None
