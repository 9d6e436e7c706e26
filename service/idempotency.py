"""`Idempotency-Key`: the same key and request give the same answer; another request is refused.

A key is bound to its caller and to the first request for a certificate, or for a cancelling, that
was taken with it: in the very transaction that takes it, and for ever. A request that was refused
binds nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from renderer.errors import Problem
from renderer.layout import load
from service import clock, giving_out
from service.differences import differences
from service.errors import Conflict, Invalid
from service.ledger import Ledger
from service.register_rows import Reservation
from service.request import Request
from service.schema_check import printable
from verify import times

HEADER = "Idempotency-Key"
PATTERN = re.compile(r"[\x21-\x7e]{1,255}")
"""What an idempotency key may look like: visible ASCII."""


USED = "此幂等键已用于另一请求 (the idempotency key belongs to another request)"


GIVEN_UP = (
    "此幂等键的申请已放弃；如需重新办理，请换用新的幂等键 "
    "(what was asked for with this key was given up: begin anew with another)"
)


def binding(caller: str, key: str | None, posted: Request) -> Callable[[Ledger], None] | None:
    """What binds a caller's key to a request for a certificate; None without a key.

    What it gives, called within the transaction that reserves, raises `Conflict` where the key is
    bound to another request; the difference is told.

    Raises:
        Invalid: the key is no visible ASCII, or too long.
    """
    if key is None:
        return None
    check_key(key)

    def bind(ledger: Ledger) -> None:
        repeated = giving_out.remembered_request(ledger.connection, caller, key) is not None
        known = _bound_to(ledger, caller, key, posted.sha256)
        if known != posted.sha256:
            raise refusal(ledger.by_request(known), posted)
        if repeated and ledger.by_request(known) is None:
            raise Conflict(GIVEN_UP)

    return bind


def binding_of_cancelling(
    caller: str, key: str | None, license_id: str, posted: Request
) -> Callable[[Ledger], bool] | None:
    """The same for a cancelling: what it gives says whether this very one was asked for before.

    Raises:
        Invalid: the key is no visible ASCII, or too long.
    """
    if key is None:
        return None
    check_key(key)
    asked = f"cancel {license_id} ".encode() + posted.canonical
    sha256 = hashlib.sha256(asked).hexdigest()

    def bind(ledger: Ledger) -> bool:
        repeated = giving_out.remembered_request(ledger.connection, caller, key) is not None
        known = _bound_to(ledger, caller, key, sha256)
        if known != sha256:
            raise _refusal_of_cancelling(ledger, license_id, posted)
        return repeated

    return bind


def check_key(key: str) -> None:
    """Let pass what may be a key.

    Raises:
        Invalid: it is no visible ASCII, or too long.
    """
    if not PATTERN.fullmatch(key):
        problem = Problem(HEADER, "幂等键", "应为1至255个可见ASCII字符")
        raise Invalid("幂等键有误 (bad idempotency key)", [problem])


def _bound_to(ledger: Ledger, caller: str, key: str, sha256: str) -> str:
    """The digest that a key is bound to, this one if it was free."""
    known = giving_out.remembered_request(ledger.connection, caller, key)
    if known is None:
        giving_out.remember_request(ledger.connection, caller, key, sha256, clock.now())
    return known or sha256


def refusal(first: Reservation | None, posted: Request) -> Conflict:
    """What is said of a key that was used for another request."""
    if first is None:
        return Conflict(USED)
    return Conflict(
        f"此幂等键已用于办理 {first.number}，且数据不同 "
        "(the idempotency key belongs to another request, with other data)",
        _differences(first, posted),
    )


def _differences(first: Reservation, posted: Request) -> Sequence[Problem]:
    known = json.loads(first.request)
    layout = load(known["type"], first.layout_version)
    return differences(known, posted.data, layout, besides=("notify_url",))


def _refusal_of_cancelling(ledger: Ledger, license_id: str, posted: Request) -> Conflict:
    """What is said of a key that was used for something else than this cancelling."""
    entry = ledger.entry(license_id)
    change = entry.history[-1] if entry else None
    if change is None or change.state != "cancelled":
        return Conflict(USED)
    known = {"reason": change.reason, "effective_from": times.iso(change.effective_from)}
    return Conflict(USED, _differences_of_cancellings(known, posted.data))


def _differences_of_cancellings(
    known: Mapping[str, str], posted: Mapping[str, Any]
) -> list[Problem]:
    """How a cancelling that was made differs from one that is asked for."""
    asked = {"reason": str(posted["reason"]).strip()}
    if posted.get("effective_from"):
        asked["effective_from"] = times.iso(times.parse(posted["effective_from"]))
    labels = {"reason": "注销原因", "effective_from": "注销生效时间"}
    return [
        Problem(name, labels[name], f"已登记为“{known[name]}”，本次为“{printable(value)}”")
        for name, value in asked.items()
        if value != known[name]
    ]
