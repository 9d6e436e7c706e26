"""How a step that did not pass is told: which record, whose words, what to do. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.errors import RETRY_SOON_S, StepFailed
from service.pipeline.journal import Attempt
from service.pipeline.steps import Move, Outcome
from service.register_rows import Reservation
from service.status_words import CHINESE, CertificateStatus

STATUSES: Mapping[Outcome, int] = {
    Outcome.REFUSED: 422,
    Outcome.WAIT: 503,
    Outcome.UNREACHABLE: 503,
    Outcome.UNKNOWN: 503,
    Outcome.GARBLED: 502,
}
"""What the HTTP interface answers with."""


class Stopped(Exception):
    """A step did not pass; `retry_after_s` is when it is worth trying again, None if unknown."""

    def __init__(self, attempt: Attempt, retry_after_s: int | None = None) -> None:
        self.attempt = attempt
        self.retry_after_s = retry_after_s
        super().__init__(attempt.outcome)


def standing(record: Reservation) -> dict[str, Any]:
    """Which record it is, and how it is continued."""
    return {
        "record": record.record_id,
        "number": record.number,
        "license_id": record.license_id,
        "continue": f"/api/v1/records/{record.record_id}/continue",
    }


def failure(record: Reservation, move: Move, stopped: Stopped) -> StepFailed:
    """The error that tells a caller where the record stands and why."""
    attempt = stopped.attempt
    waiting = attempt.outcome is Outcome.WAIT
    process = record.process_status if waiting else move.failure
    said = "；".join(attempt.words) or attempt.answer[:200]
    title = "全国平台要求稍后再试" if waiting or move.failure is None else CHINESE[move.failure]
    members = standing(record) | {
        "process": process,
        "certificate_status": CertificateStatus.FAILED if process else None,
        "step": attempt.step.value,
        "outcome": attempt.outcome.value,
        "words": list(attempt.words),
        "advice": attempt.advice,
    }
    retry = stopped.retry_after_s
    if retry is None and attempt.outcome is not Outcome.REFUSED:
        retry = RETRY_SOON_S
    detail = (
        f"{title} ({attempt.step} {attempt.outcome})：{said}。{attempt.advice}"
        f"办理记录 (record) {record.record_id}"
    )
    return StepFailed(detail, members, STATUSES[attempt.outcome], retry)
