"""A batch as it is posted: JSON lines, each a row that is looked at when its turn comes.

Only what says nothing about any single row is refused here: no rows, too many, too many bytes. A
row that is no JSON is a row all the same, and its outcome says what is wrong with it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from renderer.errors import Problem
from service.errors import Invalid, TooLarge
from service.request import MAX_REQUEST_BYTES
from verify.numbers import normal

MAX_BYTES = 20 * 1024 * 1024
"""Ten thousand requests of 2 KB, which is twice what a long one has."""

MAX_ROWS = 10_000
"""What an authority issues in a busy month; at 60 a second they are done in three minutes."""

LANES = 4
"""A batch is worked on in so many places at once; more would wait for one register anyway."""

SUBJECT_CHARACTERS = 64
"""As many as the column has; a longer number is refused when its row is looked at."""


@dataclass(frozen=True)
class Row:
    """One line: its number (1 for the first), its bytes, and the number that it is about."""

    line: int
    body: bytes
    subject: str | None

    @property
    def lane(self) -> int:
        """Rows about one number share a lane, in which they keep their order."""
        if self.subject is None:
            return self.line % LANES
        return zlib.crc32(self.subject.encode()) % LANES


def digest(body: bytes) -> str:
    """What a posted body is known by."""
    return hashlib.sha256(body).hexdigest()


def rows(body: bytes) -> Sequence[Row]:
    """The rows of a body; blank lines are none, and are counted as lines.

    Raises:
        TooLarge: too many bytes or rows.
        Invalid: no row at all.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(f"批量请求超过 {MAX_BYTES} 字节 (more bytes than allowed)")
    found = list(_rows(body))
    if not found:
        problem = Problem("body", "批量请求", "没有任何行；应为 JSON Lines，每行一个请求")
        raise Invalid("批量请求有误 (the batch has mistakes)", [problem])
    if len(found) > MAX_ROWS:
        raise TooLarge(f"批量请求超过 {MAX_ROWS} 行 (more rows than allowed): {len(found)}")
    return found


def _rows(body: bytes) -> Iterator[Row]:
    for line, text in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if kept := text.strip():
            # A row that is far too long is refused by its length alone: the rest need not be kept.
            yield Row(line, kept[: MAX_REQUEST_BYTES + 1], _subject(kept))


def _subject(text: bytes) -> str | None:
    """The number that a row is about in normal form, None where it names none."""
    if len(text) > MAX_REQUEST_BYTES:
        return None
    try:
        data: Any = json.loads(text)
        number = data.get("number") if isinstance(data, dict) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(number, str) or "\0" in number:
        return None
    return normal(number).encode("utf-8", "replace").decode()[:SUBJECT_CHARACTERS] or None
