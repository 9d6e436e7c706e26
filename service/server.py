"""What we change in gunicorn: no reader is slow for ever, and no log names who asked what.

Threads let an upload wait for its examination while codes are answered. But gunicorn lets a thread
wait for a request's bytes without an end; eight connections that send a byte a minute would stop a
worker. So each request has a deadline for its bytes, watched by the worker's main loop.
"""

from __future__ import annotations

import logging
import re
import select
import socket
import time
from contextlib import suppress
from typing import Any, Final

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from verify import limits

_SENT: Final = re.compile(r"(Invalid request from ip=|Error handling request ).*", re.DOTALL)
"""What gunicorn says with the address, the request line or the path in it."""

FOLLOWS_MS: Final = 5
"""How long a thread waits for the next request on its connection before others may have it."""


class BoundedWorker(ThreadWorker):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn's threaded worker, with a deadline for the head and the body of each request."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._reading: dict[Any, float] = {}

    def handle(self, conn: Any) -> Any:
        """Serve a request, and those that follow at once on the same connection.

        Gunicorn hands a connection back to the worker's main loop after each request; both then
        wait for one another, and for the interpreter, longer than a scanned code takes to answer.
        """
        again = self._serve(conn)
        while again is True and self.alive and self._more_follows(conn):
            again = self._serve(conn)
        return again

    def _more_follows(self, conn: Any) -> bool:
        """Whether bytes come within FOLLOWS_MS, while there is a thread for each connection."""
        if self.nr_conns > self.cfg.threads:
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(FOLLOWS_MS))

    def _serve(self, conn: Any) -> Any:
        """Serve one request: its head must be there in time."""
        self._reading[conn] = time.monotonic() + limits.HEAD_SECONDS
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head is there: now its body must come in time."""
        self._reading[conn] = time.monotonic() + limits.BODY_SECONDS
        return super().handle_request(req, conn)

    def notify(self) -> None:
        """Called every second: end the reading of what is late, and what is not taken from us."""
        super().notify()
        now = time.monotonic()
        for conn, deadline in list(self._reading.items()):
            if now <= deadline:
                continue
            # What waits for bytes sees the end of them; an answer can still be sent.
            late = now > deadline + limits.ANSWER_SECONDS
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR if late else socket.SHUT_RD)


class QuietLogger(Logger):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn's log without addresses, request lines and paths: a path can be a whole code."""

    def setup(self, cfg: Any) -> None:
        """Set the log up, and cut what it would say of who asked what."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(_cut)


def _cut(record: logging.LogRecord) -> bool:
    """Cut from a line what was sent, and from an error's trace its message."""
    message = record.getMessage()
    found = _SENT.match(message)
    if found is not None:
        record.msg, record.args = found[1].strip().removesuffix("from ip="), ()
    if record.exc_info is not None:
        kind = record.exc_info[0]
        record.msg = f"{record.msg} ({kind.__name__ if kind else 'unknown'})"
        record.exc_info = record.exc_text = None
    return True
