"""The journal of a seal service: which request was answered with which signature.

A request that comes again finds the answer here, after a restart too. An entry is on disk before
its answer leaves.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.clock import now
from signing import atomic
from signing.remote_protocol import SigningRequest

KEPT = timedelta(days=90)
"""How long an answer can be had again: clients give up within minutes, people within days."""

PRUNED_EVERY = timedelta(days=1)

BUSY_SECONDS = 5.0
"""How long to wait for another process that has the file, such as a copy being made."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signatures (
    caller TEXT NOT NULL,
    request_id TEXT NOT NULL,
    key TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digest BLOB NOT NULL,
    signature BLOB NOT NULL,
    at INTEGER NOT NULL, -- seconds since 1970
    PRIMARY KEY (caller, request_id)
) STRICT;
CREATE INDEX IF NOT EXISTS signatures_at ON signatures (at);
"""


@dataclass(frozen=True)
class Entry:
    """A request of a caller to a key, and the signature that it was answered with."""

    caller: str
    request_id: str
    key: str
    algorithm: str
    digest: bytes
    signature: bytes

    def answers(self, key: str, request: SigningRequest) -> bool:
        """Whether that request is the one that was answered."""
        asked = (key, request.algorithm, request.digest)
        return (self.key, self.algorithm, self.digest) == asked


class Journal:
    """The journal in a file; may be used by several threads, and found open by other processes."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = now) -> None:
        path.touch(mode=atomic.PRIVATE_FILE)
        self._clock = clock
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)
        self._prune(self._clock())

    def find(self, caller: str, request_id: str) -> Entry | None:
        """What a caller's request of that identifier was answered with."""
        with self._lock:
            return self._find(caller, request_id)

    def record(self, entry: Entry, before: Callable[[], None]) -> Entry:
        """Write an entry down; gives the one that stands, which may be another's that was first.

        `before` is called once the entry is certain to be the first and before it is kept; if it
        raises, nothing is.
        """
        with self._lock:
            moment = self._clock()
            if moment - self._pruned_at >= PRUNED_EVERY:
                self._prune(moment)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                standing = self._find(entry.caller, entry.request_id)
                if standing is None:
                    row = (*vars(entry).values(), int(moment.timestamp()))
                    self._connection.execute(
                        "INSERT INTO signatures VALUES (?, ?, ?, ?, ?, ?, ?)", row
                    )
                    before()
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            return standing or entry

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _find(self, caller: str, request_id: str) -> Entry | None:
        row = self._connection.execute(
            "SELECT caller, request_id, key, algorithm, digest, signature FROM signatures"
            " WHERE caller = ? AND request_id = ?",
            (caller, request_id),
        ).fetchone()
        return None if row is None else Entry(*row)

    def _prune(self, moment: datetime) -> None:
        oldest = int((moment - KEPT).timestamp())
        self._connection.execute("DELETE FROM signatures WHERE at < ?", (oldest,))
        self._pruned_at = moment
