import json
import re
import shutil

import jsonschema
import pytest
from requests_to_draw import CRANE, crane, request

from renderer import layout
from renderer.errors import LayoutError

FACE = [
    ("设备类别", "规格型号"),
    ("出厂编号", "备案编号"),
    ("制造单位", "产权单位"),
    ("工程名称", "工程项目地址"),
    ("施工许可证编号", "使用单位"),
    ("维保单位", "使用单位项目负责人"),
    ("安装单位", "安装日期"),
    ("检测单位", "检测日期"),
]


@pytest.fixture
def copied(tmp_path):
    """A copy of the crane's layout, the only one that is known meanwhile."""
    shutil.copytree(layout.FOLDER / CRANE, tmp_path / CRANE)
    with layout.layouts_in(tmp_path):
        yield tmp_path / CRANE / "C0330-2023"


def errors(face):
    validator = jsonschema.Draft202012Validator(crane().schema)
    return {e.json_path for e in validator.iter_errors(face)}


def test_the_face_has_the_rows_of_the_notice():
    labels = [f.label for f in crane().fields.values()]
    assert list(zip(labels[::2], labels[1::2], strict=True)) == FACE
    assert crane().fields["project_manager"].label_lines == ("使用单位", "项目负责人")
    dates = [key for key, field in crane().fields.items() if field.format == "date"]
    assert dates == ["installed_on", "inspected_on"]


def test_the_newest_version_is_the_current_one(copied):
    newer = copied.parent / "C0330-2030"
    shutil.copytree(copied, newer)
    text = (newer / "layout.toml").read_text("utf-8")
    (newer / "layout.toml").write_text(text.replace("C0330-2023", "C0330-2030"), "utf-8")
    assert layout.load(CRANE).version == "C0330-2030"
    assert layout.load(CRANE, "C0330-2023").version == "C0330-2023"


@pytest.mark.parametrize(
    ("identifier", "version"),
    [
        ("no-such", None),
        ("", None),
        (f"../layouts/{CRANE}", None),
        (f"./{CRANE}", None),
        (CRANE, "C0"),
        (CRANE, "../crane-use-registration/C0330-2023"),
    ],
)
def test_an_unknown_layout_is_refused(identifier, version):
    with pytest.raises(LayoutError, match=r"^(no layout|layout .* has no version)"):
        layout.load(identifier, version)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("row_height = 14.5", "row_height = true", r"table\.row_height: a number is expected"),
        ("row_height = 14.5", "row_hight = 14.5", r"table\.row_hight: no such key"),
        ("row_minimum = 12.6\n", "", r"table\.row_minimum: is missing"),
        ("row_minimum = 12.6\n", "row_minimum = 20\n", "row_minimum must not be greater"),
        ("columns = [24.0, 54.0,", "columns = [54.0, 24.0,", "columns must grow"),
        ("columns = [24.0, 54.0,", "columns = [24.0,", "an odd number of edges"),
        ("text = [17, 17, 17]", "text = [17, 17, 300]", r"colours\.text"),
        ('align = "centre"', 'align = "middle"', r"texts\[0\]\.align: one of left, centre"),
        ('kind = "date_order"', 'kind = "order"', r"rules\[4\]\.kind"),
        ('codes = "equipment_category"', 'codes = "others"', r"rules\[1\]\.codes"),
        ("pattern = '(?P<division>", "pattern = '((?P<division>", r"rules\[0\]\.pattern"),
        ('key = "model"', 'key = "owner"', r"fields\[\d+\]\.key: owner occurs twice"),
        ('key = "model"', 'key = "modell"', r"properties\.modell: is missing"),
        ('id = "crane-use-registration"', 'id = "crane"', "is not the name of its folder"),
        ("margin = 4", "margin = 3", "margin is at least 4"),
        ("[table]", "[table", "layout.toml"),
    ],
)
def test_a_mistake_in_a_layout_is_named_by_file_and_key(copied, before, after, named):
    path = copied / "layout.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(LayoutError, match=named) as caught:
        layout.load(CRANE)
    assert str(copied) in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "01-tower-crane",
        "02-construction-hoist",
        "03-material-hoist-legacy-filing",
        "04-rare-characters-long-text",
        "05-number-to-allot-with-persons",
    ],
)
def test_good_faces_keep_the_schema(name):
    assert errors(request(name)["face"]) == set()


def test_the_sample_is_a_good_request():
    assert errors(layout.sample(crane())["face"]) == set()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("equipment_category", "塔吊"),
        ("construction_permit_number", "45010020241301000A"),
        ("construction_permit_number", "４５０１００２０２４０１０１０００１"),
        ("filing_number", "桂AA_T202400001"),
        ("installed_on", "2024年09月01日"),
        ("model", ""),
        ("model", " QTZ80"),
        ("user", "长" * 201),
        ("project_manager", 7),
    ],
)
def test_bad_values_break_the_schema(key, value):
    assert errors({**request("01-tower-crane")["face"], key: value}) == {f"$.{key}"}


def test_fields_can_neither_be_left_out_nor_added():
    face = request("01-tower-crane")["face"]
    assert errors({**face, "extra": "?"}) == {"$"}
    assert errors({k: v for k, v in face.items() if k != "factory_number"}) == {"$"}


@pytest.mark.parametrize(
    "number",
    [
        "桂AA-T202400001",
        "桂AA－T202400001",
        "桂AA－W－100－063",
        "桂C - S - 043 - 0113",
        "桂R—W—025-0149",
    ],
)
def test_filing_numbers_of_both_forms_and_all_dashes_are_taken(number):
    assert errors({**request("01-tower-crane")["face"], "filing_number": number}) == set()


def test_the_number_is_parted_by_its_rule():
    [rule] = [r for r in crane().rules if r["kind"] == "number_form"]
    parts = re.fullmatch(rule["pattern"], "450100T(2024)0000001")
    assert parts is not None
    assert parts.groupdict() == {
        "division": "450100",
        "letter": "T",
        "year": "2024",
        "serial": "0000001",
    }
    assert not re.fullmatch(rule["pattern"], "450100T(2024)000001")


def test_numbers_are_allotted_in_their_own_form():
    allotted = crane().number_allotment.format(division="450100", letter="T", year=2024, serial=1)
    assert allotted == "450100T(2024)0000001"


def test_every_rule_speaks_of_fields_that_exist():
    for rule in crane().rules:
        for path in [rule["field"]] if "field" in rule else rule.get("fields", ()):
            assert path == "issued_on" or path.removeprefix("face.") in crane().fields


def test_letters_stand_for_the_categories_of_the_schema():
    categories = crane().schema["properties"]["equipment_category"]["enum"]
    assert list(crane().codes["equipment_category"].values()) == categories


def test_the_schema_is_a_schema_and_plain_json():
    jsonschema.Draft202012Validator.check_schema(crane().schema)
    json.dumps(crane().schema)
