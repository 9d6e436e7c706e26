"""The time of day, and the moments that a request names."""

from __future__ import annotations

from datetime import UTC, datetime

from renderer.errors import Problem
from service.errors import Invalid
from verify import times
from verify.errors import MalformedMoment
from verify.times import SHANGHAI


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
        return times.parse(text)
    except MalformedMoment as error:
        problem = Problem(field, label, f"“{text[:40]}” {error}")
        raise Invalid("时间格式有误 (not a time)", [problem]) from None
