"""TLS sockets with one deadline for a whole exchange.

The time-out of a socket begins anew with every byte, so whoever sends a byte now and then holds a
thread for ever. Here the handshake has a deadline, and then all that is read and written until the
next one is set.
"""

from __future__ import annotations

import ssl
import time
from typing import Any


class DeadlineSocket(ssl.SSLSocket):
    """A TLS socket whose reads and writes end at a deadline, with TimeoutError.

    Made by an `ssl.SSLContext` whose `sslsocket_class` it is. Without a deadline it is like any
    other.
    """

    _deadline: float | None = None

    def expire_in(self, seconds: float | None) -> None:
        """Set the deadline for what follows, counted from now; None: there is none."""
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 - as it is called above
        """Read as `ssl.SSLSocket` does, until the deadline; `recv` and `recv_into` come here."""
        self._limit()
        return super().read(len, buffer)

    def send(self, data: Any, flags: int = 0) -> int:
        """Send as `ssl.SSLSocket` does, until the deadline; `sendall` comes here."""
        self._limit()
        return super().send(data, flags)

    def _limit(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        self.settimeout(left)
