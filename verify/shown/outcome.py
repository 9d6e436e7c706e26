"""What looking at a page has come to. Light, because most files need no look."""

from __future__ import annotations

from dataclasses import dataclass

from verify import conclude as c
from verify.check import Check, CheckState
from verify.fault import said
from verify.verdict import Altered


@dataclass(frozen=True)
class Shown:
    """The check, what differs, and what the codes on the page say, in the order of their places.

    Nothing is masked here: who looks is not known.
    """

    check: Check
    altered: tuple[Altered, ...] = ()
    codes: tuple[str, ...] = ()


def unlooked(reason: str) -> Shown:
    """The check as one that was not made."""
    return Shown(Check(c.SHOWN, CheckState.NOT_CHECKED, reason))


def as_issued() -> Shown:
    """The check of a file that is to the byte the one that was issued."""
    reason = said("文件即签发原件，页面未被改动", "the very file that was issued")
    return Shown(Check(c.SHOWN, CheckState.PASSED, reason))
