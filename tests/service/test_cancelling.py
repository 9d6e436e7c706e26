from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from service import clock
from service.cancelling import MAX_REASON_CHARACTERS, cancel, find
from service.errors import Conflict, Invalid, NotFound
from service.installation import Installation
from service.issuing import issue, state_now
from service.request import Request
from verify.register import Entry


@pytest.fixture
def issued(installation: Installation, request_of: Callable[..., Request]) -> Entry:
    """One valid certificate."""
    return issue(installation, request_of("01")).entry


def test_cancelling_adds_a_record_and_changes_no_other(
    installation: Installation, issued: Entry
) -> None:
    answer = cancel(installation, issued, "设备已拆卸")
    assert (answer.as_json()["status"], answer.as_json()["process"]) == (
        "cancelled",
        "status_changed",
    )
    before, after = answer.entry.history
    assert before == issued.history[0]
    assert (after.state, after.reason) == ("cancelled", "设备已拆卸")
    assert answer.entry.pdf_sha256 == issued.pdf_sha256


def test_it_can_have_taken_effect_earlier_and_tells_when_that_was_known(
    installation: Installation, issued: Entry
) -> None:
    earlier = cancel(installation, issued, "已拆卸", clock.now() - timedelta(days=1)).entry
    assert state_now(earlier) == "cancelled"
    assert earlier.history[1].effective_from < earlier.history[1].known_since


def test_it_cannot_take_effect_in_the_future(installation: Installation, issued: Entry) -> None:
    with pytest.raises(Invalid) as refused:
        cancel(installation, issued, "计划拆卸", clock.now() + timedelta(minutes=1))
    assert [problem.field for problem in refused.value.problems] == ["effective_from"]
    assert state_now(issued) == "valid"


def test_a_number_is_held_until_it_is_cancelled(
    installation: Installation, issued: Entry, request_of: Callable[..., Request]
) -> None:
    with pytest.raises(Conflict):
        issue(installation, request_of("01", face__project_manager="李四"))
    cancel(installation, issued, "设备已拆卸")
    issue(installation, request_of("01", face__project_manager="李四"))


def test_a_certificate_is_cancelled_once(installation: Installation, issued: Entry) -> None:
    cancel(installation, issued, "设备已拆卸")
    with pytest.raises(Conflict, match="cancelled already"):
        cancel(installation, issued, "再注销一次")


@pytest.mark.parametrize("reason", ["", "  ", "甲\u202e乙", "x" * (MAX_REASON_CHARACTERS + 1)])
def test_a_reason_is_needed_and_is_plain_text(
    installation: Installation, issued: Entry, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        cancel(installation, issued, reason)
    assert [problem.field for problem in refused.value.problems] == ["reason"]


def test_it_cannot_take_effect_before_the_certificate_did(
    installation: Installation, issued: Entry
) -> None:
    with pytest.raises(Invalid) as refused:
        cancel(installation, issued, "x", clock.parse_moment("2024-09-19", "f", "l"))
    assert [problem.field for problem in refused.value.problems] == ["effective_from"]


@pytest.mark.parametrize("number", ["450100T（2024）0000001", "450100t (2024) 0000001"])
def test_a_certificate_is_found_by_its_number_however_it_is_typed(
    installation: Installation, issued: Entry, number: str
) -> None:
    assert find(installation, number).license_id == issued.license_id
    assert find(installation, issued.license_id).number == issued.number


def test_a_number_that_was_never_issued_is_not_found(installation: Installation) -> None:
    with pytest.raises(NotFound):
        find(installation, "450100T(2024)9999999")


def test_the_status_list_tells_what_is_cancelled_by_then(
    installation: Installation, issued: Entry
) -> None:
    assert installation.register.status_places(None, clock.now()).cancelled == []
    cancel(installation, issued, "已拆卸", clock.now() - timedelta(days=1))
    two_days_ago = clock.now() - timedelta(days=2)
    assert installation.register.status_places(None, two_days_ago).cancelled == []
    later = installation.register.status_places(None, clock.now())
    assert later.cancelled == [issued.status_index]
    assert later.size >= 131_072
