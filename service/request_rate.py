"""How often one access key may ask: a token bucket for each, and what the answers say of it.

The fields are those of the IETF's draft "RateLimit header fields for HTTP": `RateLimit-Policy` says
how many requests (q) in how many seconds (w), `RateLimit` how many are left now (r) and in how many
seconds all are there again (t). The buckets are in memory: each worker process has its own, and a
restart fills them.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.errors import ServiceError

WINDOW_S = 60
"""The time for which a key's number of requests is given, seconds."""


class TooManyRequests(ServiceError):
    """A key asked more often than it may."""

    slug = "too-many-requests"
    title = "请求过于频繁 (too many requests)"
    http_status = 429

    def __init__(self, size: int, wait_s: int) -> None:
        super().__init__(
            f"此密钥每 {WINDOW_S} 秒最多 {size} 次请求，请于 {wait_s} 秒后再试 "
            f"({size} requests in {WINDOW_S} s; try again in {wait_s} s)"
        )
        self.retry_after_s = wait_s


@dataclass(frozen=True)
class Allowance:
    """What a bucket says after a request: its size, what is left, seconds until it is full.

    `wait_s` is 0 where the request may go on, else the seconds until one may.
    """

    size: int
    left: int
    full_in_s: int
    wait_s: int

    def headers(self) -> dict[str, str]:
        """The fields of an answer."""
        return {
            "RateLimit-Policy": f'"key";q={self.size};w={WINDOW_S}',
            "RateLimit": f'"key";r={self.left};t={self.full_in_s}',
        }

    def require(self) -> None:
        """Let the request pass.

        Raises:
            TooManyRequests: none is left.
        """
        if self.wait_s:
            raise TooManyRequests(self.size, self.wait_s)


class Buckets:
    """A bucket for each caller, filled again evenly; safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # caller: how many, at which second

    def take(self, caller: str, size: int) -> Allowance:
        """Take one request out of a caller's bucket of `size`, if one is in it."""
        per_second = size / WINDOW_S
        with self._lock:
            now = self._clock()
            left, at = self._buckets.get(caller, (float(size), now))
            left = min(float(size), left + (now - at) * per_second)
            wait = 0.0 if left >= 1 else (1 - left) / per_second
            left -= 0 if wait else 1
            self._buckets[caller] = left, now
        return Allowance(
            size=size,
            left=math.floor(left),
            full_in_s=math.ceil((size - left) / per_second),
            wait_s=math.ceil(wait),
        )
