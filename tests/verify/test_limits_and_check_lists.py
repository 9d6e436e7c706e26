"""Limits are data with a reason; a list of checks cannot lose one."""

from __future__ import annotations

import pytest

from verify import limits, ofd_checks, pdf_checks
from verify.check import CheckState
from verify.checklist import CheckList
from verify.fault import Fault, Untold

TABLE = {"first": "looks at this", "second": "looks at that"}


def states(checks: CheckList) -> list[CheckState]:
    return [check.state for check in checks.result()]


def test_every_limit_has_a_unit_and_a_reason():
    assert len(limits.every()) > 15
    for name, limit in limits.every().items():
        assert limit > 0, name
        assert limit.unit, name
        assert len(limit.reason) > 20, name


def test_a_limit_compares_like_its_number():
    assert limits.Limit(3, "bytes", "because") == 3
    assert limits.Limit(3, "bytes", "because") < 4


def test_a_list_is_complete_from_the_start():
    assert [check.id for check in CheckList(TABLE).result()] == ["first", "second"]
    assert states(CheckList(TABLE)) == [CheckState.NOT_CHECKED] * 2


def test_an_unknown_check_cannot_be_spoken_of():
    with pytest.raises(KeyError):
        CheckList(TABLE).passed("third", "好", "good")


def test_judging_tells_passed_failed_and_untold_apart():
    checks = CheckList({**TABLE, "third": ""})
    with checks.judging("first", "好", "good"):
        pass
    with checks.judging("second", "好", "good"):
        raise Fault("坏", "bad")
    with checks.judging("third", "好", "good"):
        raise Untold("不知", "unknown")
    assert states(checks) == [CheckState.PASSED, CheckState.FAILED, CheckState.NOT_CHECKED]
    assert [check.reason for check in checks.result()] == [
        "好 (good)",
        "坏 (bad)",
        "不知 (unknown)",
    ]


def test_other_errors_are_not_swallowed():
    with pytest.raises(ZeroDivisionError), CheckList(TABLE).judging("first", "好", "good"):
        raise ZeroDivisionError


@pytest.mark.parametrize("order", [("passed", "failed"), ("failed", "passed")])
def test_the_worst_that_was_said_stays(order):
    checks = CheckList(TABLE)
    for word in order:
        getattr(checks, word)("first", "词", word)
        getattr(checks, word)("second", "词", word)
    assert states(checks) == [CheckState.FAILED] * 2


@pytest.mark.parametrize("order", [("passed", "not_checked"), ("not_checked", "passed")])
def test_what_was_left_out_once_is_not_passed_later(order):
    checks = CheckList(TABLE)
    for word in order:
        getattr(checks, word)("first", "词", word)
    assert checks.state("first") is CheckState.NOT_CHECKED


def test_the_tables_name_each_check_once_and_say_what_it_is_about():
    both = [*pdf_checks.CHECKS, *ofd_checks.CHECKS]
    assert len(both) == len(set(both))
    for table in (pdf_checks, ofd_checks):
        constants = {value for name, value in vars(table).items() if isinstance(value, str)
                     and name.isupper()}  # fmt: skip
        assert constants == set(table.CHECKS)
        assert all(table.CHECKS.values())
