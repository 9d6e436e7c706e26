"""An approval system that does not give up: each request is sent until it has its answer."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from service.bench.load_clients import Client, run_together

CLIENTS = 4
PAUSE_S = (0.02, 0.2)
"""Between two tries of a request, drawn at random."""

REASON = "设备已拆卸"
CERTIFICATES = "/api/v1/certificates"


@dataclass
class Answers:
    """What was answered 201 to each request, and which certificates were answered cancelled."""

    issued: dict[int, dict[str, Any]] = field(default_factory=dict)
    cancelled: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: int = 0


class Caller:
    """Sends requests to a server that dies now and then."""

    def __init__(self, port: int, token: str, seed: int, end: float) -> None:
        self.port, self.token, self.end = port, token, end
        self.answers = Answers()
        self._random = random.Random(seed)  # noqa: S311 - to be repeated
        self._lock = threading.Lock()

    def issue(self, bodies: list[bytes]) -> None:
        """Send every request until it is answered 201."""

        def one(client: Client, at: int) -> None:
            key = {"Idempotency-Key": f"issue-{at}"}
            found = self._until(client, CERTIFICATES, bodies[at], key, HTTPStatus.CREATED)
            with self._lock:
                self.answers.issued[at] = found

        self._all(one, len(bodies))

    def cancel(self, license_ids: list[str]) -> None:
        """Cancel every certificate until that is answered 200."""
        body = json.dumps({"reason": REASON}, ensure_ascii=False).encode()

        def one(client: Client, at: int) -> None:
            path = f"{CERTIFICATES}/{license_ids[at]}/cancel"
            key = {"Idempotency-Key": f"cancel-{license_ids[at]}"}
            found = self._until(client, path, body, key, HTTPStatus.OK)
            with self._lock:
                self.answers.cancelled[license_ids[at]] = found

        self._all(one, len(license_ids))

    def _all(self, act: Callable[[Client, int], None], count: int) -> None:
        left: Iterator[int] = iter(range(count))
        faults: list[BaseException] = []

        def work() -> None:
            client = Client(self.port, self.token)
            try:
                while not faults:
                    with self._lock:
                        at = next(left, None)
                    if at is None:
                        return
                    act(client, at)
            except BaseException as error:
                faults.append(error)
            finally:
                client.close()

        run_together([work] * CLIENTS)
        if faults:
            raise faults[0]

    def _until(
        self, client: Client, path: str, body: bytes, key: dict[str, str], wanted: int
    ) -> dict[str, Any]:
        said = "nothing"
        while time.monotonic() < self.end:
            with self._lock:
                self.answers.tries += 1
                pause = self._random.uniform(*PAUSE_S)
            try:
                status, answer = client.ask("POST", path, body, key)
            except (OSError, HTTPException) as error:
                said = repr(error)
            else:
                if status == wanted:
                    return dict(json.loads(answer))
                said = f"{status} {answer[:300].decode('utf-8', 'replace')}"
            time.sleep(pause)
        raise AssertionError(f"{path}: no answer to the end; the last was {said}")
