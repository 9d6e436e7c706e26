"""Clients that ask for little and often: the bytes of a request are made once, answers are counted.

Python's own HTTP client takes as long for a request as the server; on a machine that runs both it
would measure itself.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from typing import Any, Final

from service.bench.load_clients import ANSWER_SECONDS, Tally, run_together
from service.bench.load_server import HOST

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length:"
_CLOSES: Final = b"\r\nconnection: close"
_STATUS: Final = slice(9, 12)
_PART: Final = 1 << 16


def get(path: str, fields: Mapping[str, str]) -> bytes:
    """A GET request as it is sent."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join((*lines, "", "")).encode("ascii")


class Asker:
    """One keep-alive connection, opened anew where the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body; a connection that was closed while it waited is opened again once.

        Raises:
            OSError: there was no answer.
        """
        try:
            return self._ask(request)
        except (ConnectionError, BrokenPipeError):
            self.close()
            return self._ask(request)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), ANSWER_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        found = self._received()
        while _END not in found:
            found += self._received()
        head, _, rest = found.partition(_END)
        parts, left = [rest], _length(head) - len(rest)
        while left > 0:
            parts.append(self._received())
            left -= len(parts[-1])
        if _CLOSES in head.lower():
            self.close()
        return int(head[_STATUS]), b"".join(parts)

    def _received(self) -> bytes:
        found = self._socket.recv(_PART) if self._socket is not None else b""
        if not found:
            raise ConnectionResetError("the server closed the connection")
        return found


def _length(head: bytes) -> int:
    """How many bytes follow a head; our servers always say it."""
    _, name, after = head.lower().partition(_LENGTH)
    if not name:
        raise ConnectionError("an answer without a length")
    return int(after.partition(b"\r\n")[0])


def ask_often(
    port: int,
    asked: Sequence[bytes],
    wanted: bytes,
    clients: int,
    seconds: float,
    pause: float = 0.0,
) -> dict[str, Any]:
    """The figures of clients that ask in turn for that long; `wanted` is in each good answer.

    `pause` is how long each waits after an answer, seconds.
    """
    tally, lock = Tally(), threading.Lock()
    begun, turns = time.perf_counter(), itertools.count()

    def work() -> None:
        taken: list[float] = []
        with closing(Asker(port)) as asker:
            while time.perf_counter() < begun + seconds:
                started = time.perf_counter()
                status, body = asker.ask(asked[next(turns) % len(asked)])
                now = time.perf_counter()
                if status == HTTPStatus.OK and wanted in body:
                    taken.append(now - started)
                else:
                    with lock:
                        tally.faults[f"{status} {body[:80]!r}"] += 1
                if pause:
                    time.sleep(pause)
        with lock:
            tally.seconds += taken

    run_together([work] * clients)
    return tally.told(time.perf_counter() - begun)
