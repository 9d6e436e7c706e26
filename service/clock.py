"""The time of day, and the zone that pages and numbers use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from renderer.errors import Problem
from service.errors import Invalid

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China Standard Time: no daylight saving since 1991, so a fixed offset is exact."""


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> str:
    """The day that it is in China, as ISO date."""
    return now().astimezone(SHANGHAI).date().isoformat()


def beginning(day: str) -> datetime:
    """The first moment, in China, of a day in ISO form."""
    return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)


def parse_moment(text: str, field: str, label: str) -> datetime:
    """A moment from ISO 8601 text; a date alone means its beginning, no offset means Shanghai.

    Raises:
        Invalid: the text is no date or time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"“{text[:40]}” 不是日期或时间，应如 2024-09-20 或 2024-09-20T08:30:00+08:00"
        raise Invalid("时间格式有误 (not a time)", [Problem(field, label, message)]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def iso(moment: datetime) -> str:
    """A moment as people and programs read it: Shanghai time with its offset, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
