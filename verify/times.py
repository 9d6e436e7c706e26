"""Moments as they are asked for and shown: always with their zone named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from verify.errors import MalformedMoment

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China Standard Time: no daylight saving since 1991, so a fixed offset is exact."""

_LONGEST: Final = 40  # characters: 2024-09-20T08:30:00.000000+08:00 has 32
_SECONDS: Final = len("2024-09-20 08:30:00")
_LOST_PLUS: Final = re.compile(r" (?=\d\d:?\d\d$)")


def iso(moment: datetime) -> str:
    """A moment for programs: ISO 8601 in Shanghai time with its offset, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def shown(moment: datetime) -> str:
    """A moment in an English sentence: `2024-09-20 08:30:00`, Shanghai time."""
    return moment.astimezone(SHANGHAI).isoformat(" ", "seconds")[:_SECONDS]


def chinese(moment: datetime) -> str:
    """A moment in a Chinese sentence: `2024年09月20日 08:30:00`, Shanghai time (北京时间)."""
    day, _, time = shown(moment).partition(" ")
    year, month, date = day.split("-")
    return f"{year}年{month}月{date}日 {time}"


def parse(text: str) -> datetime:
    """A moment from ISO 8601; a date alone means its beginning, no offset means Shanghai.

    A `+` that an address has turned into a space is read as the `+` it was.

    Raises:
        MalformedMoment: the text is no date or time.
    """
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text[: _LONGEST + 1].strip()))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=SHANGHAI)
        return moment.astimezone(UTC).astimezone(SHANGHAI)  # no moment that only one zone has
    except (ValueError, OverflowError):
        advice = "应为日期或时间，如 2024-09-20 或 2024-09-20T08:30:00+08:00"
        raise MalformedMoment(advice) from None
