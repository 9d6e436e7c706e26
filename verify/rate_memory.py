"""Counting requests in this process's memory: two windows of counts, and no thread to tidy them.

The storage of `limits` for memory starts a thread for nearly every request, to forget what has
expired; that takes longer than to answer the request. Here what has expired is forgotten with the
first request of each new window, all at once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from math import floor

from limits.storage import MemoryStorage


class WindowMemory(MemoryStorage):
    """The counts of the window that runs and of the one before it, by key.

    A sliding window is estimated from both, as `limits` does in every one of its storages.
    """

    def __init__(self) -> None:
        """Begin with nothing counted."""
        super().__init__()
        self._lock = threading.Lock()
        self._windows: dict[tuple[int, int], Counter[str]] = {}

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count a request, unless there were `limit` of them within `expiry` seconds."""
        now = time.time()
        with self._lock:
            before, running = self._both(expiry, now)
            estimate = before[key] * _left(expiry, now) / expiry + running[key]
            if floor(estimate) + amount > limit:
                return False
            running[key] += amount
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Count and remaining seconds of the window before, and of the one that runs."""
        now = time.time()
        with self._lock:
            before, running = self._both(expiry, now)
            left = _left(expiry, now)
            return before[key], left if before[key] else 0.0, running[key], left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget what was counted of one key."""
        with self._lock:
            for counts in self._both(expiry, time.time()):
                counts.pop(key, None)

    def reset(self) -> int | None:
        """Forget everything; gives how many keys there were."""
        with self._lock:
            known = len({key for counts in self._windows.values() for key in counts})
            self._windows.clear()
        return known

    def _both(self, expiry: int, now: float) -> tuple[Counter[str], Counter[str]]:
        """The counts of the window before and of the one that runs; older ones are forgotten."""
        index = int(now // expiry)
        if (expiry, index) not in self._windows:
            for old in [one for one in self._windows if one[0] == expiry and one[1] < index - 1]:
                del self._windows[old]
        return (
            self._windows.setdefault((expiry, index - 1), Counter()),
            self._windows.setdefault((expiry, index), Counter()),
        )


def _left(expiry: int, now: float) -> float:
    """Seconds until the window that runs ends."""
    return expiry - now % expiry
