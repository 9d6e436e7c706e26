"""The status at a moment, from a history with two times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from verify import status, times
from verify.check import CheckState
from verify.errors import MalformedMoment
from verify.register import StatusChange

_DAY = timedelta(days=1)
_FIRST = datetime(2024, 9, 20, tzinfo=UTC)
_NOW = _FIRST + 100 * _DAY
_VALID = StatusChange("valid", _FIRST, _FIRST, "新办")


def _cancelled(effective: int, known: int) -> StatusChange:
    return StatusChange("cancelled", _FIRST + effective * _DAY, _FIRST + known * _DAY, "拆卸")


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, None), (0, "valid"), (9, "valid"), (10, "cancelled"), (100, "cancelled"), (101, None)],
)
def test_what_held_at_a_moment(days: int, state: str | None) -> None:
    found = status.from_register((_VALID, _cancelled(10, 20)), _FIRST + days * _DAY, _NOW)
    assert found.status.state == state
    assert (found.check.state is CheckState.PASSED) == (state == "valid")


def test_both_times_are_told() -> None:
    found = status.from_register((_VALID, _cancelled(10, 20)), _FIRST + 15 * _DAY, _NOW)
    assert found.status.effective_from == _FIRST + 10 * _DAY
    assert found.status.known_since == _FIRST + 20 * _DAY
    assert found.status.as_of == _FIRST + 15 * _DAY


def test_a_correction_recorded_later_counts() -> None:
    history = (_VALID, _cancelled(50, 20), _cancelled(10, 30))
    found = status.from_register(history, _NOW, _NOW)
    assert found.status.effective_from == _FIRST + 10 * _DAY


def test_a_cancelling_with_effect_in_the_future_does_not_count_yet() -> None:
    found = status.from_register((_VALID, _cancelled(150, 20)), _NOW, _NOW)
    assert found.status.state == "valid"


def test_without_any_history_nothing_holds() -> None:
    assert status.from_register((), _NOW, _NOW).status.state is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-09-20", "2024-09-20T00:00:00+08:00"),
        ("2024-09-20T08:30:00+08:00", "2024-09-20T08:30:00+08:00"),
        ("2024-09-20T08:30:00 08:00", "2024-09-20T08:30:00+08:00"),
        ("2024-09-20T00:30:00Z", "2024-09-20T08:30:00+08:00"),
        (" 2024-09-20T08:30 ", "2024-09-20T08:30:00+08:00"),
    ],
)
def test_moments_are_read_with_their_zone_or_as_shanghai_time(text: str, expected: str) -> None:
    assert times.iso(times.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2024-13-01", "0001-01-01T00:00:00+14:00", "0001-01-01", "2" * 10_000],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(MalformedMoment):
        times.parse(text)
