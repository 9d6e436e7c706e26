"""Issuing: from a request to a valid certificate, one recorded step after another.

    check → reserve the number → the platform's check → coding → press → persons → collection

This module checks the request and holds the number; `service.pipeline` takes the record on from
there. A process that dies between two steps leaves a certificate that holds its number; the same
request, posted again, goes on from the step that was recorded last, and so it does after a step
failed. Two processes that do so at once without a platform both press, and one of them finishes:
the register lets a record advance only once. With a platform the second waits for the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from renderer.errors import Problem
from service import checking, clock, giving_out, levels, numbering
from service.checking import Checked
from service.differences import differences
from service.drafting import draft
from service.errors import Conflict, Invalid, ServiceError
from service.installation import Installation
from service.ledger import Ledger
from service.pipeline import making, way
from service.pipeline.making import sheet_of
from service.pipeline.rows import remarks
from service.pipeline.steps import Stage
from service.register_rows import Reservation
from service.request import Request
from service.status_words import CertificateStatus, ProcessStatus
from service.webhooks import outbox
from service.webhooks.target import NoTarget, Target
from signing.errors import SigningError
from verify import status
from verify.register import Entry

__all__ = ["Issued", "answer", "issue", "sheet_of", "state_now"]

NEW_REASON = "新办证照"

COMMAND_LINE = "command-line"
"""Who asks where no access key does; webhooks are signed in its name."""


@dataclass(frozen=True)
class Issued:
    """The answer to a request: the certificate as the register has it now."""

    entry: Entry
    verify_url: str
    warnings: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer's public form, without the files' places."""
        state = state_now(self.entry)
        cancelled = state == CertificateStatus.CANCELLED
        done = ProcessStatus.STATUS_CHANGED if cancelled else ProcessStatus.COLLECTED
        told = {
            "number": self.entry.number,
            "license_id": self.entry.license_id,
            "status": state,
            "process": done,
            # `none`: identifier and code are our own.
            "platform": self.entry.platform,
            "pdf_sha256": self.entry.pdf_sha256,
            "ofd_sha256": self.entry.ofd_sha256,
            "verify_url": self.verify_url,
            "warnings": [vars(warning) for warning in self.warnings],
        }
        if self.entry.replaced_by is not None:
            told["replaced_by"] = self.entry.replaced_by
        return told


def issue(
    installation: Installation,
    request: Request,
    remember: Callable[[Ledger], None] | None = None,
    caller: str = COMMAND_LINE,
) -> Issued:
    """Issue the certificate that a request asks for, or give the answer it was given before.

    `remember` is called within the transaction that reserves the number (for idempotency keys).
    `caller` is the access key that asks: what goes to the request's `notify_url` is signed for it.

    Raises:
        Invalid: the request has mistakes; nothing was reserved.
        Conflict: the number is held by a certificate with other data.
        Misconfigured: the authority has no keys and seal; nothing was reserved.
        signing.errors.SigningError: its keys cannot be used; nothing was reserved.
        SigningFailed: a signature could not be made; the same request will continue.
        StepFailed: the platform did not let a step pass; likewise.
    """
    checked = checking.check(request)
    _must_be_reachable(installation, checked.data.get("notify_url"))
    try:
        # Nothing is reserved for an authority that cannot sign, or by settings that cannot be used.
        making.seal_of(installation, checked.data["authority"])
        levels.of(installation)
    except (ServiceError, SigningError):
        if not _known(installation, checked):
            raise
    reservation = giving_out.tried_again(lambda: _reserve(installation, checked, remember, caller))
    if reservation.step != Stage.FINISHED:
        way.go(installation, reservation.record_id, known=reservation)
    return answer(installation, reservation.license_id, checked.warnings)


def answer(
    installation: Installation, license_id: str, warnings: tuple[Problem, ...] = ()
) -> Issued:
    """What the register says of an issued certificate."""
    entry = installation.register.by_license_id(license_id)
    if entry is None:
        raise ServiceError("登记信息不完整 (the register has no finished record)")
    return Issued(entry, entry.code or "", (*warnings, *_remarks(installation, entry)))


def _remarks(installation: Installation, entry: Entry) -> tuple[Problem, ...]:
    """What the platform remarked on steps that passed, in its own words."""
    if entry.platform == "none":
        return ()
    with installation.database.read() as connection:
        said = remarks(connection, entry.license_id)
    return tuple(Problem(step, "全国平台", words) for step, words in said)


def state_now(entry: Entry) -> str | None:
    """The certificate's status at this moment, None before it takes effect."""
    moment = clock.now()
    return status.from_register(entry.history, moment, moment).status.state


def _known(installation: Installation, checked: Checked) -> bool:
    """Whether the request was posted before; then it is answered even if no key can be reached."""
    with installation.database.read() as connection:
        return Ledger(connection).by_request(checked.request.sha256) is not None


def _must_be_reachable(installation: Installation, notify_url: str | None) -> None:
    """Refuse a `notify_url` to which nothing will ever be sent.

    Raises:
        Invalid: it is no address, or one that notifications must not go to.
    """
    if notify_url is None:
        return
    try:
        Target.of(notify_url).require_allowed(installation.settings.webhooks.allow_private)
    except NoTarget as error:
        raise Invalid(
            "请求数据有误 (the request has mistakes)",
            [Problem("notify_url", "通知地址", str(error))],
        ) from None


def _reserve(
    installation: Installation,
    checked: Checked,
    remember: Callable[[Ledger], None] | None,
    caller: str,
) -> Reservation:
    """Hold the number, or find what an earlier process has reserved for the same request."""
    with installation.database.write() as connection:
        ledger = Ledger(connection)
        if remember:
            remember(ledger)
        reservation = ledger.by_request(checked.request.sha256) or _reserve_new(
            installation, ledger, checked
        )
        if url := checked.data.get("notify_url"):
            outbox.subscribe(connection, reservation.certificate_id, url, caller, clock.now())
        return reservation


def _reserve_new(installation: Installation, ledger: Ledger, checked: Checked) -> Reservation:
    number = checked.number or _allot(ledger, checked)
    # One that was allotted nobody ever had.
    if checked.number and (same := _make_free(ledger, f"{checked.layout.id}:{number}", checked)):
        return same
    first = 1 if checked.number is None else None  # what nobody ever had
    new = draft(
        installation, ledger, checked, number, request_sha256=checked.request.sha256, version=first
    )
    return ledger.reserve(new, NEW_REASON, clock.now())


def _allot(ledger: Ledger, checked: Checked) -> str:
    """The next number of its scope that nobody posted himself.

    Raises:
        Invalid: the scope has no serial left.
    """
    scope = numbering.scope_of(checked.layout, checked.data)
    while True:
        try:
            number = scope.number(giving_out.next_serial(ledger.connection, scope.name))
        except numbering.NotAllotted as error:
            raise Invalid(
                "无法编号 (no number can be allotted)", [Problem("number", "证书编号", str(error))]
            ) from None
        if not giving_out.number_taken(ledger.connection, number):
            return number


def _make_free(ledger: Ledger, claim: str, checked: Checked) -> Reservation | None:
    """See to it that nobody valid holds the number.

    Gives the holder where it is this very request's: another process was quicker, and its
    reservation became visible after `by_request` had looked.

    Raises:
        Conflict: somebody does, with other data; the difference is told.
    """
    holder = ledger.holder_of(claim)
    if holder is None:
        return None
    known = Request(json.loads(holder.request))
    if known.sha256 == checked.request.sha256:
        return holder
    entry = ledger.entry(holder.license_id)
    if entry and state_now(entry) == CertificateStatus.CANCELLED:
        ledger.release(claim)
        return None
    raise Conflict(
        f"证书编号 {holder.number} 已被使用，且数据不同 (the number is held, with other data)",
        differences(known.data, checked.data, checked.layout),
    )
