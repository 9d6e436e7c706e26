"""Five calls, then a second's pause; nobody queues for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.platform.pace import MAX_QUEUE_S, Pace


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_five_calls_there_is_a_pause() -> None:
    pace = Pace(5, 1.0, Clock())
    assert [pace.take() for _ in range(11)] == [0.0] * 5 + [1.0] * 5 + [2.0]


def test_whoever_calls_seldom_never_waits() -> None:
    clock = Clock()
    pace = Pace(2, 1.0, clock)
    for _ in range(10):
        assert pace.take() == 0.0
        clock.now += 1.0
    # Nor do the calls before count, when there are many at once.
    assert [pace.take() for _ in range(3)] == [0.0, 0.0, 1.0]


def test_the_queue_has_an_end_and_whoever_is_turned_away_takes_no_place() -> None:
    clock = Clock()
    pace = Pace(1, 4.0, clock)
    assert [pace.take() for _ in range(6)] == [0.0, 4.0, 8.0, 12.0, 12.0, 12.0]
    clock.now += 2.0
    assert pace.take() == 10.0 <= MAX_QUEUE_S


def test_without_a_pause_nobody_waits() -> None:
    pace = Pace(1, 0.0, Clock())
    assert {pace.take() for _ in range(100)} == {0.0}


def test_threads_share_it() -> None:
    pace = Pace(5, 1.0, Clock())
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: pace.take(), range(20)))
    assert waits == [0.0] * 5 + [1.0] * 5 + [2.0] * 5 + [3.0] * 5


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 6))
def test_no_more_calls_than_allowed_stand_within_a_pause(moves: list[float], calls: int) -> None:
    clock = Clock()
    pace = Pace(calls, 1.0, clock)
    begun = []
    for move in moves:
        clock.now += move
        if (wait := pace.take()) <= MAX_QUEUE_S:
            begun.append(clock.now + wait)
    assert begun == sorted(begun)
    # After each run of calls without a pause there is one.
    run = 1
    for before, after in pairwise(begun):
        run = 1 if after - before >= 1.0 - 1e-9 else run + 1
        assert run <= calls
