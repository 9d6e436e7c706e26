"""Cancelling (注销): a new record beside the old one; what was issued stays as it was.

    apply → persons_cancel → status_change → cancelled

The certificate stays valid until the last step passed; then it is cancelled from the moment that
was asked for, which may lie before that. A cancelling that stopped is continued like an issuing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from renderer.errors import Problem
from service import clock, giving_out
from service.errors import Conflict, Invalid, NotFound
from service.installation import Installation
from service.issuing import Issued, answer
from service.ledger import Ledger
from service.pipeline import records, way
from service.pipeline.steps import ENDED
from verify import times
from verify.numbers import normal
from verify.register import Entry

MAX_REASON_CHARACTERS = 500
"""A reason is a sentence or two; it is shown to whoever verifies the certificate."""


def cancel(
    installation: Installation,
    entry: Entry,
    reason: str,
    effective_from: datetime | None = None,
    repeated: Callable[[Ledger], bool] | None = None,
) -> Issued:
    """Cancel an issued certificate, from now on or from an earlier moment.

    The same application again, while the first is not finished, continues that. `repeated` is
    called within the transaction that applies (for idempotency keys); where it says that this very
    application was taken before, that is answered again, finished or not.

    Raises:
        Invalid: no reason, or a moment that is yet to come or before the certificate was valid.
        Conflict: it is cancelled or replaced already, or somebody is about to.
        StepFailed: the platform did not let a step pass; that is recorded, and can be continued.
    """
    now = clock.now()
    problems = _problems(entry, reason, effective_from or now, now)
    if problems:
        raise Invalid("注销请求有误 (the cancelling has mistakes)", problems)

    def begin() -> int | None:
        with installation.database.write() as connection:
            ledger = Ledger(connection)
            ledger.lock_certificate(entry.license_id)
            if repeated is None or not repeated(ledger):
                return _apply(ledger, entry, reason.strip(), effective_from, now)
            pending = records.open_cancelling(connection, entry.license_id)
            return None if pending is None else pending.record_id

    record_id = giving_out.tried_again(begin)
    if record_id is not None:
        way.go(installation, record_id)
    return answer(installation, entry.license_id)


def _apply(
    ledger: Ledger, entry: Entry, reason: str, effective_from: datetime | None, now: datetime
) -> int:
    """The record of the application, a new one unless it was made before and is not finished."""
    _must_be_valid(ledger.entry(entry.license_id) or entry)
    _must_not_be_replaced(ledger, entry)
    known = _applied_before(ledger, entry, reason, effective_from)
    if known is not None:
        return known
    return ledger.apply_to_cancel(entry.license_id, reason, effective_from or now, now)


def find(installation: Installation, number: str) -> Entry:
    """The certificate that a number (or a licence identifier) names: the newest under it.

    Raises:
        NotFound: nothing was issued under it.
        Conflict: it is on its way, and not issued yet.
    """
    register = installation.register
    found = register.by_license_id(number.strip())
    if found is None:
        entries = register.by_number(normal(number))
        found = entries[0] if entries else None
    if found is None:
        must_not_be_under_way(installation, number)
        raise NotFound(
            f"未找到证书 “{number[:80]}”；若为纸质证书，请在原发证系统办理 "
            "(no such certificate; a paper one is cancelled where it was issued)"
        )
    return found


def must_not_be_under_way(installation: Installation, subject: str) -> None:
    """Say of a certificate that is not in the register why: its issuing has not ended.

    Raises:
        Conflict: there is a record of it that can be continued.
    """
    with installation.database.read() as connection:
        found = records.of_subject(connection, subject)
    waiting = [record_id for record_id, step in found if step not in ENDED]
    if waiting:
        raise Conflict(
            f"该证书尚未办成，请先继续流程：办理记录 {waiting[-1]} "
            "(not issued yet: continue its record first)"
        )


def _must_be_valid(current: Entry) -> None:
    for change in current.history:
        if change.state == "cancelled":
            since = times.iso(change.effective_from)
            by = f"，由 {current.replaced_by} 取代" if current.replaced_by else ""
            raise Conflict(f"该证书已注销，自 {since} 起{by} (it is cancelled already)")


def _must_not_be_replaced(ledger: Ledger, entry: Entry) -> None:
    """A replacement that has its code will void this one itself; one without can still be left."""
    pending = records.coded_replacement(ledger.connection, entry.license_id)
    if pending is not None:
        raise Conflict(
            f"照面信息变更办理中，请先继续流程：办理记录 {pending} "
            "(a replacement has its code already: continue that record first)"
        )


def _applied_before(
    ledger: Ledger, entry: Entry, reason: str, effective_from: datetime | None
) -> int | None:
    """The record of the same application that is not finished.

    Raises:
        Conflict: there is one with another reason or moment.
    """
    pending = records.open_cancelling(ledger.connection, entry.license_id)
    if pending is None:
        return None
    same_moment = effective_from in (None, pending.effective_asked)
    if pending.reason != reason or not same_moment:
        raise Conflict(
            f"该证书正在注销，请继续流程：办理记录 {pending.record_id}，注销原因“{pending.reason}” "
            "(it is being cancelled with other words: continue that record)"
        )
    return pending.record_id


def _problems(entry: Entry, reason: str, effective: datetime, now: datetime) -> list[Problem]:
    problems = []
    if not reason.strip() or not reason.isprintable():
        problems.append(Problem("reason", "注销原因", "缺少必填项，或有不可见字符"))
    elif len(reason) > MAX_REASON_CHARACTERS:
        problems.append(Problem("reason", "注销原因", f"最多 {MAX_REASON_CHARACTERS} 个字符"))
    start, label = entry.history[0].effective_from, "注销生效时间"
    if effective < start:
        message = f"不能早于证书生效时间 {times.iso(start)}"
        problems.append(Problem("effective_from", label, message))
    if effective > now:
        message = f"不能晚于现在 {times.iso(now)}"
        problems.append(Problem("effective_from", label, message))
    return problems
