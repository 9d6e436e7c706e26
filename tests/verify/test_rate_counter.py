"""Counting where the store comes and goes, and addresses that are none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage

from verify import rate_counter
from verify.rate_counter import AGAIN_SECONDS, RateCounter, RateStoreUnusable

ITEM = RateLimitItemPerSecond(2, 60)


class Store(MemoryStorage):
    """A shared store that can be gone; counts how often it was asked."""

    gone = False
    asked = 0

    def acquire_sliding_window_entry(self, *arguments: object) -> bool:
        self.asked += 1
        if self.gone:
            raise ConnectionError
        return super().acquire_sliding_window_entry(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    found = Store()
    monkeypatch.setattr(rate_counter, "storage_from_string", lambda *_, **__: found)
    return found


def test_a_store_that_was_gone_is_asked_again_after_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(rate_counter, "time", SimpleNamespace(monotonic=lambda: now))
    counter = RateCounter("redis://localhost")
    assert counter.hit(ITEM, "a")
    store.gone = True
    assert [counter.hit(ITEM, "a") for _ in range(3)] == [True, True, False]
    assert store.asked == 2  # once while it was there, once in vain
    assert counter.window(ITEM, "a").remaining == 0
    store.gone = False
    now += AGAIN_SECONDS
    assert counter.hit(ITEM, "a")
    assert not counter.hit(ITEM, "a")  # as the store counted, not this process
    assert store.asked == 4
    store.timer.cancel()


@pytest.mark.parametrize("address", ["nonsense", "async+memory://", "postgresql://localhost"])
def test_an_address_of_no_store_is_refused(address: str) -> None:
    with pytest.raises(RateStoreUnusable):
        RateCounter(address)
