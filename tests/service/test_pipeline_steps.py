"""The state machine alone: what follows what, and what a failure means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipeline import steps
from service.pipeline.advice import advice
from service.pipeline.journal import Attempt, storable
from service.pipeline.steps import Kind, Outcome, Stage, Step
from service.status_words import CHINESE, CertificateStatus, ProcessStatus

ISSUING = [Step.CHECK, Step.CODING, Step.PRESS, Step.PERSONS, Step.COLLECTION]


def way(kind: Kind) -> list[steps.Move]:
    """Every move of a kind, from its first stage."""
    found, stage = [], steps.first_stage(kind)
    while move := steps.next_move(kind, stage):
        found.append(move)
        stage = move.reached
    assert stage is Stage.FINISHED
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.NEW, ISSUING),
        (Kind.REPLACE, ISSUING),
        (Kind.CANCEL, [Step.PERSONS_CANCEL, Step.STATUS_CHANGE]),
    ],
)
def test_each_kind_takes_its_steps_in_order_and_comes_to_an_end(
    kind: Kind, expected: list[Step]
) -> None:
    assert [move.step for move in way(kind)] == expected


def test_every_failure_is_a_word_of_the_notices_but_that_of_our_own_press() -> None:
    failures = [move.failure for kind in (Kind.NEW, Kind.CANCEL) for move in way(kind)]
    assert failures == [
        ProcessStatus.CHECK_FAILED,
        ProcessStatus.CODING_FAILED,
        None,
        ProcessStatus.PERSONS_FAILED,
        ProcessStatus.COLLECTION_FAILED,
        ProcessStatus.PERSONS_CANCEL_FAILED,
        ProcessStatus.STATUS_CHANGE_FAILED,
    ]
    assert set(CHINESE) == {*CertificateStatus, *ProcessStatus}


def test_a_stage_of_another_kind_is_refused() -> None:
    for kind, stage in ((Kind.NEW, Stage.APPLIED), (Kind.CANCEL, Stage.CODED)):
        with pytest.raises(ValueError, match="no stage"):
            steps.next_move(kind, stage)


def test_what_is_printed_can_be_corrected_before_coding_only() -> None:
    face, persons = frozenset({"face"}), frozenset({"persons"})
    assert steps.after_correction("new", "reserved", face) is Stage.RESERVED
    assert steps.after_correction("new", "checked", face | persons) is Stage.RESERVED
    assert steps.after_correction("new", "pressed", persons) is Stage.PRESSED
    for stage in ("coded", "pressed", "persons_added", "finished"):
        with pytest.raises(ValueError, match="cannot be corrected"):
            steps.after_correction("new", stage, face)
    with pytest.raises(ValueError, match="cannot be corrected"):
        steps.after_correction("new", "persons_added", persons)


@pytest.mark.parametrize(
    ("before", "outcome", "acted"),
    [
        (False, Outcome.UNKNOWN, True),
        (False, Outcome.GARBLED, True),
        (False, Outcome.UNREACHABLE, False),
        (True, Outcome.UNREACHABLE, True),
        (True, Outcome.WAIT, True),
        (True, Outcome.REFUSED, False),
    ],
)
def test_that_the_platform_may_have_acted_is_not_forgotten_until_it_answers(
    before: bool, outcome: Outcome, acted: bool
) -> None:
    assert steps.may_have_acted(before, outcome) is acted


@given(st.sampled_from(Step), st.sampled_from(Outcome), st.lists(st.text(), max_size=3))
def test_there_is_advice_for_whatever_did_not_pass_without_a_remark(
    step: Step, outcome: Outcome, words: list[str]
) -> None:
    assert bool(advice(step, outcome, words)) is (outcome is not Outcome.PASSED)


def test_known_words_have_advice_of_their_own() -> None:
    assert "勿换号" in advice(Step.CHECK, Outcome.REFUSED, ["证书编号已存在"])
    paper = "（注销）和原证书（无电子证照）匹配关系校验失败"
    assert "纸质" in advice(Step.STATUS_CHANGE, Outcome.REFUSED, [paper])


@given(st.text(st.characters()))
def test_what_came_from_outside_can_be_stored(text: str) -> None:
    kept = storable(text + "\ud800\0")
    assert "\0" not in kept
    kept.encode("utf-8")


def test_a_long_answer_is_cut() -> None:
    from service import clock

    now = clock.now()
    attempt = Attempt(Step.CHECK, now, now, Outcome.REFUSED, "", "x" * 10**6, ("y" * 10**6,))
    row = attempt.as_row()
    assert len(row["answer"]) == 20_000
    assert len(row["words"]) == 4_000
