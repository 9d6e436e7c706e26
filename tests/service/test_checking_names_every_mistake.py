from collections.abc import Callable
from typing import Any

import pytest

from service import checking
from service.errors import Invalid
from service.request import Request

RequestOf = Callable[..., Request]


def problems(request: Request) -> dict[str, list[str]]:
    """Every mistake found, as field → messages."""
    with pytest.raises(Invalid) as refused:
        checking.check(request)
    found: dict[str, list[str]] = {}
    for problem in refused.value.problems:
        assert problem.label
        assert problem.message
        found.setdefault(problem.field, []).append(problem.message)
    return found


@pytest.mark.parametrize("name", ["01", "02", "03", "04", "05"])
def test_good_samples_pass(request_of: RequestOf, name: str) -> None:
    assert checking.check(request_of(name)).layout.id == "crane-use-registration"


def test_all_five_mistakes_are_named_at_once(request_of: RequestOf) -> None:
    found = problems(request_of("bad-1"))
    assert set(found) == {
        "number",
        "holder.code",
        "face.factory_number",
        "face.construction_permit_number",
        "face.inspected_on",
    }
    assert "S" in found["number"][0]
    assert "塔式起重机" in found["number"][0]


def test_a_character_that_no_font_has_is_named(request_of: RequestOf) -> None:
    found = problems(request_of("bad-2"))
    assert set(found) == {"face.project_manager"}
    assert "U+323A9" in found["face.project_manager"][0] or "𲎩" in found["face.project_manager"][0]


def test_hidden_characters_and_unknown_fields_are_named(request_of: RequestOf) -> None:
    found = problems(request_of("bad-3"))
    assert set(found) == {"face.user", "face.extra"}
    assert "U+202E" in found["face.user"][0]
    assert "U+0000" in found["face.user"][0]


@pytest.mark.parametrize("name", ["06", "07"])
def test_types_that_are_not_known_yet_are_refused_by_name(request_of: RequestOf, name: str) -> None:
    assert "未知的证照类型" in problems(request_of(name))["type"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": None}, "type"),
        ({"type": 5}, "type"),
        ({"authority": None}, "authority"),
        ({"authority__code": "11450100MB0000001A"}, "authority.code"),
        ({"authority__division": "45010"}, "authority.division"),
        ({"authority__extra": "x"}, "authority.extra"),
        ({"holder__name": ""}, "holder.name"),
        ({"holder__name": "甲\u200b公司"}, "holder.name"),
        ({"issued_on": "2024-02-30"}, "issued_on"),
        ({"issued_on": "20240920"}, "issued_on"),
        ({"issued_on": "2999-01-01"}, "issued_on"),
        ({"number": "450100T(2023)0000001"}, "number"),
        ({"number": "450200T(2024)0000001"}, "number"),
        ({"number": "450100X(2024)0000001"}, "number"),
        ({"number": "450100T(2024)1"}, "number"),
        ({"face__model": " QTZ80"}, "face.model"),
        ({"face__model": "x" * 101}, "face.model"),
        ({"face__user": ["公司"]}, "face.user"),
        ({"face__installed_on": "2024-09-06"}, "face.inspected_on"),
        ({"face__inspected_on": "2024-09-21"}, "issued_on"),
        ({"face__equipment_category": "汽车起重机"}, "face.equipment_category"),
        ({"face__filing_number": "12345"}, "face.filing_number"),
        ({"face__construction_permit_number": "450100202402300001"}, None),
        ({"persons": [{"name": "李\u202e四"}]}, "persons.0.id_number"),
        ({"notify_url": "http://example.org/"}, "notify_url"),
    ],
)
def test_each_mistake_is_found_where_it_is(
    request_of: RequestOf, changes: dict[str, Any], field: str | None
) -> None:
    assert (field or "face.construction_permit_number") in problems(request_of("01", **changes))


def test_one_mistake_is_told_once(request_of: RequestOf) -> None:
    found = problems(request_of("01", face__user="甲\u0000公司", issued_on="2024-13-01"))
    assert all(len(messages) == 1 for messages in found.values())
    assert set(found) == {"face.user", "issued_on"}


def test_an_old_filing_number_passes_with_a_warning(request_of: RequestOf) -> None:
    (warning,) = checking.check(request_of("03")).warnings
    assert warning.field == "face.filing_number"


@pytest.mark.parametrize(
    "number", ["450100T（2024）0000001", " 450100T (2024) 0000001", "４５０１００Ｔ〔2024〕0000001"]
)
def test_a_number_is_taken_in_any_width_and_kept_in_one(request_of: RequestOf, number: str) -> None:
    assert checking.check(request_of("01", number=number)).number == "450100T(2024)0000001"


def test_messages_never_carry_invisible_characters(request_of: RequestOf) -> None:
    found = problems(request_of("01", type="\u202eabc", authority__code="\u0000"))
    assert all(message.isprintable() for messages in found.values() for message in messages)
