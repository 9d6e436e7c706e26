"""The audit file of a seal service: a line of JSON for each request to sign, whatever became of it.

A line is on disk before its signature leaves, or is even journalled: there may be a line without a
signature, never a signature without a line. Nothing secret is in it. The file may be moved away at
any time; the next line begins a new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.clock import now
from signing import atomic


@dataclass(frozen=True)
class Attempt:
    """Who asked which key to sign what; what could not be read of the request is None."""

    caller: str
    key: str | None = None
    request_id: str | None = None
    algorithm: str | None = None
    digest: bytes | None = None


class Audit:
    """The audit file at a path; may be used by several threads and processes."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = now) -> None:
        self._path = path
        self._clock = clock

    def write(self, attempt: Attempt, outcome: str) -> None:
        """Add a line. `outcome` is `signed`, `repeated`, or why there is no signature.

        Raises OSError where the line cannot be written whole.
        """
        members = {
            "time": self._clock().isoformat(timespec="milliseconds"),
            "caller": attempt.caller,
            "key": attempt.key,
            "request_id": attempt.request_id,
            "algorithm": attempt.algorithm,
            "digest": None if attempt.digest is None else attempt.digest.hex(),
            "outcome": outcome,
        }
        line = json.dumps(members, ensure_ascii=False).encode("utf-8") + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, atomic.PRIVATE_FILE)
        try:
            # One write: lines of several processes do not mix.
            if os.write(descriptor, line) != len(line):
                raise OSError("the audit line could not be written whole")
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
