"""Two who reach for one thing at once: one gets it, the other looks again."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from service import giving_out


class Beaten:
    """A transaction to which others are quicker so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> str:
        if not self.times:
            return "written"
        self.times -= 1
        raise IntegrityError("INSERT", None, Exception("UNIQUE"))


@pytest.mark.parametrize("times", range(giving_out.TRIES))
def test_whoever_was_too_late_tries_again(times: int) -> None:
    assert giving_out.tried_again(Beaten(times)) == "written"


def test_whoever_is_too_late_every_time_is_told() -> None:
    beaten = Beaten(giving_out.TRIES + 1)
    with pytest.raises(IntegrityError):
        giving_out.tried_again(beaten)
    assert beaten.times == 1
