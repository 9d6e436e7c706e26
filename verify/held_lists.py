"""The status lists at hand offline, and which of them answers for a certificate.

All lists share one space of places; the list of an authority says of each place whether it speaks
of it. So it is told from the lists alone which of them knows a certificate, also for a code, which
does not name its authority. A list that is one authority's never answers for another's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signing.errors import MalformedStatusList
from signing.status_list import Freshness, StatusList
from verify.check import Check, CheckState
from verify.fault import said
from verify.status import CHECK, Found, from_list, unasked
from verify.verdict import NO_STATUS

_USABLE = frozenset({Freshness.FRESH, Freshness.AGEING})


@dataclass(frozen=True)
class Held:
    """Lists whose signatures were checked, and why others that lay beside them were refused.

    A reason is in both languages, as `verify.fault.said` puts them together.
    """

    lists: tuple[StatusList, ...] = ()
    refused: tuple[str, ...] = ()


NOTHING = Held()


def held(lists: StatusList | Held | None) -> Held:
    """What is at hand: one list, several, or none."""
    if isinstance(lists, Held):
        return lists
    return Held((lists,)) if lists is not None else NOTHING


def status_of(
    at_hand: Held, index: int, authority: str | None, at: datetime, now: datetime
) -> Found:
    """The status of the certificate at a place; `authority` is its USCC, None where unknown.

    Of the lists that speak of it one that says `cancelled` decides, since cancelling is for ever,
    else the newest; what cannot be used now decides only where there is nothing else.
    """
    speaking = [one for one in at_hand.lists if _speaks(one, index, authority)]
    if not speaking:
        return _nothing_said(at_hand)
    best = max(
        speaking, key=lambda one: (one.freshness(now) in _USABLE, one.get(index), one.issued_at)
    )
    return from_list(best, index, at, now)


def _speaks(listed: StatusList, index: int, authority: str | None) -> bool:
    if None not in (listed.authority, authority) and listed.authority != authority:
        return False
    try:
        listed.get(index)
    except MalformedStatusList:
        return False
    return True


def _nothing_said(at_hand: Held) -> Found:
    """No status, and why."""
    if at_hand.refused:
        return Found(NO_STATUS, Check(CHECK, CheckState.NOT_CHECKED, at_hand.refused[0]))
    if not at_hand.lists:
        return unasked("未联网，也没有状态列表", "offline, and no status list at hand")
    if all(listed.authority is None for listed in at_hand.lists):
        return unasked("状态列表中没有此证书的位置", "the status list has no place for it")
    return unasked(
        "手头的状态列表不含此证书：它由其他机关签发，或签发于列表之后",
        "the status lists at hand do not speak of it: it is another authority's, or newer",
    )


def refusal(name: str, chinese: str, english: str) -> str:
    """Why a list was refused; `name` is its file's."""
    return said(f"状态列表 {name} 不予采用：{chinese}", f"{name} is not used: {english}")
