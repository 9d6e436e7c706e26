"""When a notification that was not taken is sent again. Pure but for the dice."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

LIFE = timedelta(hours=24)
"""How long a notification is tried: a receiver that was down over night still hears of all."""

FIRST_S = 10.0
"""The usual wait after the first try, seconds: a receiver that restarts is back by then."""

LONGEST_S = 3600.0
"""The longest usual wait, seconds."""

JITTER = 0.25
"""So much earlier or later at most, so that what failed together does not come back together."""


def wait(attempts: int, dice: float | None = None) -> timedelta:
    """How long to wait after so many tries; `dice` is from 0 to 1, thrown if absent."""
    thrown = random.random() if dice is None else dice  # noqa: S311 - no secret
    usual: float = min(FIRST_S * 2.0 ** min(attempts - 1, 20), LONGEST_S)
    return timedelta(seconds=usual * (1 - JITTER + 2 * JITTER * thrown))


def next_try(now: datetime, attempts: int, until: datetime) -> datetime | None:
    """When to try again after so many tries, None if that is given up: it would be too late."""
    at = now + wait(attempts)
    return at if at <= until else None
