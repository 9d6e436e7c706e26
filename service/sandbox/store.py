"""What the sandbox has been told: certificates, calls and ordered faults, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service import clock
from signing import atomic

BUSY_SECONDS = 5.0
"""How long to wait for another process that has the file, such as somebody looking into it."""

MAX_CALLS_SHOWN = 1_000
"""How many calls `recent_calls` gives, the last ones: who wants more looks into the file."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS certificates (
    ecert_id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    number TEXT NOT NULL,           -- in half-width characters, without spaces
    state TEXT NOT NULL,            -- coded, collected, replaced, cancelled
    license_id TEXT,
    code_id TEXT NOT NULL UNIQUE,
    encrypted_code TEXT NOT NULL,
    encrypted_key TEXT NOT NULL,
    replaces TEXT NOT NULL,         -- a license_id, or empty
    entry TEXT NOT NULL,            -- as it was coded, JSON; corrections stand apart
    corrected TEXT NOT NULL,
    persons TEXT,                   -- JSON; NULL: never handed in
    persons_cancelled INTEGER NOT NULL,
    preview_url TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS certificates_number ON certificates (type, number);
CREATE INDEX IF NOT EXISTS certificates_license_id ON certificates (license_id);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    step TEXT NOT NULL,
    method TEXT NOT NULL,
    fault TEXT,
    outcome TEXT NOT NULL,          -- what was decided, whatever became of the answer
    words TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY,
    step TEXT NOT NULL,
    kind TEXT NOT NULL,
    times INTEGER NOT NULL,         -- how often it is still to happen
    words TEXT,
    seconds REAL NOT NULL
) STRICT;
"""

_JSON = frozenset({"entry", "corrected", "persons"})


@dataclass(frozen=True)
class Fault:
    """What is to go wrong: the step it happens at, how often, in which words, for how long."""

    step: str
    kind: str
    times: int = 1
    words: str | None = None
    seconds: float = 0.0


class Store:
    """The file at a path; may be used by several threads, one transaction at a time."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=atomic.PRIVATE_FILE)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Killed processes lose nothing; a loss of power may take the last calls of a practice.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done within is done wholly, or not at all."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def find(self, **values: str) -> list[dict[str, Any]]:
        """The certificates with those values, in the order in which they were coded."""
        where = " AND ".join(f"{name} = ?" for name in values) or "TRUE"
        query = f"SELECT * FROM certificates WHERE {where} ORDER BY rowid"  # noqa: S608 - our names
        with self._lock:
            return [_read(row) for row in self._connection.execute(query, tuple(values.values()))]

    def add(self, **values: Any) -> None:
        """Add a certificate."""
        names, places = ", ".join(values), ", ".join("?" * len(values))
        query = f"INSERT INTO certificates ({names}) VALUES ({places})"  # noqa: S608 - our names
        self._connection.execute(query, _written(values))

    def change(self, ecert_id: str, **values: Any) -> None:
        """Change a certificate."""
        changes = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE certificates SET {changes} WHERE ecert_id = ?"  # noqa: S608 - our names
        self._connection.execute(query, (*_written(values), ecert_id))

    def record(
        self, step: str, method: str, fault: str | None, outcome: str, words: list[str]
    ) -> None:
        """Write a call down."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO calls (at, step, method, fault, outcome, words)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    clock.now().isoformat(timespec="milliseconds"),
                    step,
                    method,
                    fault,
                    outcome,
                    json.dumps(words, ensure_ascii=False),
                ),
            )

    def recent_calls(self) -> list[dict[str, Any]]:
        """The last calls, oldest first."""
        query = "SELECT * FROM (SELECT * FROM calls ORDER BY id DESC LIMIT ?) ORDER BY id"
        with self._lock:
            rows = self._connection.execute(query, (MAX_CALLS_SHOWN,)).fetchall()
        return [dict(row) | {"words": json.loads(row["words"])} for row in rows]

    def order(self, fault: Fault) -> None:
        """Let something go wrong from now on, after what was ordered before."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO faults (step, kind, times, words, seconds) VALUES (?, ?, ?, ?, ?)",
                (fault.step, fault.kind, fault.times, fault.words, fault.seconds),
            )

    def next_fault(self, step: str) -> Fault | None:
        """What is to go wrong with this call of a step; it is used up by asking."""
        with self.transaction():
            row = self._connection.execute(
                "SELECT * FROM faults WHERE step = ? AND times > 0 ORDER BY id LIMIT 1", (step,)
            ).fetchone()
            if row is None:
                return None
            self._connection.execute(
                "UPDATE faults SET times = times - 1 WHERE id = ?", (row["id"],)
            )
        return _fault(row)

    def faults(self) -> list[Fault]:
        """What is still to go wrong."""
        with self._lock:
            rows = self._connection.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id")
            return [_fault(row) for row in rows]

    def forget_faults(self) -> None:
        """Let nothing more go wrong."""
        with self._lock:
            self._connection.execute("DELETE FROM faults")


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(row["step"], row["kind"], row["times"], row["words"], row["seconds"])


def _read(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    for name in _JSON:
        found[name] = None if found[name] is None else json.loads(found[name])
    return found


def _written(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        json.dumps(value, ensure_ascii=False, sort_keys=True)
        if name in _JSON and value is not None
        else value
        for name, value in values.items()
    )
