"""Examinations of issued files are given again for a moment: never for another file or trust."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signing.trust import TrustAnchors
from verify import kept_examinations, limits, proof
from verify.check import Examination

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ANCHORS = TrustAnchors((), (), (), (), {}, {})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What was really examined."""
    asked: list[Any] = []

    def examined(*arguments: Any) -> Examination:
        asked.append(arguments)
        return Examination("other", readable=False, ours=False, checks=())

    monkeypatch.setattr(proof, "examined", examined)
    kept_examinations.forget()
    yield asked
    kept_examinations.forget()


def ask(
    digest: str = "aa",
    anchors: TrustAnchors = ANCHORS,
    now: datetime = NOW,
    recorded_at: datetime | None = None,
) -> Examination:
    return kept_examinations.examined(b"file", digest, anchors, now, recorded_at)


def test_the_same_question_is_examined_once_in_a_minute(made: list[Any]) -> None:
    first = ask()
    assert ask(now=NOW + timedelta(seconds=limits.EXAMINATION_KEPT_SECONDS)) is first
    assert made == [(b"file", ANCHORS, NOW, None, True)]


@pytest.mark.parametrize(
    "other",
    [
        {"digest": "ab"},
        {"anchors": dataclasses.replace(ANCHORS)},
        {"now": NOW + timedelta(seconds=limits.EXAMINATION_KEPT_SECONDS + 1)},
        {"now": NOW - timedelta(seconds=1)},
        {"recorded_at": NOW},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_question_is_examined_anew(made: list[Any], other: dict[str, Any]) -> None:
    ask()
    ask(**other)
    assert len(made) == 2


def test_the_memory_has_an_end(made: list[Any]) -> None:
    for number in range(limits.EXAMINATIONS_KEPT + 1):
        ask(f"{number}")
    ask(f"{limits.EXAMINATIONS_KEPT}")
    assert len(made) == limits.EXAMINATIONS_KEPT + 1
    ask("0")
    assert len(made) == limits.EXAMINATIONS_KEPT + 2
