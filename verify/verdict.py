"""The verdict: the one answer that verifying gives, whatever was asked about.

Five words. `valid` is the only one that somebody profits from getting wrongly, so it is guarded
here, in one place, whichever way a verdict comes about: see `Verdict.__post_init__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from verify.check import Check, CheckState
from verify.errors import Unproven
from verify.times import iso


class Word(StrEnum):
    """The five verdicts (核验结论)."""

    VALID = "valid"
    """Genuine, and valid at the moment asked about."""

    CANCELLED = "cancelled"
    """Genuine, and cancelled (注销) at the moment asked about."""

    ALTERED = "altered"
    """Claims to be ours, and something that must agree does not."""

    UNKNOWN = "unknown"
    """Not issued here, or not enough could be checked to say more."""

    UNREADABLE = "unreadable"
    """Cannot be read as a file, code or number of any kind that is understood."""


_EXIT_CODES: Final[Mapping[Word, int]] = {
    Word.VALID: 0,
    Word.ALTERED: 1,
    Word.CANCELLED: 2,
    Word.UNKNOWN: 3,
    Word.UNREADABLE: 4,
}


@dataclass(frozen=True)
class Altered:
    """One value that differs from what was signed; `label` is the one printed on the page."""

    field: str
    label: str
    signed: str
    found: str


@dataclass(frozen=True)
class ListUsed:
    """The status list that a status was read from, and how old it was then; times are aware.

    `authority` is the USCC of the one authority it speaks of, None where it speaks of all.
    `freshness` is a word of `signing.status_list.Freshness`.
    """

    uri: str
    authority: str | None
    sequence: int
    issued_at: datetime
    next_update: datetime
    expires_at: datetime
    age_seconds: int
    freshness: str

    def as_json(self) -> dict[str, Any]:
        """The public form."""
        times = {
            name: iso(value) for name, value in vars(self).items() if isinstance(value, datetime)
        }
        return vars(self) | times


@dataclass(frozen=True)
class Status:
    """The certificate's status at the moment asked about; every time is aware.

    `state` is None where it could not be found out. `effective_from` is the moment from which it
    holds, `known_since` the moment at which it was recorded, `as_of` the moment up to which the
    source speaks: now for the register, its issuing for a status list, which is then `listed`.
    """

    state: Literal["valid", "cancelled"] | None
    effective_from: datetime | None = None
    known_since: datetime | None = None
    as_of: datetime | None = None
    listed: ListUsed | None = None


NO_STATUS: Final = Status(state=None)


@dataclass(frozen=True)
class Verdict:
    """What is true of a file, a code or a number, with every check that led to it.

    `reason` is a sentence, Chinese first, English second. `certificate` is what may be shown of
    the certificate (see `verify.presentation`, which gives what JSON has), None where nothing
    genuine was found.
    """

    verdict: Word
    reason: str
    certificate: Mapping[str, Any] | None = None
    status: Status = NO_STATUS
    checks: tuple[Check, ...] = ()
    altered: tuple[Altered, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a `valid` that is not earned.

        Raises:
            Unproven: `valid` without a certificate, without the state `valid`, with a reported
                alteration, or with the checks not all passed.
        """
        if self.verdict is not Word.VALID:
            return
        if self.certificate is None or self.status.state != "valid" or self.altered:
            raise Unproven("valid needs a certificate, a valid status and no alteration")
        if not all_passed(self.checks):
            raise Unproven("valid needs every check passed")

    @property
    def exit_code(self) -> int:
        """The exit status of `sealpress verify`: 0 valid, 1 altered, 2 cancelled, 3, 4."""
        return _EXIT_CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """The public form; times are ISO 8601 with their offset. A key is never left out."""
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "certificate": None if self.certificate is None else dict(self.certificate),
            "status": {
                "state": self.status.state,
                "effective_from": _moment(self.status.effective_from),
                "known_since": _moment(self.status.known_since),
                "as_of": _moment(self.status.as_of),
                "list": self.status.listed and self.status.listed.as_json(),
            },
            "checks": [
                {"id": check.id, "state": check.state.value, "reason": check.reason}
                for check in self.checks
            ],
            "altered": [
                {
                    "field": item.field,
                    "label": item.label,
                    "signed": item.signed,
                    "found": item.found,
                }
                for item in self.altered
            ],
        }


def all_passed(checks: tuple[Check, ...]) -> bool:
    """Whether the checks bear a `valid`: there are some, none failed, only advisory ones missing.

    A check that was merely not made bears nothing, so at least one must have passed.
    """
    acceptable = all(
        check.state is CheckState.PASSED
        or (check.advisory and check.state is CheckState.NOT_CHECKED)
        for check in checks
    )
    return acceptable and any(check.state is CheckState.PASSED for check in checks)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
