"""Taking a batch in: all its rows, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from renderer.errors import Problem
from service import clock, giving_out, idempotency
from service.access import Caller
from service.batches import intake, store
from service.batches.intake import Row
from service.batches.store import Batch
from service.errors import Conflict, Invalid
from service.installation import Installation
from service.ledger import Ledger


def post(installation: Installation, caller: Caller, body: bytes, key: str | None) -> Batch:
    """Write a batch down, or find the one that was posted before with the same key and body.

    Raises:
        TooLarge, Invalid: it has too much or nothing in it, or the key is none.
        Conflict: the key belongs to another request.
    """
    if key is not None and not idempotency.PATTERN.fullmatch(key):
        problem = Problem(idempotency.HEADER, "幂等键", "应为1至255个可见ASCII字符")
        raise Invalid("幂等键有误 (bad idempotency key)", [problem])
    rows, sha256 = intake.rows(body), intake.digest(body)
    return giving_out.tried_again(lambda: _post(installation, caller, rows, sha256, key))


def _post(
    installation: Installation, caller: Caller, rows: Sequence[Row], sha256: str, key: str | None
) -> Batch:
    with installation.database.write() as connection:
        known = _known(Ledger(connection), caller, sha256, key)
        if known is not None:
            return known
        batch_id = store.add(connection, caller, sha256, key, rows, clock.now())
        found = store.find(connection, batch_id)
    if found is None:
        raise LookupError(f"no batch {batch_id}")
    return found


def _known(ledger: Ledger, caller: Caller, sha256: str, key: str | None) -> Batch | None:
    """The batch that a key is bound to; binds it where it was free."""
    if key is None:
        return None
    asked = hashlib.sha256(f"batch {sha256}".encode()).hexdigest()
    bound = giving_out.remembered_request(ledger.connection, caller.name, key)
    if bound is None:
        giving_out.remember_request(ledger.connection, caller.name, key, asked, clock.now())
        return None
    if bound != asked:
        problem = Problem("body", "批量请求", f"与首次不同，本次 SHA-256 为 {sha256}")
        raise Conflict(idempotency.USED, [problem])
    return store.newest(ledger.connection, caller.name, sha256, key)
