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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "crane-use-registration") for name in ("01", "02", "03", "04", "05")),
        ("06", "crane-filing"),
        ("07", "construction-permit"),
    ],
)
def test_good_samples_pass(request_of: RequestOf, name: str, kind: str) -> None:
    assert checking.check(request_of(name)).layout.id == kind


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


def test_a_type_that_is_not_known_is_refused_by_name(request_of: RequestOf) -> None:
    found = problems(request_of("01", type="fire-permit"))
    assert "未知的证照类型“fire-permit”" in found["type"][0]


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
        ({"face__user": 5}, "face.user"),
        ({"face__user": 1.5}, "face.user"),
        ({"face__user": True}, "face.user"),
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


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"number": "桂AA-S202400001"}, "number", "塔式起重机"),
        ({"number": "桂BA-T202400001"}, "number", "应为 桂AA"),
        ({"number": "粤AA-T202400001"}, "number", "应为 桂AA"),
        ({"number": "桂AA-T202300001"}, "number", "2023 与 2024"),
        ({"number": "桂AA-T-058-208"}, "number", "备案编号应为"),
        ({"authority__division": "990100"}, "number", "代码表中没有区划 990100"),
        ({"number": None, "authority__division": "440100"}, "number", "请在请求中给出编号"),
        ({"face__manufactured_on": "2024-03-19"}, "issued_on", "出厂日期"),
        ({"face__equipment_name": "汽车起重机"}, "face.equipment_name", "塔式起重机"),
        ({"face__factory_price": "46万"}, "face.factory_price", "元"),
        ({"face__service_life_years": "0"}, "face.service_life_years", "1至99"),
        ({"face__production_licence_number": ""}, "face.production_licence_number", "不能为空"),
        ({"face__owner": None}, "face.owner", "缺少必填项"),
    ],
)
def test_mistakes_in_a_filing_certificate_are_found(
    request_of: RequestOf, changes: dict[str, Any], field: str, words: str
) -> None:
    assert words in problems(request_of("06", **changes))[field][0]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"number": "450100202402300001"}, "number", "真实日期，且不晚于发证日期，现为“20240230”"),
        ({"number": "450100202401020001"}, "number", "20240102 晚于发证日期 2024-01-01"),
        ({"number": "450200202401010001"}, "number", "450200 与 450100"),
        ({"number": "45010020240101001"}, "number", "应为18位数字"),
        ({"number": "[2018]施[朝]建字0072号"}, "number", "应为18位数字"),
        ({"face__remarks": " "}, "face.remarks", "可以为空"),
        ({"face__developer": ""}, "face.developer", "不能为空"),
        ({"face__factory_number": "1"}, "face.factory_number", "未知字段"),
    ],
)
def test_mistakes_in_a_construction_permit_are_found(
    request_of: RequestOf, changes: dict[str, Any], field: str, words: str
) -> None:
    assert words in problems(request_of("07", **changes))[field][0]


def test_one_wrong_date_in_a_permits_number_is_told_once(request_of: RequestOf) -> None:
    assert len(problems(request_of("07", number="450100202402300001"))["number"]) == 1


@pytest.mark.parametrize("remarks", [None, "", "分期施工"])
def test_remarks_may_be_empty_or_left_out(request_of: RequestOf, remarks: str | None) -> None:
    assert checking.check(request_of("07", face__remarks=remarks)).warnings == ()


BAD_VALUES = {
    "control character": ("甲\x07乙", "U+0007"),
    "newline": ("甲\n乙", "U+000A"),
    "line separator": ("甲\u2028乙", "U+2028"),
    "bidirectional override": ("甲\u202e乙", "U+202E"),
    "zero width": ("甲\u200b乙", "U+200B"),
    "private use": ("甲\ue000乙", "U+E000"),
    "emoji": ("甲😀乙", "U+1F600"),
    "ten thousand characters": ("长" * 10_000, "10000"),
}


@pytest.mark.parametrize(("value", "words"), BAD_VALUES.values(), ids=BAD_VALUES)
@pytest.mark.parametrize(("name", "key"), [("06", "model"), ("06", "owner"), ("07", "surveyor")])
def test_what_cannot_be_printed_is_refused_by_name(
    request_of: RequestOf, name: str, key: str, value: str, words: str
) -> None:
    found = problems(request_of(name, **{f"face__{key}": value}))
    assert list(found) == [f"face.{key}"]
    assert words in found[f"face.{key}"][0]
    assert found[f"face.{key}"][0].isprintable()


def test_a_name_may_be_as_long_as_the_schema_says_where_its_cell_is_wide(
    request_of: RequestOf,
) -> None:
    checking.check(request_of("06", face__owner="长" * 200))
    checking.check(request_of("07", face__developer="长" * 200))
    assert "200" in problems(request_of("07", face__surveyor="长" * 200))["face.surveyor"][0]


@pytest.mark.parametrize("name", ["06", "07"])
def test_markup_is_text_like_any_other(request_of: RequestOf, name: str) -> None:
    key = {"06": "face__owner", "07": "face__developer"}[name]
    assert checking.check(request_of(name, **{key: "<b>&amp;</b>]]>(甲)\\公司"}))


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
