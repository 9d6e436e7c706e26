"""照面信息变更: a new version of a certificate takes the place of the one before.

The new version goes the way of every certificate, under the same number; the old one stays valid
meanwhile. In the transaction that makes the new one valid the old one becomes void and points at
it: there is no moment at which both are valid, or neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from renderer.errors import Problem
from service import checking, clock, correcting, giving_out, levels
from service.checking import Checked
from service.correcting import Correction
from service.drafting import draft
from service.errors import Conflict, Invalid, NotFound
from service.installation import Installation
from service.issuing import Issued, answer
from service.ledger import Ledger
from service.pipeline import making, records, way
from service.pipeline.steps import Kind, Stage
from service.pipeline.succession import must_be_replaceable
from service.register_rows import Reservation
from service.request import Request
from service.webhooks import outbox
from verify.register import Entry

REASON = "照面信息变更"
"""The reason where none is given: what the notices call it."""

Remember = Callable[[Ledger, Request, str], None]
"""Called with the request of the new version and what it is known by."""

MAX_REASON_CHARACTERS = 500
"""As that of a cancelling."""


@dataclass(frozen=True)
class Replacement:
    """What is to change: face, holder, persons as in a correction, and the day of issue."""

    correction: Correction
    issued_on: str | None = None
    reason: str = REASON

    def applied(self, data: Mapping[str, Any], number: str) -> Request:
        """The request that the new version is made of."""
        changed = self.correction.applied(data) | {"number": number}
        changed.pop("notify_url", None)
        asked = {} if self.issued_on is None else {"issued_on": self.issued_on}
        return Request(changed | asked)


def read(data: Mapping[str, Any]) -> Replacement:
    """A replacement as it was posted.

    Raises:
        Invalid: a member that is not known, or of another kind.
    """
    rest = {key: value for key, value in data.items() if key not in ("issued_on", "reason")}
    problems = []
    for name, label in (("issued_on", "发证日期"), ("reason", "变更原因")):
        if name in data and not isinstance(data[name], str):
            problems.append(Problem(name, label, "应为文本"))
    reason = str(data.get("reason", REASON)).strip()
    if not reason or not reason.isprintable() or len(reason) > MAX_REASON_CHARACTERS:
        message = f"不能为空，不能有不可见字符，最多 {MAX_REASON_CHARACTERS} 个字符"
        problems.append(Problem("reason", "变更原因", message))
    try:
        correction = correcting.read(rest)
    except Invalid as error:
        problems += error.problems
    if problems:
        raise Invalid("变更请求有误 (the replacement has mistakes)", problems)
    return Replacement(correction, data.get("issued_on"), reason)


def replace(
    installation: Installation,
    entry: Entry,
    wanted: Replacement,
    remember: Remember | None = None,
) -> Issued:
    """Issue the next version of a certificate in its place.

    The same replacement again continues the first, or gives its answer. `remember` is called
    within the transaction that reserves (for idempotency keys).

    Raises:
        Invalid: the changed request has mistakes, or nothing changes.
        Conflict: it is cancelled or replaced already, or is about to be.
        StepFailed, SigningFailed: a step did not pass; that is recorded, and can be continued.
    """
    old = _old(installation, entry)
    request = wanted.applied(json.loads(old.request), old.number)
    key = correcting.request_key(request, old.certificate_id)
    known = _known(installation, key)
    if known is None:
        checked = checking.check(request)
        making.seal_of(installation, checked.data["authority"])
        levels.of(installation)
        known = giving_out.tried_again(
            lambda: _reserve(installation, old, checked, wanted, key, remember)
        )
    elif remember is not None:
        giving_out.tried_again(lambda: _bind(installation, remember, request, key))
    if known.step != Stage.FINISHED:
        way.go(installation, known.record_id)
    return answer(installation, known.license_id)


def _old(installation: Installation, entry: Entry) -> Reservation:
    with installation.database.read() as connection:
        found = records.making(connection, entry.license_id)
    if found is None:
        raise NotFound("未找到该证照标识 (no such certificate)")
    return found


def _bind(installation: Installation, remember: Remember, request: Request, key: str) -> None:
    """Bind an idempotency key."""
    with installation.database.write() as connection:
        remember(Ledger(connection), request, key)


def _known(installation: Installation, key: str) -> Reservation | None:
    with installation.database.read() as connection:
        return Ledger(connection).by_request(key)


def _reserve(
    installation: Installation,
    old: Reservation,
    checked: Checked,
    wanted: Replacement,
    key: str,
    remember: Remember | None,
) -> Reservation:
    """Write the new version down, or find that it was written down before."""
    with installation.database.write() as connection:
        ledger = Ledger(connection)
        ledger.lock_certificate(old.license_id)
        if remember is not None:
            remember(ledger, checked.request, key)
        if known := ledger.by_request(key):
            return known
        must_be_replaceable(ledger, old.certificate_id)
        _must_be_alone(ledger, old)
        _must_change_something(old, checked)
        new = draft(
            installation,
            ledger,
            checked,
            old.number,
            request_sha256=key,
            replaces_id=old.certificate_id,
            platform=old.platform,
        )
        reserved = ledger.reserve(new, wanted.reason, clock.now(), Kind.REPLACE)
        outbox.inherit(connection, reserved.certificate_id, old.certificate_id, clock.now())
        return reserved


def _must_be_alone(ledger: Ledger, old: Reservation) -> None:
    """Nothing else may be under way that would void the certificate."""
    for pending, what in (
        (records.open_cancelling(ledger.connection, old.license_id), "注销"),
        (records.open_replacement(ledger.connection, old.license_id), REASON),
    ):
        if pending is not None:
            raise Conflict(
                f"该证书正在办理{what}，请先继续流程：办理记录 {pending.record_id} "
                "(another change is under way: continue that record first)"
            )


def _must_change_something(old: Reservation, checked: Checked) -> None:
    before = {**json.loads(old.request), "number": old.number}
    before.pop("notify_url", None)
    if Request(before).sha256 == checked.request.sha256:
        raise Invalid(
            "没有变更内容 (nothing changes)", [Problem("face", "照面信息", "与现有证照完全相同")]
        )
