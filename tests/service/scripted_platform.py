"""A platform that does what a test tells it, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.platform.answers import Answer, Outcome
from service.platform.port import Case, Coded, PlatformGarbled, PlatformUnreachable

ACCEPTED = Answer(Outcome.ACCEPTED, (), '{"ReturnCode":"1"}')
LOST = PlatformUnreachable("the connection broke off", retryable=True, may_have_acted=True)
DOWN = PlatformUnreachable("no route", retryable=True, may_have_acted=False)
RUBBISH = PlatformGarbled("no answer of its shape", "<html>\0</html>")
TOO_FAST = Answer(Outcome.WAIT, ("操作太快，请稍后再试",), '{"ReturnCode":"0"}', 60)


def refused(words: str) -> Answer:
    """A refusal in the platform's words."""
    return Answer(Outcome.REFUSED, (words,), f'{{"ReturnCode":"0","ReturnMsg":"{words}"}}')


class ScriptedPlatform:
    """`script` gives, by step, what the next calls meet; then everything passes."""

    name = "national"

    def __init__(self) -> None:
        self.script: dict[str, list[Answer | Exception]] = {}
        self.calls: list[tuple[str, Case]] = []
        self.collected: list[tuple[str, str]] = []
        self.reasons: list[str] = []

    @property
    def asked(self) -> list[str]:
        """The steps in the order in which they were asked for."""
        return [step for step, _ in self.calls]

    def _meet(self, step: str, case: Case) -> Answer:
        self.calls.append((step, case))
        waiting = self.script.get(step, [])
        met = waiting.pop(0) if waiting else ACCEPTED
        if isinstance(met, Exception):
            raise met
        return met

    def check(self, case: Case) -> Answer:
        return self._meet("check", case)

    def code(self, case: Case) -> Coded:
        answer = self._meet("coding", case)
        if not answer.passed:
            return Coded(answer)
        number = self.asked.count("coding")
        return Coded(answer, f"E-{case.license_id}", f"C{number}", f"PLATFORM-{case.license_id}")

    def persons(self, case: Case, add: bool) -> Answer:
        return self._meet("persons" if add else "persons_cancel", case)

    def collect(self, case: Case, code_id: str, preview_url: str) -> Answer:
        self.collected.append((code_id, preview_url))
        return self._meet("collection", case)

    def change_status(self, case: Case, reason: str) -> Answer:
        self.reasons.append(reason)
        return self._meet("status_change", case)

    def correct(self, case: Case, changed: Mapping[str, str]) -> Answer:
        return self._meet("correct", case)


def rows(installation: Any) -> list[Any]:
    """Every row of `steps`, in order."""
    import sqlalchemy as sa

    from service import tables as t

    with installation.database.read() as connection:
        return list(connection.execute(sa.select(t.steps).order_by(t.steps.c.id)))


def issue_in_vain(installation: Any, request: Any) -> int:
    """Issue what stops at a step; gives the record."""
    import pytest

    from service.errors import StepFailed
    from service.issuing import issue

    with pytest.raises(StepFailed) as stopped:
        issue(installation, request)
    return int(stopped.value.members["record"])
