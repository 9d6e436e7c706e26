"""One at a time: what draws and seals in this process is not made for several threads.

Requests of approval systems take a turn each, and so does every record and every row of a batch
that is worked on behind them. Other processes draw and seal side by side with this one. Whoever
waits for the disk or for another process lets the next one draw meanwhile (`Turns.pausing`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PAUSE_SECONDS = 0.002
"""Work behind the requests leaves the lock alone so long, or those who wait would never get it."""


class Turns:
    """A lock that its holder may take several times, and may leave to others for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._taken = 0

    def acquire(self) -> None:
        """Wait for a turn; whoever has it already goes on."""
        self._take(1)

    def release(self) -> None:
        """Give the turn back, as often as it was taken."""
        self._taken -= 1
        if self._taken == 0:
            self._holder = None
            self._lock.release()

    @contextmanager
    def pausing(self) -> Iterator[Callable[[], None]]:
        """Let others have their turns from the call of what is given until the end of the block.

        Then the turn is waited for again: nothing that others wait for during theirs may be held
        at that moment, but what they would wait for in a pause, too. Who has no turn may call it
        as well, and nothing happens.
        """
        taken = 0

        def pause() -> None:
            nonlocal taken
            if self._holder == threading.get_ident() and not taken:
                taken, self._taken, self._holder = self._taken, 0, None
                self._lock.release()

        try:
            yield pause
        finally:
            if taken:
                self._take(taken)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let others have their turns during the whole block."""
        with self.pausing() as pause:
            pause()
            yield

    def _take(self, times: int) -> None:
        if self._holder != threading.get_ident():
            self._lock.acquire()
            self._holder = threading.get_ident()
        self._taken += times


LOCK = Turns()
"""Held by the one whose turn it is."""


@contextmanager
def behind() -> Iterator[None]:
    """A turn for work that nobody waits for; whoever waits comes next."""
    LOCK.acquire()
    try:
        yield
    finally:
        LOCK.release()
    time.sleep(PAUSE_SECONDS)
