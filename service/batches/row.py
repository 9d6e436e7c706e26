"""Doing one row: a certificate is issued or cancelled, as if the row had been posted by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError

from renderer.errors import Problem
from service import clock, finding, giving_out, report, request, turns
from service.access import Caller
from service.batches.store import Batch, Ended, Later, State, Waiting
from service.cancelling import cancel
from service.errors import Invalid, NotFound, ServiceError, SigningFailed, StepFailed
from service.installation import Installation
from service.issuing import COMMAND_LINE, issue
from service.ledger import Ledger
from service.pipeline.steps import Outcome
from service.work import jobs
from verify.numbers import normal
from verify.register import Entry

MAX_TRIES = 8
"""A row that stops each time without being refused is given half an hour; its record goes on."""

CANCEL_FIELDS = {
    "action": "操作",
    "number": "证书编号",
    "license_id": "电子证照标识",
    "reason": "注销原因",
    "effective_from": "注销生效时间",
}
"""The members of a row that cancels, with their labels."""


def do(installation: Installation, batch: Batch, row: Waiting) -> Ended | Later:
    """Do a row; whatever it meets is its outcome, and stops no other row.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the register cannot be reached.
    """
    try:
        with turns.behind():
            return _done(installation, batch, row)
    except Exception as error:  # each row has its own answer
        if isinstance(error, SQLAlchemyError) and not _of_the_row(error):
            raise
        known = report.as_service_error(error)
        told = {"problem": report.document(known)}
        return _later(row, known, told) or Ended(row, State.FAILED, told)


def _of_the_row(error: SQLAlchemyError) -> bool:
    """Whether a value of the row was refused: that would end alike for ever, and hold up others."""
    unsent = isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    return unsent or isinstance(error, DataError)


def _later(row: Waiting, error: ServiceError, told: Mapping[str, Any]) -> Later | None:
    """When a row is tried again, None where that would end alike or was done often enough."""
    outcome = error.members.get("outcome")
    if not isinstance(error, SigningFailed | StepFailed) or outcome == Outcome.REFUSED:
        return None
    tries = row.tries if outcome == Outcome.WAIT else row.tries + 1
    if tries >= MAX_TRIES:
        return None
    pause = max(jobs.delay(tries), timedelta(seconds=error.retry_after_s or 0))
    return Later(row, clock.now() + pause, tries, told)


def _done(installation: Installation, batch: Batch, row: Waiting) -> Ended:
    posted = request.read(row.body)
    action = posted.data.get("action")
    if action == "cancel":
        entry, reason, moment = _cancelling(installation, batch.caller, posted.data)
        repeated = _repeated(batch, row)
        answer = cancel(installation, entry, reason, moment, repeated).as_json()
        return Ended(row, State.CANCELLED, answer)
    if "action" in posted.data:
        problem = Problem("action", CANCEL_FIELDS["action"], "只能是 cancel；新办的行不带 action")
        raise Invalid("该行有误 (the row has mistakes)", [problem])
    authority = posted.data.get("authority")
    named = authority if isinstance(authority, dict) else {}
    batch.caller.may_act_for(named.get("code"), named.get("division"))
    issued = issue(installation, posted, caller=batch.caller.name or COMMAND_LINE)
    return Ended(row, State.ISSUED, issued.as_json())


def _repeated(batch: Batch, row: Waiting) -> Callable[[Ledger], bool]:
    """Whether this very row cancelled before: here, or in a batch with the same body.

    The key has a space in it, so it is none that a caller could have sent.
    """
    key = f"batch {batch.body_sha256} {row.line}"

    def remembered(ledger: Ledger) -> bool:
        before = giving_out.remembered_request(ledger.connection, batch.caller.name, key)
        if before is None:
            now = clock.now()
            giving_out.remember_request(
                ledger.connection, batch.caller.name, key, batch.body_sha256, now
            )
        return before is not None

    return remembered


def _cancelling(
    installation: Installation, caller: Caller, data: Mapping[str, Any]
) -> tuple[Entry, str, datetime | None]:
    """Certificate, reason and moment of a row that cancels."""
    problems = [
        Problem(name, "未知字段", "请删除") for name in sorted(set(data) - set(CANCEL_FIELDS))
    ]
    for name in sorted(set(data) & set(CANCEL_FIELDS) - {"action"}):
        if not isinstance(data[name], str):
            problems.append(Problem(name, CANCEL_FIELDS[name], "应为文本"))
    if len({"number", "license_id"} & set(data)) != 1:
        problems.append(Problem("number", CANCEL_FIELDS["number"], "应有证书编号或标识之一"))
    if "reason" not in data:
        problems.append(Problem("reason", CANCEL_FIELDS["reason"], "缺少必填项"))
    if problems:
        raise Invalid("注销请求有误 (the cancelling has mistakes)", problems)
    entry = _certificate(installation, caller, data)
    text = data.get("effective_from")
    label = CANCEL_FIELDS["effective_from"]
    moment = clock.parse_moment(text, "effective_from", label) if text else None
    return entry, data["reason"], moment


def _certificate(installation: Installation, caller: Caller, data: Mapping[str, Any]) -> Entry:
    """The caller's certificate that a row names: under a number the newest."""
    if "license_id" in data:
        return finding.certificate(installation, caller, data["license_id"])
    number = normal(data["number"])
    # PostgreSQL refuses to be asked for a NUL
    for entry in () if "\0" in number else installation.register.by_number(number):
        if caller.sees(entry.dataset):
            return entry
    raise NotFound("未找到该编号的证书，或尚未办成 (no such certificate, or not issued yet)")
