"""The sandbox's answers: {ReturnCode, ReturnMsg, ReturnData{SuccessData, WarnData, ErrorData}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.platform.vocabulary import Call, Vocabulary
from service.sandbox.rules import Refused, Rules, Said

MAX_ENTRIES = 100
"""Most entries of one call."""


@dataclass(frozen=True)
class Answered:
    """What was decided (`done`, `refused`, `dropped`), the answer's body, and its sentences."""

    outcome: str
    body: Mapping[str, Any]
    said: list[str]

    def warned(self, words: str) -> Answered:
        """The same with a warning, if it was no refusal."""
        if self.outcome != "done":
            return self
        data = self.body["ReturnData"] | {"WarnData": [{"WarnGuid": "", "WarnMsg": words}]}
        body = dict(self.body) | {"ReturnCode": "2", "ReturnData": data}
        return Answered(self.outcome, body, [words])


def answer(rules: Rules, kind: str, words: Vocabulary, call: Call, body: Any) -> Answered:
    """Do what each entry asks for, one after the other; to be called within a transaction."""
    entries = _entries(body)
    if entries is None:
        return unreadable("AcceptData格式不正确")
    identifier = words.fields["ecert_id"]
    success: list[dict[str, str]] = []
    errors: list[dict[str, str]] = []
    for entry in entries:
        guid = entry.get(identifier)
        named = guid if isinstance(guid, str) else ""
        try:
            success.append({identifier: named} | rules.apply(call, Said(kind, words, entry)))
        except Refused as refused:
            errors.append({"ErrorGuid": named, "ErrorMsg": str(refused)})
    return _answered(success, errors)


def refusal(words: str, body: Any, vocabulary: Vocabulary) -> Answered:
    """A refusal of every entry in those words, whatever is in it."""
    identifier = vocabulary.fields["ecert_id"]
    entries = _entries(body) or [{}]
    return _answered(
        [], [{"ErrorGuid": str(one.get(identifier, "")), "ErrorMsg": words} for one in entries]
    )


def unreadable(words: str) -> Answered:
    """A refusal of the call itself."""
    return _answered([], [{"ErrorGuid": "", "ErrorMsg": words}])


def _answered(success: list[dict[str, str]], errors: list[dict[str, str]]) -> Answered:
    body = {
        "ReturnCode": "0" if errors else "1",
        "ReturnMsg": "失败" if errors else "成功",
        "ReturnData": {"SuccessData": success, "WarnData": [], "ErrorData": errors},
    }
    return Answered("refused" if errors else "done", body, [error["ErrorMsg"] for error in errors])


def _entries(body: Any) -> list[dict[str, Any]] | None:
    entries = body.get("AcceptData") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_ENTRIES:
        return None
    return entries if all(isinstance(one, dict) for one in entries) else None
