"""One check and its three states.

Two peers were caught answering "not revoked" where they had not looked. So a check that exists for
a kind of input is always in the answer: it passed, it failed, or it was not made, and then it says
why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from verify.verdict import Altered


class CheckState(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Check:
    """A named check, its state, and the reason in a sentence (Chinese first, English second).

    `advisory` marks a check whose absence does not stand in the way of `valid`; a failed one does.
    """

    id: str
    state: CheckState
    reason: str
    advisory: bool = False


@dataclass(frozen=True)
class Examination:
    """What looking at a file's own bytes tells, before the register is asked.

    `readable` is False where the bytes are no file of that kind at all; `ours` is False where
    the file is of that kind but carries no data set of ours (a foreign OFD, another's PDF).
    `dataset` is the signed data set as found in the file, canonical JSON. `altered` is what the
    page shows instead of what that says, nothing of it masked; `codes` what the codes on the page
    say, in the order of their places. `opened` is the file as its reader has opened it, for whoever
    looks into it next; it does not leave the process.
    """

    kind: Literal["pdf", "ofd", "other"]
    readable: bool
    ours: bool
    checks: tuple[Check, ...]
    dataset: bytes | None = None
    signer: str | None = None
    signed_at: datetime | None = None
    altered: tuple[Altered, ...] = ()
    codes: tuple[str, ...] = ()
    opened: object = field(default=None, repr=False, compare=False)
