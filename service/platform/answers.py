"""What the platform's answers mean. Pure: bytes in, outcome out.

    {"ReturnCode": "1", "ReturnMsg": "成功",
     "ReturnData": {"SuccessData": [{…}], "WarnData": [{"WarnGuid": "", "WarnMsg": ""}],
                    "ErrorData": [{"ErrorGuid": "", "ErrorMsg": ""}]}}

ReturnCode 0 is a refusal, 1 success, 2 success with warnings. There is no catalogue of errors: the
platform says in words what is wrong, so its words are kept as they are. One thing is known of them:
"操作太快" and its like ask to wait and are no failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.platform.errors import PlatformGarbled

MAX_ANSWER_BYTES = 1_048_576
"""Largest answer read: one to a single certificate has under 2 KiB, a page of errors some more."""

MAX_RAW_CHARACTERS = 16_384
"""How much of an answer is kept: enough for every sound one."""

MAX_WORDS, MAX_WORD_CHARACTERS = 50, 2_000
"""How many of the platform's sentences are kept, and how much of each."""

WAIT_S = 60
"""When to ask again, in seconds, after "操作太快". The platform does not say how long: a peer rests
a second after five calls, and an hour after being told off. A minute is past any limit by the
second, and if the limit is by the hour it costs one call a minute."""

WAITING_WORDS = ("操作太快", "操作过快", "操作频繁", "过于频繁", "请求频繁", "访问频繁", "稍后再试")
"""Any of these in a refusal asks to wait; the first is known, the others are its synonyms."""

EXISTING_WORDS = ("已存在", "已归集", "重复提交", "重复上报")
"""Any of these in a refusal says that the platform has what was sent; the first is known."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What JSON can spell and neither UTF-8 nor a database can hold."""


class Outcome(StrEnum):
    """What became of a call."""

    ACCEPTED = "accepted"
    WARNED = "warned"
    """Accepted, and there is something to read: the step goes on, the words are kept."""
    REFUSED = "refused"
    WAIT = "wait"
    """Asked too fast: not a failure; the same may be asked again after a while."""


@dataclass(frozen=True)
class Answer:
    """What the platform said to one call.

    `words` are its own sentences, verbatim; `raw` is the answer as it came, capped; `retry_after`
    the seconds to wait where the outcome is WAIT.
    """

    outcome: Outcome
    words: tuple[str, ...] = ()
    raw: str = ""
    retry_after: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the step is done."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.WARNED)

    @property
    def says_existing(self) -> bool:
        """Whether it refuses because the platform has already what was sent."""
        told = any(word in one for one in self.words for word in EXISTING_WORDS)
        return self.outcome is Outcome.REFUSED and told


@dataclass(frozen=True)
class Reply:
    """An answer with what it hands out (SuccessData)."""

    answer: Answer
    success: tuple[Mapping[str, Any], ...]


def judge(body: bytes) -> Answer:
    """What an answer means; raises PlatformGarbled where it is none."""
    return read(body).answer


def read(body: bytes) -> Reply:
    """An answer with its SuccessData; raises PlatformGarbled where it is none."""
    raw = shown(body)
    try:
        code, message, data = _members(_json(body))
        success = tuple(_rows(data, "SuccessData"))
        warnings = [_text(row, "WarnMsg") for row in _rows(data, "WarnData")]
        errors = [_text(row, "ErrorMsg") for row in _rows(data, "ErrorData")]
    except ValueError as error:
        raise PlatformGarbled(
            f"平台返回内容无法识别 (no answer of its shape): {error}", raw
        ) from None
    outcome = _outcome(code, errors or [message], refused=bool(errors), warned=bool(warnings))
    wait = WAIT_S if outcome is Outcome.WAIT else None
    return Reply(Answer(outcome, _words([message, *warnings, *errors]), raw, wait), success)


def shown(body: bytes) -> str:
    """What came, as far as it can be stored and is worth it."""
    return storable(body[: MAX_RAW_CHARACTERS * 4].decode("utf-8", "replace"))[:MAX_RAW_CHARACTERS]


def storable(text: str) -> str:
    """A text without what no database can hold."""
    return _UNSTORABLE.sub("\ufffd", text)


def _outcome(code: str, reasons: Sequence[str], *, refused: bool, warned: bool) -> Outcome:
    if code == "0" or refused:
        # One real error among them is a refusal: waiting would not mend it.
        waiting = all(any(word in one for word in WAITING_WORDS) for one in reasons)
        return Outcome.WAIT if waiting else Outcome.REFUSED
    return Outcome.WARNED if code == "2" or warned else Outcome.ACCEPTED


def _words(said: Sequence[str]) -> tuple[str, ...]:
    """The sentences, each once, in their order."""
    once = dict.fromkeys(storable(one)[:MAX_WORD_CHARACTERS] for one in said if one.strip())
    return tuple(once)[:MAX_WORDS]


def _json(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_ANSWER_BYTES:
        raise ValueError(f"more than {MAX_ANSWER_BYTES} bytes")
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unequal, parse_constant=_no_number
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - of a text, not of an argument
    return found


def _members(found: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    code = found.get("ReturnCode")
    # Some endpoints number it, some spell it; nothing else stands for a code.
    code = str(code) if type(code) is int else code
    if code not in ("0", "1", "2"):
        raise ValueError("ReturnCode is none of 0, 1, 2")
    data = found.get("ReturnData")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ValueError("ReturnData is no object")  # noqa: TRY004
    return code, _text(found, "ReturnMsg"), data


def _rows(data: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = data.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} is no list of objects")
    return rows


def _text(row: Mapping[str, Any], name: str) -> str:
    text = row.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004
    return text


def _unequal(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
