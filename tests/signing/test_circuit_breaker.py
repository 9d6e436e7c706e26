"""A breaker opens after failures in a row, lets one through when its time is over, and closes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signing.circuit_breaker import CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def opened(clock, failures=3):
    breaker = CircuitBreaker(failures, 10.0, clock)
    for _ in range(failures):
        assert breaker.seconds_to_wait() == 0
        breaker.failed()
    return breaker


def test_it_is_closed_until_so_many_fail_in_a_row():
    breaker = CircuitBreaker(3, 10.0, Clock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        assert not breaker.is_open()
        breaker.succeeded()
    assert breaker.seconds_to_wait() == 0


def test_open_it_tells_how_long_to_wait():
    clock = Clock()
    breaker = opened(clock)
    assert breaker.is_open()
    assert breaker.seconds_to_wait() == 10
    clock.now += 4
    assert breaker.seconds_to_wait() == 6


def test_when_its_time_is_over_one_may_try():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.seconds_to_wait() == 0
    assert breaker.seconds_to_wait() == 10
    breaker.failed()
    assert breaker.seconds_to_wait() == 10
    clock.now += 10
    assert breaker.seconds_to_wait() == 0
    breaker.succeeded()
    assert breaker.seconds_to_wait() == 0
    assert not breaker.is_open()


def test_whoever_tried_and_never_told_blocks_nobody_for_ever():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.seconds_to_wait() == 0
    clock.now += 10
    assert breaker.seconds_to_wait() == 0


@given(st.integers(1, 5), st.lists(st.sampled_from(["ok", "bad", "wait"])))
def test_it_is_open_just_when_the_last_failures_are_many_enough(failures, events):
    clock = Clock()
    breaker, in_a_row = CircuitBreaker(failures, 10.0, clock), 0
    for event in events:
        if event == "wait":
            clock.now += 3
        elif breaker.seconds_to_wait() == 0:
            in_a_row = in_a_row + 1 if event == "bad" else 0
            (breaker.failed if event == "bad" else breaker.succeeded)()
        assert breaker.is_open() == (in_a_row >= failures)
