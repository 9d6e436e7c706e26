"""What keeps callers of a seal service apart: a rate for each, and a turn for each request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Rate:
    """So many a minute for each caller: all at once if need be, then as they grow again.

    It limits what a stolen certificate of a caller can do until it is noticed.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # caller: how many, at which second

    def take(self, caller: str) -> float:
        """0 where the caller may go on, else the seconds until it may."""
        with self._lock:
            now = self._clock()
            left, at = self._left.get(caller, (self._most, now))
            left = min(self._most, left + (now - at) * self._per_second)
            if left < 1:
                self._left[caller] = left, now
                return (1 - left) / self._per_second
            self._left[caller] = left - 1, now
            return 0.0


@dataclass
class _Turn:
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


class Turns:
    """One at a time for each name; the same request sent twice at once is answered one by one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Hashable, _Turn] = {}

    @contextmanager
    def of(self, name: Hashable) -> Iterator[None]:
        """Wait for the turn under that name, and hold it."""
        with self._lock:
            turn = self._turns.setdefault(name, _Turn())
            turn.waiting += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.waiting -= 1
                if not turn.waiting:
                    del self._turns[name]
