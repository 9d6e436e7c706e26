"""Leaving a service alone that has failed again and again, until it has had time to recover.

Closed, every request passes. After some failures in a row it opens: requests fail at once, for
whoever waits for them. When its time is over one request goes through; its outcome decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """The breaker before one service; may be used by several threads at once."""

    def __init__(
        self, failures: int, open_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_trial = 0.0

    def seconds_to_wait(self) -> float:
        """0 where a request may go now, else for how long none may.

        Whoever is told 0 reports `succeeded` or `failed` afterwards. When an open breaker's time is
        over only one is told 0, and the others wait as if that one had failed.
        """
        with self._lock:
            if self._failures < self._limit:
                return 0.0
            now = self._clock()
            if now < self._next_trial:
                return self._next_trial - now
            self._next_trial = now + self._open_s
            return 0.0

    def is_open(self) -> bool:
        """Whether so much has failed that the next request may have to wait."""
        with self._lock:
            return self._failures >= self._limit

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The service did not answer, or only that it is out of order."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._next_trial = self._clock() + self._open_s
