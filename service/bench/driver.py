"""Who asks when a server is measured: `wrk` where it is installed, our own clients elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.bench import verify_clients, wrk


def name() -> str:
    """Who asks here, as the figures say it."""
    if wrk.installed():
        return "wrk, one thread"
    return "clients in Python (wrk is not installed; they take a large part of the processors)"


def ask_often(
    port: int,
    asked: Sequence[bytes],
    wanted: bytes,
    clients: int,
    seconds: float,
    pause: float = 0.0,
) -> dict[str, Any]:
    """The figures of connections that ask in turn for that long; `wanted` is in each good answer.

    `pause` is how long each waits after an answer, seconds.
    """
    ask = wrk.ask_often if wrk.installed() else verify_clients.ask_often
    return ask(port, asked, wanted, clients, seconds, pause)
