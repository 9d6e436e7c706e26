"""One at a time: what draws and seals in this process is not made for several threads.

Requests of approval systems take a turn each, and so does every record and every row of a batch
that is worked on behind them. Other processes draw and seal side by side with this one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOCK = threading.RLock()
"""Held by the one whose turn it is."""

PAUSE_SECONDS = 0.002
"""Work behind the requests leaves the lock alone so long, or those who wait would never get it."""


@contextmanager
def behind() -> Iterator[None]:
    """A turn for work that nobody waits for; whoever waits comes next."""
    with LOCK:
        yield
    time.sleep(PAUSE_SECONDS)
