"""How fast the platform is called: so many calls, then a pause.

This is for one process; several of one installation share the platform's patience, and whoever is
told off then waits.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

MAX_QUEUE_S = 10.0
"""Longest time in seconds that a call may stand in the queue: whoever sent us the request waits."""


class Pace:
    """Gives each call its time; may be used by several threads."""

    def __init__(
        self, calls: int, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """After `calls` calls in a row a pause of `pause_s` seconds."""
        self._calls, self._pause_s, self._clock = calls, pause_s, clock
        self._lock = threading.Lock()
        self._row, self._last = 0, clock() - pause_s
        os.register_at_fork(after_in_child=self._begin_anew)

    def take(self) -> float:
        """The seconds to wait before the call; longer than MAX_QUEUE_S: no place was taken."""
        with self._lock:
            now = self._clock()
            row, at = self._row, max(now, self._last)
            if now - self._last >= self._pause_s:
                row = 0
            elif row >= self._calls:
                row, at = 0, self._last + self._pause_s
            if (wait := at - now) <= MAX_QUEUE_S:
                self._row, self._last = row + 1, at
            return wait

    def _begin_anew(self) -> None:
        """After a fork: a thread of the parent may have held the lock."""
        self._lock = threading.Lock()
