"""放弃办理: a record that can never be issued is given up, and its number is free again.

Only what stopped and is not valid can be given up: a certificate that is refused at its check, or
whose seal is lost. Where the platform has given it a code, the platform is told first; where it
does not take that, somebody settles it there and says so. What was signed on the way is never
served, and stands as cancelled in the status list.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from renderer.errors import Problem
from service import clock
from service import tables as t
from service.cancelling import MAX_REASON_CHARACTERS
from service.errors import Conflict, Invalid
from service.installation import Installation
from service.ledger import Ledger
from service.pipeline import way
from service.pipeline.alone import alone
from service.pipeline.journal import Attempt
from service.pipeline.steps import PASSING, Move, Outcome, Stage, Step
from service.register_rows import ISSUING, Reservation
from service.status_words import CertificateStatus, ProcessStatus
from verify import times

STOPPED_FOR_GOOD = frozenset({Outcome.REFUSED, Outcome.FAILED})
"""After these nothing goes on by itself: the platform refused, or we cannot sign."""

_WITHDRAWALS = {
    Step.WITHDRAW_PERSONS: Move(
        Step.WITHDRAW_PERSONS, Stage.ABANDONED, ProcessStatus.PERSONS_CANCEL_FAILED
    ),
    Step.WITHDRAW: Move(Step.WITHDRAW, Stage.ABANDONED, ProcessStatus.STATUS_CHANGE_FAILED),
}


@dataclass(frozen=True)
class Abandonment:
    """Why a record is given up; `settled` says that the platform holds nothing for it any more."""

    reason: str
    settled: bool = False


@dataclass(frozen=True)
class Abandoned:
    """A record that was given up, and when (aware)."""

    record: Reservation
    at: datetime
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The answer's public form."""
        return {
            "record": self.record.record_id,
            "number": self.record.number,
            "license_id": self.record.license_id,
            "status": CertificateStatus.FAILED,
            "process": self.record.process_status,
            "abandoned_at": times.iso(self.at),
            "reason": self.reason,
        }


def read(data: Mapping[str, Any]) -> Abandonment:
    """What was posted.

    Raises:
        Invalid: a member that is not known, or no reason.
    """
    reason, settled = data.get("reason"), data.get("platform_settled", False)
    problems = [
        Problem(name, "未知字段", "请删除")
        for name in sorted(set(data) - {"reason", "platform_settled"})
    ]
    if not isinstance(reason, str) or not reason.strip() or not reason.isprintable():
        problems.append(Problem("reason", "放弃原因", "缺少必填项，或有不可见字符"))
    elif len(reason) > MAX_REASON_CHARACTERS:
        problems.append(Problem("reason", "放弃原因", f"最多 {MAX_REASON_CHARACTERS} 个字符"))
    if not isinstance(settled, bool):
        problems.append(Problem("platform_settled", "平台已办妥", "应为 true 或 false"))
    if problems:
        raise Invalid("放弃请求有误 (the abandoning has mistakes)", problems)
    return Abandonment(str(reason).strip(), settled)


def abandon(installation: Installation, record_id: int, wanted: Abandonment) -> Abandoned:
    """Give up a record.

    Raises:
        NotFound: there is no such record.
        Conflict: it is finished, given up already, a cancelling, or has not failed.
        Misconfigured: the platform that coded it is not configured now; say what was settled.
        StepFailed: the platform did not take its code back; that is recorded.
    """
    record = way.read(installation, record_id)
    outside = record.platform != "none"
    home = installation.settings.home
    with alone(installation.database, home, record_id) if outside else nullcontext():
        record = way.read(installation, record_id)
        tried = _tried(installation, record_id)
        _must_be_abandonable(record, tried, wanted)
        made = [] if wanted.settled else _withdraw(installation, record, tried, wanted.reason)
        now = clock.now()
        with installation.database.write() as connection:
            settled = {"platform_settled": True} if wanted.settled else {}
            if not Ledger(connection).abandon(record, made, wanted.reason, now, **settled):
                raise Conflict("该记录正在办理中 (somebody else works on this record)")
    return Abandoned(record, now, wanted.reason)


def _tried(installation: Installation, record_id: int) -> list[tuple[str, str]]:
    """Step and outcome of every attempt, oldest first."""
    s = t.steps.c
    query = sa.select(s.step, s.outcome).where(s.record_id == record_id).order_by(s.id)
    with installation.database.read() as connection:
        return [(row.step, row.outcome) for row in connection.execute(query)]


def _must_be_abandonable(
    record: Reservation, tried: list[tuple[str, str]], wanted: Abandonment
) -> None:
    if record.kind not in ISSUING:
        raise Conflict(
            "只有新办和变更可以放弃；注销请继续流程 (only what was to be issued can be given up)"
        )
    if record.step == Stage.ABANDONED:
        raise Conflict("该记录已放弃 (it was given up already)")
    if record.step == Stage.FINISHED:
        raise Conflict("该证书已办成，不能放弃；可办理注销 (it is issued: cancel it)")
    own = [outcome for step, outcome in tried if step not in _WITHDRAWALS]
    if not own or (own[-1] not in STOPPED_FOR_GOOD and not wanted.settled):
        raise Conflict(
            f"该记录没有被拒绝，请先继续流程：办理记录 {record.record_id} "
            "(nothing refused it: continue it first)"
        )


def _withdraw(
    installation: Installation, record: Reservation, tried: list[tuple[str, str]], reason: str
) -> list[Attempt]:
    """Have the platform take its code back, if it gave one; gives the attempt not yet recorded."""
    if record.platform_code is None:
        return []
    platform = way.platform_of(installation, record.platform)
    done = {step for step, outcome in tried if outcome in PASSING}
    if record.step == Stage.PERSONS_ADDED and Step.WITHDRAW_PERSONS not in done:
        made = way.tell(
            installation,
            platform,
            record,
            _WITHDRAWALS[Step.WITHDRAW_PERSONS],
            lambda case: platform.persons(case, add=False),
        )
        with installation.database.write() as connection:
            Ledger(connection).stopped(record, made, None, began=False)
        record = way.read(installation, record.record_id)
    last = way.tell(
        installation,
        platform,
        record,
        _WITHDRAWALS[Step.WITHDRAW],
        lambda case: platform.change_status(case, reason),
        reason=reason,
    )
    return [last]
