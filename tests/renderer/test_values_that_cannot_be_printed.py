import pytest
from requests_to_draw import CODE, altered, content, crane

from renderer import compose
from renderer.errors import Refused
from renderer.page import TextRun


def problems(wanted):
    return compose.check(crane(), wanted)


def test_a_character_that_no_font_has_is_refused_by_name():
    [problem] = problems(content("bad-2-character-no-font-has"))
    assert (problem.field, problem.label) == ("face.project_manager", "使用单位项目负责人")
    assert "𲎩" in problem.message
    assert "U+323A9" in problem.message


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\x00", "控制字符"),
        ("\x7f", "控制字符"),
        ("\n", "换行字符"),
        ("\r", "换行字符"),
        ("\x85", "换行字符"),
        ("\u2028", "换行字符"),
        ("\u202e", "文字方向控制字符"),
        ("\u2067", "文字方向控制字符"),
        ("\u200b", "不可见"),
        ("\ufeff", "不可见"),
        ("\u00ad", "不可见"),
        ("\ue000", "私用区"),
        ("\U000f0000", "私用区"),
        ("\ud800", "代理字符"),
        ("\u0301", "组合字符"),
        ("\ufe0f", "组合字符"),
        ("\U000e0100", "组合字符"),
        ("\uffff", "没有此字"),
        ("😀", "没有此字"),
    ],
)
def test_invisible_and_meaningless_characters_are_refused_by_name(character, named):
    [problem] = problems(content(user=f"示例{character}公司"))
    assert problem.field == "face.user"
    assert named in problem.message
    assert f"U+{ord(character):04X}" in problem.message


def test_all_mistakes_are_told_at_once():
    wanted = altered(
        content(project_manager="王\x00", model="长" * 300, installed_on="2024-02-30", extra="?"),
        authority="示例\u202e局",
        issued_on="20240901",
    )
    face = dict(wanted.face)
    del face["owner"]
    found = [p.field for p in problems(altered(wanted, face=face))]
    assert sorted(found) == sorted(
        [
            "authority",
            "issued_on",
            "face.extra",
            "face.installed_on",
            "face.model",
            "face.owner",
            "face.project_manager",
        ]
    )
    with pytest.raises(Refused) as caught:
        compose.compose(crane(), altered(wanted, face=face), [CODE])
    assert [p.field for p in caught.value.problems] == found


def test_the_first_of_many_characters_are_named_and_the_rest_counted():
    [problem] = problems(content(user="".join(map(chr, range(0xE000, 0xE100)))))
    assert problem.message.count("U+") == 5
    assert "256" in problem.message


@pytest.mark.parametrize("key", ["model", "project_name", "project_manager"])
def test_a_value_too_long_for_the_table_is_refused_with_its_length(key):
    [problem] = problems(content(**{key: "长" * 180}))
    assert problem.field == f"face.{key}"
    assert "180" in problem.message


def test_values_that_are_only_together_too_long_are_all_named():
    long = "长" * 100
    names = ("manufacturer", "project_name", "user", "installer")
    assert problems(content(project_name=long)) == ()
    found = problems(content(**dict.fromkeys(names, long)))
    assert {p.field for p in found} == {f"face.{n}" for n in names}


@pytest.mark.parametrize("value", ["2024-02-30", "2024-9-1", "20240901", "", "２０２４-09-01"])
def test_a_date_that_is_none_is_refused(value):
    assert [p.field for p in problems(content(installed_on=value))] == ["face.installed_on"]


def test_a_number_too_long_for_its_line_is_refused():
    [problem] = problems(altered(content(), number="4" * 150))
    assert (problem.field, problem.label) == ("number", "编号")


def test_an_authority_too_long_for_its_place_is_refused():
    assert [p.field for p in problems(altered(content(), authority="局" * 60))] == ["authority"]


def test_an_empty_text_leaves_its_cell_empty():
    wanted = content(model="")
    assert problems(wanted) == ()
    marks = compose.compose(crane(), wanted, [CODE]).marks
    assert not [m for m in marks if isinstance(m, TextRun) and m.field == "model"]


def test_a_code_that_needs_too_many_modules_is_refused():
    with pytest.raises(Refused) as caught:
        compose.compose(crane(), content(), [compose.Code("HTTPS://A/" + "1" * 520)])
    assert [p.field for p in caught.value.problems] == ["codes.0"]
    assert "版本10" in caught.value.problems[0].message
