"""What the dictionary of a PDF's signature says: what is covered, and when it was signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from verify.fault import Fault

_DATE: Final = re.compile(
    r"D:([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})"
    r"(?:Z|([+-])([0-9]{2})'([0-9]{2})'?)"
)


@dataclass(frozen=True)
class Signature:
    """What a signature dictionary says: what it covers and when it was made (aware)."""

    byte_range: list[int]
    signed_at: datetime


def signing_time(value: str) -> datetime:
    """The time of signing, /M (ETSI EN 319 142-1 6.3: there and not in the CMS).

    Raises:
        Fault: it is no time.
    """
    match = _DATE.fullmatch(value)
    if match is None:
        raise Fault("签名时间缺失或无法识别", "the signing time is missing or unreadable")
    try:
        year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
        zone: timezone = UTC
        if match[7]:
            offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
            zone = timezone(-offset if match[7] == "-" else offset)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise Fault("签名时间无法识别", "the signing time is no time") from error
