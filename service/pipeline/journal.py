"""Attempts at steps as they are written down, with what was sent, what came back, and advice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.pipeline.advice import advice
from service.pipeline.steps import PASSING, Outcome, Step

ANSWER_CHARACTERS = 20_000
"""What is kept of an answer: a platform that sends pages of HTML shall not fill the register."""

WORDS_CHARACTERS = 4_000
"""What is kept of the platform's words; the longest seen of a sister system has some hundred."""


@dataclass(frozen=True)
class Attempt:
    """One try of a step; both times are aware. `request` is JSON, empty where nothing was sent."""

    step: Step
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    request: str = ""
    answer: str = ""
    words: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the record goes on."""
        return self.outcome in PASSING

    @property
    def advice(self) -> str:
        """What to do now, in plain Chinese."""
        return advice(self.step, self.outcome, self.words)

    def as_row(self) -> dict[str, Any]:
        """The columns of `steps` but for record and number."""
        return {
            "step": self.step.value,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "outcome": self.outcome.value,
            "request": storable(self.request),
            "answer": storable(self.answer)[:ANSWER_CHARACTERS],
            "words": storable("\n".join(self.words))[:WORDS_CHARACTERS],
            "advice": self.advice,
        }


def storable(text: str) -> str:
    """A text that came from outside, as every database takes it: no NUL, no half surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def sent(case: Mapping[str, Any], persons: Sequence[Mapping[str, Any]], **more: Any) -> str:
    """What a step sent, as JSON: identity numbers of persons only by their last four characters."""
    masked = [
        {**person, "id_number": "*" * 8 + str(person.get("id_number", ""))[-4:]}
        for person in persons
    ]
    return json.dumps({**case, "persons": masked, **more}, ensure_ascii=False, sort_keys=True)
