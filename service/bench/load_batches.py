"""How many rows of a batch a server works off in a second, beside nothing else."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from service.bench.load_clients import Client
from service.errors import ServiceError

PATH = "/api/v1/batches"
ROWS_PER_SECOND = 30
"""Rows that are posted for each second that may be spent; what is quicker ends earlier."""

LOOK_SECONDS = 0.2
PATIENCE = 10
"""How many times longer than planned a batch may take."""


def measure(port: int, token: str, bodies: Iterator[bytes], seconds: float) -> dict[str, Any]:
    """Post one batch and wait for its end; rows a second from posting to the end.

    Raises:
        ServiceError: it was not taken, did not end, or a row failed.
    """
    count = max(5, int(seconds * ROWS_PER_SECOND))
    client = Client(port, token)
    begun = time.perf_counter()
    lines = b"\n".join(itertools.islice(bodies, count)) + b"\n"
    status, answer = client.ask("POST", PATH, lines, {"Content-Type": "application/jsonl"})
    if status != HTTPStatus.ACCEPTED:
        raise ServiceError(f"the batch was not taken: {status} {answer[:200]!r}")
    told = json.loads(answer)
    path = told["rows_url"].removesuffix("/rows")
    while told["state"] != "ended":
        if time.perf_counter() - begun > PATIENCE * (seconds + 1):
            raise ServiceError(f"the batch does not end: {told['counts']}")
        time.sleep(LOOK_SECONDS)
        told = json.loads(client.ask("GET", path)[1])
    took = time.perf_counter() - begun
    client.close()
    return {"rows": count, "counts": told["counts"], "per_s": round(count / took, 1)}
