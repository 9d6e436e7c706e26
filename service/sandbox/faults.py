"""What can be ordered to go wrong: `POST /sandbox/faults {step, kind, times, words, seconds}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.platform.vocabulary import Call
from service.sandbox.store import Fault

TOKEN = "token"  # noqa: S105 - a step's name
"""The step before all others: asking for a token."""

STEPS = frozenset({TOKEN, *Call})

KINDS: Mapping[str, str] = {
    "refuse": "answers ReturnCode 0 without acting; `words` says why",
    "warn": "acts, and answers ReturnCode 2; `words` says what about",
    "too_fast": "answers 操作太快 without acting",
    "slow": "acts, and answers after `seconds`",
    "drop_before": "closes the connection without acting or answering",
    "drop_after": "acts, and closes the connection without answering",
    "garbage": "acts, and answers what is no JSON",
    "stale_token": "refuses the token, once good, without acting",
}

MAX_TIMES = 100_000
"""How often a fault may happen at most: more than the calls of any trial."""

MAX_SECONDS = 120.0
"""Longest delay: nobody waits longer for an answer."""

MAX_WORDS_CHARACTERS = 1_000
"""Longest words of an ordered refusal or warning."""

SLOW_SECONDS = 5.0
"""The delay where none is named."""

_CALLED = {
    Call.CHECK: "校验",
    Call.CODING: "赋码",
    Call.PERSONS: "新增证照人员信息",
    Call.PERSONS_CANCEL: "注销证照人员信息",
    Call.COLLECTION: "归集",
    Call.STATUS_CHANGE: "证书状态变更",
    Call.CORRECTION: "关键信息更正",
}


def read(body: object) -> Fault:
    """The fault that a request orders; raises ValueError, naming what is wrong."""
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - of a text
    if unknown := sorted(set(body) - {"step", "kind", "times", "words", "seconds"}):
        raise ValueError(f"unknown: {', '.join(map(str, unknown))}")
    step, kind = body.get("step"), body.get("kind")
    if not isinstance(step, str) or step not in STEPS:
        raise ValueError(f"step is one of {', '.join(sorted(STEPS))}")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    times, seconds = body.get("times", 1), body.get("seconds", SLOW_SECONDS)
    if type(times) is not int or not 1 <= times <= MAX_TIMES:
        raise ValueError(f"times is a whole number from 1 to {MAX_TIMES}")
    if type(seconds) not in (int, float) or not 0 < seconds <= MAX_SECONDS:
        raise ValueError(f"seconds is a number up to {MAX_SECONDS:g}")
    return Fault(step, kind, times, _words(body), float(seconds))


def words_of(fault: Fault) -> str:
    """What the platform says where a fault makes it say something."""
    called = _CALLED.get(Call(fault.step), "") if fault.step != TOKEN else ""
    if fault.kind == "too_fast":
        return f"{called}操作太快，请稍后再试"
    if fault.words:
        return fault.words
    return f"{called}：数据有疑问，请核对" if fault.kind == "warn" else f"{called}失败：数据有误"


def _words(body: Mapping[str, Any]) -> str | None:
    words = body.get("words")
    if words is None:
        return None
    if not isinstance(words, str) or not 0 < len(words) <= MAX_WORDS_CHARACTERS:
        raise ValueError(f"words is a text of up to {MAX_WORDS_CHARACTERS} characters")
    return words
