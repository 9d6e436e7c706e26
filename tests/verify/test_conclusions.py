"""Weighing: every combination of checks, and the one word that must be earned."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from verify import conclude as c
from verify.check import Check, CheckState
from verify.errors import Unproven
from verify.status import Found
from verify.verdict import Altered, Status, Verdict, Word

_FILE = (c.READABLE, c.OURS, "examined", c.REGISTERED, c.DATA_SET, c.BYTES, c.STATUS)
_CODE = (c.READABLE, c.ADDRESS, c.SIGNATURE, c.REGISTERED, c.DATA_SET, c.PLATE, c.STATUS)
_NUMBER = (c.REGISTERED, c.STATUS)
_MOMENT = datetime(2026, 11, 21, tzinfo=UTC)


def _checks(names: tuple[str, ...], states: tuple[CheckState, ...]) -> tuple[Check, ...]:
    return tuple(
        Check(name, state, f"{name} (in English)")
        for name, state in zip(names, states, strict=True)
    )


def _conclude(checks: tuple[Check, ...], state: str | None) -> Verdict:
    found = Found(Status(state), checks[-1])  # type: ignore[arg-type]
    return c.conclude(checks, found, certificate={"number": "x"})


@pytest.mark.parametrize("names", [_FILE, _CODE, _NUMBER])
@pytest.mark.parametrize("state", ["valid", "cancelled", None])
def test_only_every_check_passed_and_a_valid_status_is_valid(
    names: tuple[str, ...], state: str | None
) -> None:
    for states in itertools.product(CheckState, repeat=len(names)):
        verdict = _conclude(_checks(names, states), state)
        earned = state == "valid" and set(states) == {CheckState.PASSED}
        assert (verdict.verdict is Word.VALID) == earned


def _word(names: tuple[str, ...], failed: set[str], state: str | None = "valid") -> Word:
    states = tuple(CheckState.FAILED if name in failed else CheckState.PASSED for name in names)
    return _conclude(_checks(names, states), state).verdict


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ({c.READABLE}, Word.UNREADABLE),
        ({c.READABLE, c.OURS, "examined"}, Word.UNREADABLE),
        ({c.OURS}, Word.UNKNOWN),
        ({c.OURS, "examined"}, Word.UNKNOWN),
        ({"examined", c.BYTES}, Word.ALTERED),
        ({c.BYTES}, Word.ALTERED),
        ({c.DATA_SET, c.BYTES}, Word.ALTERED),
        ({c.REGISTERED}, Word.UNKNOWN),
        ({c.REGISTERED, "examined", c.BYTES}, Word.ALTERED),
        ({"examined"}, Word.UNKNOWN),  # to the byte the registered file: not altered, not valid
    ],
)
def test_what_a_failed_check_of_a_file_means(failed: set[str], expected: Word) -> None:
    assert _word(_FILE, failed) is expected


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ({c.ADDRESS}, Word.UNKNOWN),
        ({c.SIGNATURE}, Word.ALTERED),
        ({c.PLATE}, Word.ALTERED),
        ({c.REGISTERED}, Word.UNKNOWN),
    ],
)
def test_what_a_failed_check_of_a_code_means(failed: set[str], expected: Word) -> None:
    assert _word(_CODE, failed) is expected


def test_a_forgery_of_a_cancelled_certificate_is_a_forgery() -> None:
    assert _word(_FILE, {"examined", c.BYTES, c.STATUS}, "cancelled") is Word.ALTERED


def test_the_registered_file_of_a_cancelled_certificate_is_cancelled_whatever_its_signer() -> None:
    assert _word(_FILE, {"examined", c.STATUS}, "cancelled") is Word.CANCELLED


def test_what_the_register_does_not_know_cannot_be_cancelled_in_it() -> None:
    assert _word(_FILE, {c.REGISTERED, c.STATUS}, "cancelled") is Word.UNKNOWN


def test_an_advisory_check_may_be_missing_but_not_fail() -> None:
    status = Check(c.STATUS, CheckState.PASSED, "")
    for state, word in (
        (CheckState.NOT_CHECKED, Word.VALID),
        (CheckState.FAILED, Word.UNKNOWN),
    ):
        checks = (Check(c.REGISTERED, state, "", advisory=True), status)
        assert _conclude(checks, "valid").verdict is word


def test_nothing_but_advisory_checks_proves_nothing() -> None:
    checks = (Check(c.REGISTERED, CheckState.NOT_CHECKED, "", advisory=True),)
    assert _conclude(checks, "valid").verdict is Word.UNKNOWN


def test_the_reason_is_that_of_the_check_that_decided_in_both_languages() -> None:
    checks = (
        Check(c.READABLE, CheckState.PASSED, "甲 (a)"),
        Check("examined", CheckState.FAILED, "乙 (b)"),
        Check(c.DATA_SET, CheckState.FAILED, "丙 (c)"),
        Check(c.STATUS, CheckState.PASSED, "丁 (d)"),
    )
    verdict = _conclude(checks, "valid")
    assert verdict.reason == "与签发内容不符：丙 (not as issued: c)"


_PASSED = (Check("any", CheckState.PASSED, ""),)


@pytest.mark.parametrize(
    "more",
    [
        {"checks": ()},
        {"checks": (*_PASSED, Check("other", CheckState.FAILED, ""))},
        {"checks": (*_PASSED, Check("other", CheckState.FAILED, "", advisory=True))},
        {"checks": (*_PASSED, Check("other", CheckState.NOT_CHECKED, ""))},
        {"status": Status("cancelled")},
        {"status": Status(None)},
        {"certificate": None},
        {"altered": (Altered("number", "证书编号", "1", "2"),)},
    ],
)
def test_an_unearned_valid_cannot_even_be_written_down(more: dict[str, object]) -> None:
    earned: dict[str, object] = {
        "certificate": {"number": "x"},
        "status": Status("valid"),
        "checks": _PASSED,
    }
    Verdict(Word.VALID, "", **earned)  # type: ignore[arg-type]
    with pytest.raises(Unproven):
        Verdict(Word.VALID, "", **(earned | more))  # type: ignore[arg-type]


def test_each_word_has_its_exit_code() -> None:
    codes = {word: Verdict(word, "").exit_code for word in Word if word is not Word.VALID}
    assert codes == {Word.ALTERED: 1, Word.CANCELLED: 2, Word.UNKNOWN: 3, Word.UNREADABLE: 4}
    earned = Verdict(Word.VALID, "", {"number": "x"}, Status("valid"), _PASSED)
    assert earned.exit_code == 0


def test_the_json_form_has_every_key_and_times_with_their_offset() -> None:
    verdict = Verdict(
        Word.CANCELLED,
        "r",
        {"number": "x", "face": [{"field": "f"}]},
        Status("cancelled", _MOMENT, _MOMENT, _MOMENT),
        (Check("any", CheckState.NOT_CHECKED, "why"),),
        (Altered("number", "证书编号", "1", "2"),),
    )
    moment = "2026-11-21T08:00:00+08:00"
    assert verdict.as_json() == {
        "verdict": "cancelled",
        "reason": "r",
        "certificate": {"number": "x", "face": [{"field": "f"}]},
        "status": {
            "state": "cancelled",
            "effective_from": moment,
            "known_since": moment,
            "as_of": moment,
            "list": None,
        },
        "checks": [{"id": "any", "state": "not_checked", "reason": "why"}],
        "altered": [{"field": "number", "label": "证书编号", "signed": "1", "found": "2"}],
    }
    assert set(Verdict(Word.UNKNOWN, "r").as_json()) == set(verdict.as_json())
