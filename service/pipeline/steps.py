"""The state machine of a record. Pure: which step follows which stage, and what a failure means.

    new, replace:  reserved → check → coding → press → persons → collection → finished
    cancel:        applied → persons_cancel → status_change → finished

What cannot be issued may be given up instead of continued: new, replace → abandoned.

A *stage* is what is in the register: the last step whose outcome was recorded as passed. A *step*
is what is tried next. A step that fails leaves the stage where it is, so that continuing tries the
same step again, and no step that passed is ever made twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.status_words import ProcessStatus


class Kind(StrEnum):
    """What a record asks for."""

    NEW = "new"  # 新办
    REPLACE = "replace"  # 照面信息变更: the next version, the one before becomes void
    CANCEL = "cancel"  # 注销
    REPLACED = "replaced"  # the record that voids the version before; it is born finished


class Stage(StrEnum):
    """How far a record has come."""

    RESERVED = "reserved"
    CHECKED = "checked"
    CODED = "coded"
    PRESSED = "pressed"
    PERSONS_ADDED = "persons_added"
    APPLIED = "applied"
    PERSONS_CANCELLED = "persons_cancelled"
    FINISHED = "finished"
    ABANDONED = "abandoned"  # given up by somebody; it is never continued


ENDED: Final = frozenset({Stage.FINISHED, Stage.ABANDONED})
"""Nothing follows these."""


class Step(StrEnum):
    """What is tried."""

    CHECK = "check"  # 校验
    CODING = "coding"  # 赋码
    PRESS = "press"  # 制证签章
    PERSONS = "persons"  # 新增证照人员信息
    COLLECTION = "collection"  # 归集
    PERSONS_CANCEL = "persons_cancel"  # 注销证照人员信息
    STATUS_CHANGE = "status_change"  # 证书状态变更
    # What a record that is given up makes, so that the platform holds nothing for it any more.
    WITHDRAW_PERSONS = "withdraw_persons"  # 放弃办理：注销证照人员信息
    WITHDRAW = "withdraw"  # 放弃办理：证书状态变更


class Outcome(StrEnum):
    """How an attempt at a step ended."""

    PASSED = "passed"
    WARNED = "warned"  # passed, and the platform had something to say
    REFUSED = "refused"  # by the platform, in its own words
    WAIT = "wait"  # the platform asks to come back later: no failure
    UNREACHABLE = "unreachable"  # and it has certainly not acted
    UNKNOWN = "unknown"  # no answer, but it may have acted
    GARBLED = "garbled"  # an answer that cannot be understood; it may have acted
    FAILED = "failed"  # on our side: a key, a seal service or a time stamping authority


PASSING: Final = frozenset({Outcome.PASSED, Outcome.WARNED})
MAY_HAVE_ACTED: Final = frozenset({Outcome.UNKNOWN, Outcome.GARBLED})
"""After these the platform may hold the data as they were sent; others must not follow them."""

NO_ANSWER: Final = frozenset({Outcome.WAIT, Outcome.UNREACHABLE, Outcome.FAILED})
"""After these nothing more is known of what the platform did at an earlier attempt."""

PERSONS: Final = frozenset({"persons"})
PRINTED: Final = frozenset({"face", "holder", "persons"})


@dataclass(frozen=True)
class Move:
    """One step from one stage to the next.

    `failure` is the process status that its failing is shown as, None where a failure is no word
    of the notices (our own signing: it waits). `corrects` names the parts of the request that may
    be corrected while a record stands before this step.
    """

    step: Step
    reached: Stage
    failure: ProcessStatus | None
    corrects: frozenset[str] = frozenset()


_ISSUING: Final[Mapping[Stage, Move]] = {
    Stage.RESERVED: Move(Step.CHECK, Stage.CHECKED, ProcessStatus.CHECK_FAILED, PRINTED),
    Stage.CHECKED: Move(Step.CODING, Stage.CODED, ProcessStatus.CODING_FAILED, PRINTED),
    Stage.CODED: Move(Step.PRESS, Stage.PRESSED, None),
    Stage.PRESSED: Move(Step.PERSONS, Stage.PERSONS_ADDED, ProcessStatus.PERSONS_FAILED, PERSONS),
    Stage.PERSONS_ADDED: Move(Step.COLLECTION, Stage.FINISHED, ProcessStatus.COLLECTION_FAILED),
}

_CANCELLING: Final[Mapping[Stage, Move]] = {
    Stage.APPLIED: Move(
        Step.PERSONS_CANCEL, Stage.PERSONS_CANCELLED, ProcessStatus.PERSONS_CANCEL_FAILED
    ),
    Stage.PERSONS_CANCELLED: Move(
        Step.STATUS_CHANGE, Stage.FINISHED, ProcessStatus.STATUS_CHANGE_FAILED
    ),
}

_MOVES: Final[Mapping[Kind, Mapping[Stage, Move]]] = {
    Kind.NEW: _ISSUING,
    Kind.REPLACE: _ISSUING,
    Kind.CANCEL: _CANCELLING,
    Kind.REPLACED: {},
}


def next_move(kind: str, stage: str) -> Move | None:
    """What follows a stage of a record of that kind; None when it has ended.

    Raises:
        ValueError: a kind or stage that does not exist, or a stage that the kind does not have.
    """
    known, at = _MOVES[Kind(kind)], Stage(stage)
    if at in ENDED:
        return None
    if at not in known:
        raise ValueError(f"a {kind} record has no stage {stage}")
    return known[at]


def first_stage(kind: Kind) -> Stage:
    """The stage at which a record of that kind begins."""
    return Stage.APPLIED if kind is Kind.CANCEL else Stage.RESERVED


def after_correction(kind: str, stage: str, parts: frozenset[str]) -> Stage:
    """Where a record goes on once these parts of its request were corrected.

    What was checked is checked again where printed data changed; persons that are only sent are
    not.

    Raises:
        ValueError: the stage lets none of these parts be corrected.
    """
    move = next_move(kind, stage)
    if move is None or not parts <= move.corrects:
        raise ValueError(f"{sorted(parts)} cannot be corrected at {stage}")
    return Stage.RESERVED if move.corrects == PRINTED else Stage(stage)


def may_have_acted(before: bool, outcome: Outcome) -> bool:
    """Whether the platform may have acted on a step that did not pass.

    `before` says whether it may have at an earlier attempt that has had no answer.
    """
    return outcome in MAY_HAVE_ACTED or (before and outcome in NO_ANSWER)
