"""`Idempotency-Key` for what changes a certificate: replacing, dismantling, continuing.

As with requests (`service.idempotency`): the key is bound in the transaction that takes what it was
sent with, for ever, and what was refused binds nothing. What a replacement asked for is in the
register already; of the others it is kept with the key, so that a difference can be told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from renderer.errors import Problem
from service import clock, giving_out
from service import tables as t
from service.checking import texts
from service.errors import Conflict
from service.idempotency import GIVEN_UP, USED, check_key, refusal
from service.ledger import Ledger
from service.request import Request
from service.schema_check import printable
from verify.register import Entry

_K = t.idempotency_keys.c


def of_replacement(
    caller: str, key: str | None, reason: str
) -> Callable[[Ledger, Request, str], None] | None:
    """What binds a caller's key to a replacement; None without a key.

    What it gives is called with the request that the new version is made of, and what that is
    known by. It raises `Conflict` where the key is bound to another; the difference is told.

    Raises:
        Invalid: the key is no visible ASCII, or too long.
    """
    if key is None:
        return None
    check_key(key)

    def bind(ledger: Ledger, request: Request, sha256: str) -> None:
        known = giving_out.remembered_request(ledger.connection, caller, key)
        if known is None:
            giving_out.remember_request(ledger.connection, caller, key, sha256, clock.now())
            return
        first = ledger.by_request(known)
        if known != sha256:
            raise refusal(first, request)
        if first is None:
            raise Conflict(GIVEN_UP)
        if first.reason != reason:
            message = f"首次为“{printable(first.reason)}”，本次为“{printable(reason)}”"
            raise Conflict(USED, [Problem("reason", "变更原因", message)])

    return bind


@dataclass(frozen=True)
class Bound:
    """A caller's key, and what it was sent with: `words` say what is done, to what."""

    caller: str
    key: str
    posted: Request

    def digest(self, words: str) -> str:
        """What is remembered of it."""
        return hashlib.sha256(f"{words} ".encode() + self.posted.canonical).hexdigest()

    def taken(self, ledger: Ledger, words: str) -> bool:
        """Whether this very thing was asked for with the key before.

        Raises:
            Conflict: something else was; the difference is told.
        """
        return self.which(ledger, [words]) is not None

    def which(self, ledger: Ledger, words: Sequence[str]) -> int | None:
        """Which of several things was asked for with the key before, None if nothing was.

        Raises:
            Conflict: something else was.
        """
        known = giving_out.remembered_request(ledger.connection, self.caller, self.key)
        if known is None:
            return None
        digests = [self.digest(one) for one in words]
        if known not in digests:
            raise Conflict(USED, self._differences(ledger))
        return digests.index(known)

    def take(self, ledger: Ledger, words: str) -> bool:
        """Bind the key if it is free; gives whether this very thing had it before.

        Raises:
            Conflict: something else has it.
        """
        if self.taken(ledger, words):
            return True
        values = {
            "caller": self.caller,
            "key": self.key,
            "request_sha256": self.digest(words),
            "created_at": clock.now(),
            "asked": self.posted.canonical,
        }
        ledger.connection.execute(t.idempotency_keys.insert(), values)
        return False

    def _differences(self, ledger: Ledger) -> list[Problem]:
        query = sa.select(_K.asked).where(_K.caller == self.caller, _K.key == self.key)
        asked = ledger.connection.execute(query).scalar()
        if asked is None:
            return []
        before, now = (dict(texts(one)) for one in (json.loads(asked), self.posted.data))
        return [
            Problem(path, path, f"首次为“{_shown(before, path)}”，本次为“{_shown(now, path)}”")
            for path in sorted(before.keys() | now.keys())
            if before.get(path) != now.get(path)
        ]


def bound(caller: str, key: str | None, posted: Request) -> Bound | None:
    """A caller's key with what it was sent with; None without a key.

    Raises:
        Invalid: the key is no visible ASCII, or too long.
    """
    if key is None:
        return None
    check_key(key)
    return Bound(caller, key, posted)


def dismantling(entry: Entry) -> str:
    """What is done by a notice that ends this certificate."""
    return f"dismantle {entry.license_id}"


def continuing(record_id: int) -> str:
    """What is done by continuing this record."""
    return f"continue {record_id}"


def _shown(values: dict[str, str], path: str) -> str:
    return printable(values[path]) if path in values else "（无）"
