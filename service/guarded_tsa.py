"""A time stamping authority that is left alone for a while after it failed again and again.

While it hangs every request would otherwise hold a worker until its time is over, and soon the
whole service would hang with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import RETRY_SOON_S
from signing.circuit_breaker import CircuitBreaker
from signing.errors import TimeStampUnavailable
from signing.tsa import Tsa

FAILURES = 3
"""Time stamps in a row that were not to be had, each asked for twice: it is down, not unlucky."""

LEFT_ALONE_S = float(RETRY_SOON_S)
"""Seconds until one request may try again: when those who failed were told to come back."""

_breakers: dict[str, CircuitBreaker] = {}


@dataclass(frozen=True)
class GuardedTsa(Tsa):
    """The same authority for the whole process, by its address."""

    def stamp_digest(self, digest: bytes) -> bytes:
        """A time stamp token (DER) over a digest.

        Raises TimeStampUnavailable, at once where the authority is left alone.
        """
        breaker = _breakers.setdefault(self.url, CircuitBreaker(FAILURES, LEFT_ALONE_S))
        if (wait := breaker.seconds_to_wait()) > 0:
            raise TimeStampUnavailable(
                self.url,
                f"it failed before and is left alone for {wait:.0f} s more",
                retryable=True,
            )
        try:
            token = super().stamp_digest(digest)
        except TimeStampUnavailable as error:
            if error.retryable:
                breaker.failed()
            else:
                breaker.succeeded()  # it answered, if only with rubbish: asking costs no time
            raise
        breaker.succeeded()
        return token
