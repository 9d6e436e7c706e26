"""Clients that keep a server busy: each with a connection of its own, that it keeps."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.bench.data import figures
from service.bench.load_server import HOST

ANSWER_SECONDS = 60
"""When a client gives an answer up."""

FAULTS_TOLD = 3


@dataclass
class Tally:
    """What clients were answered: seconds for each request that succeeded, and what failed."""

    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def told(self, wall: float) -> dict[str, Any]:
        """The figures over that many seconds by the clock on the wall."""
        found: dict[str, Any] = {"answered": len(self.seconds)}
        if self.seconds:
            found |= figures(self.seconds) | {"per_s": round(len(self.seconds) / wall, 1)}
        if self.faults:
            found["faults"] = dict(self.faults.most_common(FAULTS_TOLD))
        return found


class Client:
    """One keep-alive connection with an access key; opened again where the server closed it."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, more: Mapping[str, str] = {}
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises:
            OSError, http.client.HTTPException: there was none.
        """
        try:
            self._connection.request(method, path, body, {**self._headers, **more})
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def keep_busy(
    port: int, token: str, clients: int, seconds: float, bodies: Iterator[bytes], path: str
) -> dict[str, Any]:
    """Post one body after another for that long, by so many clients at once; the figures."""
    tally, lock, end = Tally(), threading.Lock(), time.monotonic() + seconds

    def work() -> None:
        client = Client(port, token)
        while time.monotonic() < end:
            with lock:
                body = next(bodies)
            begun = time.perf_counter()
            fault = _fault(client, path, body)
            taken = time.perf_counter() - begun
            with lock:
                if fault is None:
                    tally.seconds.append(taken)
                else:
                    tally.faults[fault] += 1
        client.close()

    begun = time.perf_counter()
    run_together([work] * clients)
    return tally.told(time.perf_counter() - begun)


def _fault(client: Client, path: str, body: bytes) -> str | None:
    """What was wrong with the answer to a request for a certificate, None if it was issued."""
    try:
        status, answer = client.ask("POST", path, body)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    if status == http.HTTPStatus.CREATED:
        return None
    try:
        said = json.loads(answer)
        return f"{status} {said.get('title')}: {said.get('detail')}"
    except ValueError:
        return str(status)


def run_together(work: Sequence[Any]) -> None:
    """Run functions in a thread each until all have ended."""
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
