"""`Idempotency-Key`: the same key and request give the same answer; another request is refused.

A key is bound to its caller and to the first request that reserved a number with it, in the very
transaction that reserves, and for ever. A request that was refused binds nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from renderer.errors import Problem
from renderer.layout import load
from service import clock
from service.differences import differences
from service.errors import Conflict, Invalid
from service.ledger import Ledger
from service.register_rows import Reservation
from service.request import Request

HEADER = "Idempotency-Key"
PATTERN = re.compile(r"[\x21-\x7e]{1,255}")
"""What an idempotency key may look like: visible ASCII."""


def binding(caller: str, key: str | None, posted: Request) -> Callable[[Ledger], None] | None:
    """What binds a caller's key to a request within a transaction; None without a key.

    What it gives raises `Conflict` where the key is bound to another request; the difference is
    told.

    Raises:
        Invalid: the key is no visible ASCII, or too long.
    """
    if key is None:
        return None
    if not PATTERN.fullmatch(key):
        problem = Problem(HEADER, "幂等键", "应为1至255个可见ASCII字符")
        raise Invalid("幂等键有误 (bad idempotency key)", [problem])

    def bind(ledger: Ledger) -> None:
        known = ledger.remembered_request(caller, key)
        if known is None:
            ledger.remember_request(caller, key, posted.sha256, clock.now())
        elif known != posted.sha256:
            raise _refusal(ledger.by_request(known), posted)

    return bind


def _refusal(first: Reservation | None, posted: Request) -> Conflict:
    """What is said of a key that was used for another request."""
    said = "此幂等键已用于另一请求 (the idempotency key belongs to another request)"
    if first is None:
        return Conflict(said)
    return Conflict(
        f"此幂等键已用于办理 {first.number}，且数据不同 "
        "(the idempotency key belongs to another request, with other data)",
        _differences(first, posted),
    )


def _differences(first: Reservation, posted: Request) -> Sequence[Problem]:
    known = json.loads(first.request)
    layout = load(known["type"], first.layout_version)
    return differences(known, posted.data, layout, besides=("notify_url",))
