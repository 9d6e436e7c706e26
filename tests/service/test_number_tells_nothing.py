"""A number that does not exist and a wrong pair: the same answer, and the same work for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock, replacing
from service.installation import Installation
from service.issuing import Issued, issue
from service.prepared import Prepared
from service.request import Request
from verify import decide
from verify.verdict import Verdict, Word


@pytest.fixture
def issued(installation: Installation, request_of: Callable[..., Request]) -> Issued:
    """A certificate of which there are two versions, the first replaced."""
    first = issue(installation, request_of("01"))
    wanted = replacing.read({"face": {"model": "QTZ63"}, "reason": "照面信息变更"})
    return replacing.replace(installation, first.entry, wanted)


@contextmanager
def asked(installation: Installation) -> Iterator[list[str]]:
    """The statements that are sent to the register meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    def rows(query: Prepared, engine: sa.Engine, wanted: Any) -> list[Any]:
        sent.append(str(query))
        return asks(query, engine, wanted)

    engine, asks = installation.database.engine, Prepared.rows
    sa.event.listen(engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prepared, "rows", rows)  # asked of the driver, past the engine's events
        yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def look_up(installation: Installation, number: str, second: str) -> tuple[Verdict, list[str]]:
    now = clock.now()
    with asked(installation) as sent:
        found = decide.number(number, second, register=installation.register, at=now, now=now)
    return found, sent


def test_nothing_tells_a_wrong_pair_from_a_number_that_does_not_exist(
    installation: Installation, issued: Issued
) -> None:
    number, second = issued.entry.number, issued.entry.face["factory_number"]
    wrong, work_for_wrong = look_up(installation, number, "0" * len(second))
    nobody, work_for_nobody = look_up(installation, "450100T(2024)9999999", second)
    assert wrong == nobody
    assert wrong.verdict is Word.UNKNOWN
    assert work_for_wrong == work_for_nobody
    assert len(work_for_wrong) == 1


def test_who_names_both_is_told(installation: Installation, issued: Issued) -> None:
    number, second = issued.entry.number, issued.entry.face["factory_number"]
    right, work = look_up(installation, number, second)
    assert right.verdict is Word.VALID
    assert len(work) > 1


def test_a_type_without_a_factory_number_is_asked_with_what_it_has(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    permit = issue(installation, request_of("07")).entry
    assert permit.second_field != "factory_number"
    right, _ = look_up(installation, permit.number, permit.face[permit.second_field])
    assert right.verdict is Word.VALID
    wrong, work = look_up(installation, permit.number, "某公司")
    assert wrong.certificate is None
    assert len(work) == 1
