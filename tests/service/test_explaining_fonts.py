"""`sealpress render --explain`: which font drew what, in lines for people and in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import main

SAMPLES = Path(__file__).parent.parent / "samples"
RARE = SAMPLES / "04-rare-characters-long-text.json"
ORDINARY = SAMPLES / "01-tower-crane.json"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    return home


def explained(capsys: pytest.CaptureFixture[str], request: Path) -> dict[str | None, Any]:
    assert main(["render", str(request), "--explain", "--json"]) == 0
    return {one["field"]: one for one in json.loads(capsys.readouterr().out)}


def test_a_character_drawn_by_the_next_font_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(capsys, RARE)["manufacturer"]
    assert [(use["family"], use["fallback"]) for use in told["fonts"]] == [
        ("Noto Serif SC", False),
        ("Sealpress Serif Rare", True),
    ]
    assert told["fonts"][1]["characters"] == "𠮷"
    assert told["fonts"][1]["file"] == "SealpressSerifRare-Regular.ttf"


def test_sizes_and_lines_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = explained(capsys, RARE)
    assert (told["number"]["label"], told["number"]["lines"]) == ("编号", 1)
    name = told["project_name"]
    assert name["label"] == "工程名称"
    assert name["lines"] > 1
    assert name["sizes"][0] < told["owner"]["sizes"][0]


def test_every_field_of_the_face_is_told_and_the_layouts_own_text_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = explained(capsys, ORDINARY)
    face = json.loads(ORDINARY.read_text("utf-8"))["face"]
    assert set(told) == {"number", "authority", "issued_on", *face, None}
    assert list(told)[-1] is None
    assert {use["family"] for use in told[None]["fonts"]} == {
        "Sealpress Serif Title",
        "Noto Serif SC",
    }
    assert not any(use["fallback"] for one in told.values() for use in one["fonts"])


def test_the_lines_for_people_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(RARE), "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (maker,) = [line for line in lines if "(manufacturer)" in line]
    assert maker.startswith("制造单位 (manufacturer): 11磅 2行 Noto Serif SC；")
    assert "Sealpress Serif Rare" in maker
    assert "𠮷 U+20BB7" in maker
    assert sum("U+" in line for line in lines) == 1


def test_a_preview_can_be_drawn_and_explained_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "a.svg"
    command = ["render", str(ORDINARY), "--format", "svg", "--out", str(out), "--explain", "--json"]
    assert main(command) == 0
    assert out.read_bytes().startswith(b"<?xml")
    json.loads(capsys.readouterr().out)


def test_explaining_makes_no_installation(
    capsys: pytest.CaptureFixture[str], nowhere: Path
) -> None:
    explained(capsys, ORDINARY)
    assert not nowhere.exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "--explain"),
        (("--format", "pdf"), "--out"),
        (("--out", "a.pdf"), "--format"),
        (("--json",), "--explain"),
        (("--format", "pdf", "--out", "a.pdf", "--json"), "--explain"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    options: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(ORDINARY), *options]) == 64
    assert named in capsys.readouterr().err
