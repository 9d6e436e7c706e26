"""Looking up a printed number: what opens it, and that nothing else can be told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from verify import decide
from verify.presentation import OPERATOR
from verify.verdict import Verdict, Word

_NUMBER = "450100T(2024)0000001"
_FACTORY = "19020319"


def _ask(world: Any, number: str, factory: str | None, **more: Any) -> Verdict:
    facts = {"register": world.register, "at": world.now, "now": world.now}
    return decide.number(number, factory, **(facts | more))


@pytest.mark.parametrize("number", [_NUMBER, "450100t（2024） 0000001"])
@pytest.mark.parametrize("factory", [_FACTORY, "１９０２０３１９", " 1902 0319 "])
def test_number_and_factory_number_in_any_writing_open_a_certificate(
    world: Any, number: str, factory: str
) -> None:
    verdict = _ask(world, number, factory)
    assert verdict.verdict is Word.VALID
    assert verdict.certificate is not None
    assert verdict.certificate["number"] == _NUMBER


@pytest.mark.parametrize(
    ("number", "factory"),
    [
        (_NUMBER, "19020310"),
        (_NUMBER, ""),
        (_NUMBER, None),
        (_NUMBER, "x" * 1000),
        ("450100T(2024)9999999", _FACTORY),
        ("", ""),
        ("\x00", _FACTORY),
        ("\ud800", "\ud800"),
        ("9" * 100_000, _FACTORY),
    ],
)
def test_a_wrong_pair_and_no_such_number_have_the_same_answer(
    world: Any, number: str, factory: str | None
) -> None:
    reference = _ask(world, "450100T(2024)7777777", "1").as_json()
    answer = _ask(world, number, factory)
    assert answer.verdict is Word.UNKNOWN
    assert answer.certificate is None
    assert answer.as_json() == reference


def test_a_certificate_without_a_factory_number_is_not_opened_by_an_empty_one(world: Any) -> None:
    world.change(world.crane, face={"project_name": "x"})
    assert _ask(world, _NUMBER, "").verdict is Word.UNKNOWN


def test_the_operator_may_look_up_by_number_alone(world: Any) -> None:
    verdict = _ask(world, _NUMBER, None, view=OPERATOR)
    assert verdict.verdict is Word.VALID
    assert _ask(world, _NUMBER, "wrong", view=OPERATOR).verdict is Word.UNKNOWN


def test_a_cancelled_certificate_says_since_when_and_why(world: Any) -> None:
    world.cancel(world.crane)
    verdict = _ask(world, _NUMBER, _FACTORY)
    assert verdict.verdict is Word.CANCELLED
    assert verdict.status.effective_from == world.now - timedelta(days=1)
    assert verdict.status.known_since == world.now - timedelta(hours=23)
    assert "拆卸告知办结" in verdict.reason
    assert verdict.exit_code == 2


def test_before_the_cancelling_took_effect_it_was_valid(world: Any) -> None:
    world.cancel(world.crane)
    verdict = _ask(world, _NUMBER, _FACTORY, at=world.now - timedelta(days=2))
    assert verdict.verdict is Word.VALID


@pytest.mark.parametrize("days", [-1000, 1])
def test_before_it_was_issued_and_in_the_future_nothing_is_valid(world: Any, days: int) -> None:
    verdict = _ask(world, _NUMBER, _FACTORY, at=world.now + timedelta(days=days))
    assert verdict.verdict is Word.UNKNOWN
    assert verdict.status.state is None


def test_of_several_with_one_number_the_newest_valid_one_is_told(world: Any) -> None:
    world.cancel(world.crane)
    world.add("01-tower-crane.json", version=2)
    world.cancel(world.add("01-tower-crane.json", version=3))
    verdict = _ask(world, _NUMBER, _FACTORY)
    assert verdict.verdict is Word.VALID
    assert verdict.certificate is not None
    assert verdict.certificate["version"] == 2


def test_of_several_cancelled_ones_the_newest_is_told(world: Any) -> None:
    world.cancel(world.crane)
    world.cancel(world.add("01-tower-crane.json", version=2))
    verdict = _ask(world, _NUMBER, _FACTORY)
    assert verdict.verdict is Word.CANCELLED
    assert verdict.certificate is not None
    assert verdict.certificate["version"] == 2


def test_an_entry_whose_issuing_did_not_succeed_is_never_valid(world: Any) -> None:
    world.change(world.crane, history=())
    assert _ask(world, _NUMBER, _FACTORY).verdict is Word.UNKNOWN


def test_the_public_sees_no_whole_personal_name_and_the_operator_does(world: Any) -> None:
    public = str(_ask(world, _NUMBER, _FACTORY).as_json())
    assert "王示例" not in public
    assert "王**" in public
    assert "王示例" in str(_ask(world, _NUMBER, None, view=OPERATOR).as_json())


def test_plate_numbers_stand_first_and_labels_in_printed_order(world: Any) -> None:
    certificate = _ask(world, _NUMBER, _FACTORY).as_json()["certificate"]
    assert list(certificate)[:2] == ["factory_number", "filing_number"]
    assert certificate["face"][0] == {
        "field": "equipment_category",
        "label": "设备类别",
        "value": "塔式起重机",
    }
    assert len(certificate["face"]) == 16
