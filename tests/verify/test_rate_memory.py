"""Counting in memory: the same answers as the library's own storage, and old windows forgotten."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits.storage import MemoryStorage

from verify.rate_memory import WindowMemory

WINDOW = 60

steps = st.lists(
    st.tuples(
        st.floats(0, 45),  # seconds that pass before
        st.sampled_from(["a", "b"]),
        st.integers(1, 3),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 6))
def test_it_counts_as_the_library_does(asked: list[tuple[float, str, int]], limit: int) -> None:
    ours, theirs = WindowMemory(), MemoryStorage()
    now = 1_800_000_000.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: now)
        for seconds, key, amount in asked:
            now += seconds
            found = [
                one.acquire_sliding_window_entry(key, limit, WINDOW, amount)
                for one in (ours, theirs)
            ]
            assert found[0] == found[1]
            windows = [one.get_sliding_window(key, WINDOW) for one in (ours, theirs)]
            assert windows[0] == pytest.approx(windows[1])
    theirs.timer.cancel()


def test_what_is_two_windows_old_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = WindowMemory()
    for minute in range(5):
        monkeypatch.setattr(time, "time", lambda at=minute: 1_800_000_000.0 + WINDOW * at)
        for sender in range(10):
            assert storage.acquire_sliding_window_entry(f"{minute}-{sender}", 1, WINDOW)
    assert storage.reset() == 20
    assert storage.acquire_sliding_window_entry("4-1", 1, WINDOW)


def test_one_key_can_be_cleared() -> None:
    storage = WindowMemory()
    assert storage.acquire_sliding_window_entry("a", 1, WINDOW)
    assert storage.acquire_sliding_window_entry("b", 1, WINDOW)
    storage.clear_sliding_window("a", WINDOW)
    assert storage.acquire_sliding_window_entry("a", 1, WINDOW)
    assert not storage.acquire_sliding_window_entry("b", 1, WINDOW)


def test_requests_start_no_threads() -> None:
    import threading

    storage = WindowMemory()
    storage.timer.join()
    before = threading.active_count()
    for _ in range(50):
        storage.acquire_sliding_window_entry("a", 100, WINDOW)
    assert threading.active_count() <= before
