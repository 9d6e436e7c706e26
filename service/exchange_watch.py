"""A limit in time for a whole exchange over a socket, however slowly its bytes drip."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Watch:
    """Ends an exchange that takes too long: a drip of bytes would outlast any time-out."""

    def __init__(self, timeout_s: float) -> None:
        self._until = time.monotonic() + timeout_s
        self._timer: threading.Timer | None = None
        self.overdue = False

    def begin(self, held: socket.socket) -> None:
        """Watch a socket that is connected."""
        left = max(self._until - time.monotonic(), 0.0)
        self._timer = threading.Timer(left, self._cut, [held])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def require_in_time(self) -> None:
        """Raises TimeoutError where the end came from here."""
        if self.overdue:
            raise TimeoutError

    def _cut(self, held: socket.socket) -> None:
        self.overdue = True
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)
