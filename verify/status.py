"""The status of a certificate at a moment, from the register or from a signed status list.

A change has two times: `effective_from`, the moment from which it holds, and `known_since`, the
moment at which it was recorded. What is asked is what held, as far as is known today; both times
are in the answer, so that nobody is blamed for not having known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from signing.errors import MalformedStatusList
from signing.status_list import Freshness, StatusList
from verify.check import Check, CheckState
from verify.fault import said
from verify.register import StatusChange
from verify.times import chinese, shown
from verify.verdict import NO_STATUS, ListUsed, Status

CHECK = "status"
"""The check's name: passed when valid, failed when cancelled or not yet in effect."""


@dataclass(frozen=True)
class Found:
    """A status with the check that says where it comes from, and the change behind it."""

    status: Status
    check: Check
    change: StatusChange | None = None


def unasked(chinese: str, english: str) -> Found:
    """No status, because of a reason."""
    return Found(NO_STATUS, Check(CHECK, CheckState.NOT_CHECKED, said(chinese, english)))


def not_yet(at: datetime) -> Found:
    """The answer for a moment before the certificate came into effect."""
    reason = said("证书在所问时间尚未生效", "not yet in effect at the moment asked about")
    return Found(Status(None, as_of=at), Check(CHECK, CheckState.FAILED, reason))


def from_register(history: Sequence[StatusChange], at: datetime, now: datetime) -> Found:
    """What held at `at` by a history whose oldest record comes first.

    Of the changes in effect by then the one recorded last decides: it may correct an earlier one.
    A moment after `now` has no answer yet, since a cancelling may still be recorded.
    """
    if at > now:
        return unasked("不能回答将来的状态", "the status of a future moment is not known yet")
    in_effect = [change for change in history if change.effective_from <= at]
    if not in_effect:
        return not_yet(at)
    change = in_effect[-1]
    status = Status(change.state, change.effective_from, change.known_since, as_of=at)
    since, english = chinese(change.effective_from), shown(change.effective_from)
    if change.state == "cancelled":
        reason = said(f"登记库显示已自{since}起注销", f"the register says cancelled from {english}")
        return Found(status, Check(CHECK, CheckState.FAILED, reason), change)
    reason = said(f"登记库显示自{since}起有效", f"the register says valid from {english}")
    return Found(status, Check(CHECK, CheckState.PASSED, reason), change)


def from_list(listed: StatusList, index: int, at: datetime, now: datetime) -> Found:
    """What a status list says of the certificate at a place in it; its age is in the answer.

    Cancelling is for ever. So a certificate that is not cancelled when the list is signed was not
    cancelled before; one that is may have been valid at an earlier moment, which the list cannot
    tell. The state is said for the list's time where that lies before `at`.
    """
    found = _unusable(listed, at, now) or _of_place(listed, index, at, now)
    return replace(found, status=replace(found.status, listed=used(listed, now)))


def used(listed: StatusList, now: datetime) -> ListUsed:
    """What an answer tells of the list that it rests on."""
    return ListUsed(
        uri=listed.uri,
        authority=listed.authority,
        sequence=listed.sequence,
        issued_at=listed.issued_at,
        next_update=listed.next_update,
        expires_at=listed.expires_at,
        age_seconds=int((now - listed.issued_at).total_seconds()),
        freshness=listed.freshness(now).value,
    )


def _of_place(listed: StatusList, index: int, at: datetime, now: datetime) -> Found:
    try:
        cancelled = listed.get(index)
    except MalformedStatusList:
        return unasked("状态列表中没有此证书的位置", "the status list has no place for it")
    issued_at = listed.issued_at
    by = (
        f"{chinese(issued_at)}签发的状态列表",
        f"the status list of {shown(issued_at)}",
    )
    age = _age(listed, now)
    if not cancelled:
        reason = said(f"{by[0]}显示未注销，{age[0]}", f"not cancelled by {by[1]}, {age[1]}")
        status = Status("valid", as_of=min(at, issued_at))
        return Found(status, Check(CHECK, CheckState.PASSED, reason))
    if at < issued_at:
        return unasked(
            f"{by[0]}显示已注销，但不含注销时间，无法说明当时的状态",
            f"cancelled by {by[1]}, which does not say since when",
        )
    reason = said(f"{by[0]}显示已注销，{age[0]}", f"cancelled by {by[1]}, {age[1]}")
    status = Status("cancelled", as_of=issued_at)
    return Found(status, Check(CHECK, CheckState.FAILED, reason))


def _age(listed: StatusList, now: datetime) -> tuple[str, str]:
    """How old a list is and what that means, in Chinese and English."""
    age = max(now - listed.issued_at, timedelta())
    for unit, (chinese_unit, english_unit) in _UNITS:
        count = age // unit
        if count:
            old = (
                f"列表已签发{count}{chinese_unit}",
                f"{count} {english_unit}{'s'[: count > 1]} old",
            )
            break
    else:
        old = "列表刚刚签发", "just signed"
    if listed.freshness(now) is Freshness.AGEING:
        return f"{old[0]}，其后的注销不在其中", f"{old[1]}: later cancellations are not in it"
    return old


_UNITS = (
    (timedelta(days=1), ("天", "day")),
    (timedelta(hours=1), ("小时", "hour")),
    (timedelta(minutes=1), ("分钟", "minute")),
)


def _unusable(listed: StatusList, at: datetime, now: datetime) -> Found | None:
    """Why a list says nothing of that moment, if so."""
    signed, signed_english = chinese(listed.issued_at), shown(listed.issued_at)
    if at > now:
        return unasked("不能回答将来的状态", "the status of a future moment is not known yet")
    match listed.freshness(now):
        case Freshness.NOT_YET:
            return unasked(
                f"状态列表签于{signed}，晚于本机时间，请校准时钟",
                f"the status list of {signed_english} is from the future: check the clock",
            )
        case Freshness.TOO_OLD:
            age = _age(listed, now)
            return unasked(
                f"状态列表签于{signed}，{age[0]}，已过旧，不能说明现状",
                f"the status list of {signed_english} is too old to tell: {age[1]}",
            )
    return None
