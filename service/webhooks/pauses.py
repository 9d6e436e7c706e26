"""Who does not answer is left alone for a while, so that one dead receiver delays no other.

Of this process only: a worker that starts anew learns it again from the first tries.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = 3
"""So many tries in a row must fail before a receiver is left alone."""

SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(minutes=15)
"""How long it is left alone: twice as long after each try that fails, up to this."""

MOST_ORIGINS = 10_000
"""Of so many the failures are remembered; then all are forgotten, which costs some tries."""


@dataclass(frozen=True)
class _State:
    failures: int
    until: datetime | None


class Pauses:
    """The failures in a row of each origin (host and port)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}

    def until(self, origin: str, now: datetime) -> datetime | None:
        """Until when an origin is left alone, None if it may be tried now."""
        with self._lock:
            state = self._states.get(origin)
        return state.until if state and state.until and state.until > now else None

    def failed(self, origin: str, now: datetime) -> None:
        """Remember that a try failed."""
        with self._lock:
            if len(self._states) >= MOST_ORIGINS:
                self._states.clear()
            known = self._states.get(origin)
            failures = (known.failures if known else 0) + 1
            pause = None
            if failures >= PATIENCE:
                pause = now + min(SHORTEST * 2 ** min(failures - PATIENCE, 10), LONGEST)
            self._states[origin] = _State(failures, pause)

    def answered(self, origin: str) -> None:
        """Remember that the last try did not fail."""
        with self._lock:
            self._states.pop(origin, None)
