"""Counting requests in a store, and in this process's memory while the store is gone.

The library `limits` keeps the counts: in memory, where each worker process counts for itself, or in
a Redis that all share. Its wrapper for Flask works out anew at each request which limits apply, by
name and decorator; that took a quarter of the time in which a scanned code is answered.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from limits import RateLimitItem, WindowStats
from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter as Window

from verify import rate_memory
from verify.errors import VerifyError

MEMORY: Final = "memory://"

STORE_SECONDS: Final = 0.25
"""How long a Redis may take to answer before it is held to be gone."""

AGAIN_SECONDS: Final = 5.0
"""How long a store that was gone is not asked; each time one request waits for it in vain."""

_log: Final = logging.getLogger("sealpress.rates")


class RateStoreUnusable(VerifyError):
    """The address of the store is none, or what it needs is not installed."""


class RateCounter:
    """Sliding windows in the store at an address; thread-safe.

    Where the store cannot be reached each process goes on counting in memory: the limits then hold
    for each process, and nobody is turned away for it.
    """

    def __init__(self, store: str) -> None:
        """Open a store: `memory://`, or the address of a Redis, which may be gone.

        Raises:
            RateStoreUnusable: the address cannot be used.
        """
        self._memory = Window(rate_memory.WindowMemory())
        self._shared = None if store == MEMORY else Window(_opened(store))
        self._gone_until = 0.0

    def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one request; False where there were as many as may be."""
        if self._shared is not None and time.monotonic() >= self._gone_until:
            try:
                return self._shared.hit(item, *key)
            except Exception as error:  # whatever the store's driver raises
                self._gone(error)
        return self._memory.hit(item, *key)

    def window(self, item: RateLimitItem, *key: str) -> WindowStats:
        """When more may be asked (seconds of the epoch), and how often now."""
        if self._shared is not None and time.monotonic() >= self._gone_until:
            try:
                return self._shared.get_window_stats(item, *key)
            except Exception as error:
                self._gone(error)
        return self._memory.get_window_stats(item, *key)

    def _gone(self, error: Exception) -> None:
        self._gone_until = time.monotonic() + AGAIN_SECONDS
        _log.warning("the store of rates cannot be reached: %s", type(error).__name__)


def _opened(store: str) -> Storage:
    within = {"socket_timeout": STORE_SECONDS, "socket_connect_timeout": STORE_SECONDS}
    try:
        found = storage_from_string(store, wrap_exceptions=False, **within)
    except ConfigurationError as error:
        raise RateStoreUnusable(str(error)) from None
    if not isinstance(found, Storage):
        raise RateStoreUnusable("its address is one for asynchronous programs")
    return found
