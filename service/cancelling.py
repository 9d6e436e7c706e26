"""Cancelling (注销): a new record beside the old one; what was issued stays as it was."""

from __future__ import annotations

from datetime import datetime

from renderer.errors import Problem
from service import clock
from service.errors import Conflict, Invalid, NotFound
from service.installation import Installation
from service.issuing import Issued, answer
from service.ledger import Ledger
from service.pipeline import way
from verify import times
from verify.numbers import normal
from verify.register import Entry

MAX_REASON_CHARACTERS = 500
"""A reason is a sentence or two; it is shown to whoever verifies the certificate."""


def cancel(
    installation: Installation, entry: Entry, reason: str, effective_from: datetime | None = None
) -> Issued:
    """Cancel an issued certificate, from now on or from another moment.

    Raises:
        Invalid: no reason, or a moment before the certificate was valid.
        Conflict: it is cancelled already.
    """
    now = clock.now()
    effective = effective_from or now
    problems = _problems(entry, reason, effective)
    if problems:
        raise Invalid("注销请求有误 (the cancelling has mistakes)", problems)
    with installation.database.write() as connection:
        ledger = Ledger(connection)
        ledger.lock_certificate(entry.license_id)
        current = ledger.entry(entry.license_id) or entry
        for change in current.history:
            if change.state == "cancelled":
                since = times.iso(change.effective_from)
                raise Conflict(f"该证书已注销，自 {since} 起 (it is cancelled already)")
        record_id = ledger.apply_to_cancel(entry.license_id, reason.strip(), effective, now)
    way.go(installation, record_id)
    return answer(installation, entry.license_id)


def find(installation: Installation, number: str) -> Entry:
    """The certificate that a number (or a licence identifier) names: the newest under it.

    Raises:
        NotFound: nothing was issued under it.
    """
    register = installation.register
    found = register.by_license_id(number.strip())
    if found is None:
        entries = register.by_number(normal(number))
        found = entries[0] if entries else None
    if found is None:
        raise NotFound(f"未找到证书 “{number[:80]}” (no such certificate)")
    return found


def _problems(entry: Entry, reason: str, effective: datetime) -> list[Problem]:
    problems = []
    if not reason.strip() or not reason.isprintable():
        problems.append(Problem("reason", "注销原因", "缺少必填项，或有不可见字符"))
    elif len(reason) > MAX_REASON_CHARACTERS:
        problems.append(Problem("reason", "注销原因", f"最多 {MAX_REASON_CHARACTERS} 个字符"))
    start = entry.history[0].effective_from
    if effective < start:
        message = f"不能早于证书生效时间 {times.iso(start)}"
        problems.append(Problem("effective_from", "注销生效时间", message))
    return problems
