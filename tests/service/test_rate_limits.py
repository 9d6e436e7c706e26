"""A key may ask so often; answers say how often still, refusals until when."""

from __future__ import annotations

import re
import threading

import pytest
from access_keys_world import client_with, give_key
from hypothesis import given
from hypothesis import strategies as st

from service.installation import Installation
from service.request_rate import WINDOW_S, Buckets, TooManyRequests

API = "/api/v1/certificates"


class Time:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_answer_says_what_is_left(installation: Installation) -> None:
    client = client_with(give_key(installation, "slow", per_minute=3), installation)
    answers = [client.get(f"{API}?limit=1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"key";r=2;t=20',
        '"key";r=1;t=40',
        '"key";r=0;t=60',
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=60'


def test_one_too_many_is_refused_until_a_moment_that_is_told(installation: Installation) -> None:
    client = client_with(give_key(installation, "slow", per_minute=2), installation)
    assert [client.get(f"{API}/x").status_code for _ in range(2)] == [404, 404]
    refused = client.get(f"{API}/x")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.json["type"].endswith("/too-many-requests")
    assert 28 <= int(refused.headers["Retry-After"]) <= 30
    assert re.fullmatch(r'"key";r=0;t=\d+', refused.headers["RateLimit"])
    other = client_with(give_key(installation, "other", per_minute=2), installation)
    assert other.get(f"{API}/x").status_code == 404


def test_who_has_no_key_takes_from_nobody(installation: Installation) -> None:
    token = give_key(installation, "slow", per_minute=1)
    client = client_with("unknown", installation)
    refused = client.get(f"{API}/x")
    assert (refused.status_code, "RateLimit" in refused.headers) == (401, False)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(f"{API}/x", headers=headers).status_code == 404


def test_a_bucket_fills_evenly_and_never_runs_over() -> None:
    clock = Time()
    buckets = Buckets(clock)
    for _ in range(60):
        buckets.take("a", 60).require()
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a", 60).require()
    assert refused.value.retry_after_s == 1
    clock.now += 1
    buckets.take("a", 60).require()
    with pytest.raises(TooManyRequests):
        buckets.take("a", 60).require()
    clock.now += 10 * WINDOW_S
    assert buckets.take("a", 60).left == 59


def test_a_key_whose_rate_was_lowered_has_no_more_than_that() -> None:
    buckets = Buckets(Time())
    buckets.take("a", 1000)
    assert buckets.take("a", 10).left == 9


@given(st.integers(1, 500), st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200))
def test_never_more_than_the_rate_and_waiting_as_told_is_enough(
    size: int, pauses: list[float]
) -> None:
    clock = Time()
    buckets = Buckets(clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        allowance = buckets.take("a", size)
        passed += not allowance.wait_s
        assert 0 <= allowance.left <= size
        assert passed <= size * (1 + clock.now / WINDOW_S) + 1e-6
        if allowance.wait_s:
            clock.now += allowance.wait_s
            assert not buckets.take("a", size).wait_s
            passed += 1


def test_threads_share_a_bucket() -> None:
    buckets = Buckets(Time())
    passed: list[bool] = []

    def ask() -> None:
        passed.extend(not buckets.take("a", 100).wait_s for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 100
