"""`sealpress layout check` names every mistake in a layout's folder by file, key and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from renderer import fonts, layout
from service.cli import main
from service.layout_checking import mistakes

PERMIT = Path("construction-permit") / "C0217-2019"
EVERY = sorted(path.parent for path in layout.FOLDER.glob("*/*/layout.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the permit's folder, to be spoilt."""
    return Path(shutil.copytree(layout.FOLDER / PERMIT, tmp_path / PERMIT))


def spoil(folder: Path, *changes: tuple[str, str], file: str = "layout.toml") -> set[str]:
    """Replace words in a file; what is then found, as `file: key: reason` without the folder."""
    path = folder / file
    text = path.read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, "utf-8")
    return {str(one).removeprefix(f"{folder}/") for one in mistakes(folder)}


@pytest.mark.parametrize("folder", EVERY, ids=lambda path: path.parent.name)
def test_the_projects_own_layouts_have_no_mistakes(folder: Path) -> None:
    assert mistakes(folder) == ()
    assert main(["layout", "check", str(folder)]) == 0


SPOILT = {
    "unknown key": (
        "row_minimum =",
        "row_minimun = 1\nrow_minimum =",
        "table.row_minimun: no such key",
    ),
    "wrong kind": ("top = 93.8", 'top = "93.8"', "table.top: a number is expected, not '93.8'"),
    "endless number": (
        "top = 93.8",
        "top = nan",
        "table.top: a finite number is expected, not nan",
    ),
    "unknown font": ('font = "serif"', 'font = "kai"', ".font: one of serif, bold is expected"),
    "edge off the table": (
        "value = [1, 4]",
        "value = [1, 5]",
        "cells[0].value: edge 5 is off the table",
    ),
    "cells on one another": (
        "value = [1, 4]",
        "value = [0, 4]",
        "overlaps table.rows[0].cells[0].label",
    ),
    "page as large as the world": (
        "width = 210.0",
        "width = 99999999999999999999",
        "page.width: a number of at most 2000 is expected",
    ),
    "waves without end": ("waves = 9", "waves = 201", "waves, curves: at most 200 are expected"),
    "waves too fine": (
        "band_period = 4.2",
        "band_period = 0.1",
        "band_period: at least 0.5 mm are expected",
    ),
    "edges in the wrong order": (
        "value = [1, 4]",
        "value = [4, 1]",
        "value: two edges are expected",
    ),
    "field without a cell": (
        '    { cells = [{ field = "remarks", label = [0, 1], value = [1, 4] }] },\n',
        "",
        "fields[14]: remarks has no cell in table.rows",
    ),
    "cell without a field": ('field = "remarks"', 'field = "remark"', "there is no field 'remark'"),
    "field in two cells": (
        'field = "scale"',
        'field = "developer"',
        "developer stands in table.rows[0].cells[0] already",
    ),
    "table off the page": ("186.0]", "216.0]", "table: is off the page"),
    "table on the border": ("186.0]", "199.0]", "table: is on the border"),
    "border off the paper": (
        "outer = 9.0",
        "outer = 5.2",
        "border.outer: nearer to the edge of the paper than 5 mm",
    ),
    "text on a text": ("baseline = 61.5", "baseline = 51.0", "texts[1]: overlaps texts[0]"),
    "text too wide for the page": (
        'text = "准予施工。特发此证。"',
        f'text = "{"准予施工。" * 9}"',
        "texts[3]: is off the page",
    ),
    "code under the table": ("top = 221.0", "top = 205.0", "table: overlaps codes[0]"),
    "seal on the code": ("x = 158.0", "x = 60.0", "seal: overlaps codes[0]"),
    "fine code": (
        "size = 30.0",
        "size = 29.0",
        "codes[0].size: a module of version 10 is 0.446 mm wide, 0.45 is the least",
    ),
    "code of too few modules": (
        "highest_version = 10",
        "highest_version = 8",
        "codes.0: 二维码内容过长",
    ),
    "no margin": ("margin = 4", "margin = 2", "codes[0]: margin is at least 4 modules"),
    "label wider than its cell": (
        'label = "建设规模"',
        'label = "建设规模（平方米）"',
        "fields[3].label: “建设规模（平方米）” is",
    ),
    "label higher than its row": (
        'label = "建设规模"',
        'label = "建|设|规"',
        "fields[3].label: its lines are",
    ),
    "rows lower than a line": (
        "row_minimum = 10.6",
        "row_minimum = 5",
        "table.rows[0]: 5.0 mm are too low for a line of values",
    ),
    "character without a font": (
        'label = "建设规模"',
        'label = "建设规😀"',
        "fields[3].label: 不能打印的字符：“😀”U+1F600",
    ),
    "empty label": ('label = "建设规模"', 'label = ""', "fields[3]: label is empty"),
    "wrong key": ('key = "scale"', 'key = "Scale"', "fields[3]: key 'Scale'"),
    "no entry": ('field = "authority"', 'field = "number"', "entries: none shows authority"),
    "shown twice": (
        'field = "authority"',
        'field = "number"',
        "entries[1].field: number is shown by entries[0] already",
    ),
    "unknown rule": ('kind = "number_date"', 'kind = "number_day"', "rules[2].kind: one of"),
    "rule with too much": (
        'kind = "number_date"',
        'kind = "number_date"\nfield = "number"',
        "rules[2].field: no such key",
    ),
    "rule with too little": (
        'kind = "number_date"',
        'kind = "date_order"',
        "rules[2].fields: is missing",
    ),
    "rule of the wrong kind": (
        'kind = "number_date"',
        'kind = "date_order"\nfields = "number"',
        "rules[2].fields: a list of text is expected",
    ),
    "rule on no field": (
        'kind = "number_date"',
        'kind = "date_order"\nfields = ["face.day"]',
        "rules[2].fields: there is no field 'face.day'",
    ),
    "rule without its group": (
        'kind = "number_date"',
        'kind = "number_year"',
        "rules[2]: the pattern of number_form has no group 'year'",
    ),
    "pattern that is none": ("pattern = '(?P", "pattern = '((?P", "rules[0].pattern: missing )"),
    "no form of numbers": (
        'kind = "number_form"',
        'kind = "recommended_pattern"\nfield = "number"',
        "rules: exactly one of the kind number_form is expected",
    ),
    "unknown part of a number": (
        '"{division}{date}{serial:04d}"',
        '"{division}{day}"',
        "number_allotment: there is no part {day}",
    ),
    "number of another form": (
        '"{division}{date}{serial:04d}"',
        '"{division}-{serial:04d}"',
        "number_allotment: what it makes of the sample is no number",
    ),
    "number form that cannot be filled": (
        "{serial:04d}",
        "{serial:04q}",
        "number_allotment: cannot be filled in",
    ),
    "identifier that is none": (
        'serial = "{division}{date}{serial}"',
        'serial = "{division}-{date}"',
        "license_serial: ",
    ),
    "second field that is none": (
        'second_field = "developer"',
        'second_field = "owner"',
        "second_field: there is no field 'owner'",
    ),
    "wrong folder": (
        'version = "C0217-2019"',
        'version = "C0217-2018"',
        "version: 'C0217-2018' is not the name of its folder",
    ),
    "border inside out": (
        "second = 10.6",
        "second = 20.6",
        "border: outer < second < band < inner does not hold",
    ),
    "emblem out of the folder": (
        "diameter = 18.0",
        'diameter = 18.0\nfile = "../a.svg"',
        "emblem: file: the name of an .svg file",
    ),
    "emblem that is not there": (
        "diameter = 18.0",
        'diameter = 18.0\nfile = "a.svg"',
        "a.svg: cannot be read",
    ),
    "no TOML": ("[table]", "[table", "layout.toml: "),
}


@pytest.mark.parametrize(("before", "after", "told"), SPOILT.values(), ids=SPOILT)
def test_a_mistake_in_layout_toml_is_named(
    folder: Path, before: str, after: str, told: str
) -> None:
    found = spoil(folder, (before, after))
    assert [one for one in found if told in one], found


IN_OTHER_FILES = {
    "field missing in the schema": (
        "schema.json",
        '"scale": {',
        '"scales": {',
        "schema.json: properties.scale: is missing",
    ),
    "required field that is none": (
        "schema.json",
        '"developer",',
        '"owner",',
        "schema.json: required: layout.toml has no field 'owner'",
    ),
    "schema open to anything": (
        "schema.json",
        '"additionalProperties": false',
        '"additionalProperties": true',
        "additionalProperties: false is expected",
    ),
    "schema that is none": (
        "schema.json",
        '"maxLength": 200',
        '"maxLength": "x"',
        "schema.json: properties.developer.maxLength: 'x' is not of type 'integer'",
    ),
    "pattern that is none": (
        "schema.json",
        '"^(?:',
        '"^((?:',
        "schema.json: properties.remarks.pattern: ",
    ),
    "no JSON": ("schema.json", "{", "[", "schema.json: "),
    "no identifier": (
        "codes.toml",
        "[license_id]",
        "[license]",
        "codes.toml: license_id: a table with",
    ),
    "wrong suffix": (
        "codes.toml",
        '"999"',
        '"99"',
        "codes.toml: license_id.type_suffix: three digits are expected",
    ),
    "sample of another type": (
        "sample.json",
        '"construction-permit"',
        '"crane-filing"',
        "sample.json: type: 'construction-permit' is expected",
    ),
    "sample that breaks its schema": (
        "sample.json",
        '"陈示例"',
        '""',
        "sample.json: face.surveyor_manager: 不能为空",
    ),
    "sample that breaks a rule": (
        "sample.json",
        '"450100202401010001"',
        '"450100202401020001"',
        "sample.json: number: 施工许可证编号",
    ),
    "sample with a wrong check digit": (
        "sample.json",
        "91450100MA500013XW",
        "91450100MA500013XX",
        "sample.json: holder.code: ",
    ),
    "sample that no font draws": (
        "sample.json",
        '"陈示例"',
        '"陈\U000323a9"',
        "sample.json: face.surveyor_manager: 不能打印的字符",
    ),
}


@pytest.mark.parametrize(
    ("file", "before", "after", "told"), IN_OTHER_FILES.values(), ids=IN_OTHER_FILES
)
def test_a_mistake_in_another_file_is_named(
    folder: Path, file: str, before: str, after: str, told: str
) -> None:
    found = spoil(folder, (before, after), file=file)
    assert [one for one in found if told in one], found


def test_a_sample_that_does_not_fit_is_named(folder: Path) -> None:
    found = spoil(folder, ("陈示例", "长" * 50), ("林示例", "长" * 50), file="sample.json")
    found = spoil(folder, ("王示例", "长" * 50), ("黄示例", "长" * 50), file="sample.json")
    assert [one for one in found if "sample.json: face.surveyor_manager: 文字过长" in one], found


def test_mistakes_of_every_kind_are_named_at_once(folder: Path) -> None:
    spoil(
        folder, ('"additionalProperties": false', '"additionalProperties": 1'), file="schema.json"
    )
    spoil(folder, ('"999"', '"9"'), file="codes.toml")
    (folder / "sample.json").unlink()
    found = spoil(
        folder,
        ("highest_version = 10", "highest_version = 12"),
        ("row_minimum =", "row_minimun = 1\nrow_minimum ="),
        ('kind = "number_date"', 'kind = "number_day"'),
        ("x = 158.0", "x = 60.0"),
    )
    for told in (
        "schema.json: additionalProperties",
        "codes.toml: license_id.type_suffix",
        "sample.json: cannot be read",
        "layout.toml: codes[0].size",
        "layout.toml: table.row_minimun",
        "layout.toml: rules[2].kind",
        "layout.toml: seal: overlaps codes[0]",
    ):
        assert [one for one in found if one.startswith(told)], (told, found)


def test_wrong_values_are_all_named_whatever_they_hinder(folder: Path) -> None:
    found = spoil(folder, ("top = 93.8", "top = true"), ("size = 30.0", 'size = "30"'))
    assert {one.split(": ")[1] for one in found} == {"table.top", "codes[0].size"}


def test_a_font_that_is_not_there_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fonts.FILES, "lost", "Lost.ttf")  # type: ignore[arg-type]
    assert [one for one in mistakes(folder) if "Lost.ttf" in one.file]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path / "nothing")
    assert {Path(one.file).name for one in found} == {
        "layout.toml",
        "schema.json",
        "codes.toml",
        "sample.json",
    }


def test_each_mistake_is_a_line_and_the_exit_status_is_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, ("row_minimum =", "row_minimun = 1\nrow_minimum ="))
    assert main(["layout", "check", str(folder)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"{folder}/layout.toml: table.row_minimun: no such key"


def test_a_layout_with_mistakes_is_not_drawn(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, ("陈示例", ""), file="sample.json")
    out = tmp_path / "x.pdf"
    assert main(["layout", "show", str(folder), "--out", str(out)]) == 1
    assert "face.surveyor_manager" in capsys.readouterr().err
    assert not out.exists()
