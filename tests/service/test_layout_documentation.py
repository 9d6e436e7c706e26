"""docs/layouts.md is followed to the letter: what it says must make a fourth type."""

from __future__ import annotations

import io
import re
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from renderer import layout, ofd, pdf
from service import checking, press, request
from service.cli import main
from service.installation import Installation
from service.issuing import issue

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "layouts.md").read_text("utf-8")
FILE = re.compile(r"^`(layouts/[^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^sealpress (layout .*)$", re.MULTILINE)
FOLDER = "layouts/fire-permit/T0001-2026"


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the document was followed, its layouts the only ones there are."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILE.findall(DOCUMENT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    with layout.layouts_in(tmp_path / "layouts"):
        yield tmp_path


def test_the_document_gives_all_four_files(followed: Path) -> None:
    names = {path.name for path in (followed / FOLDER).iterdir()}
    assert names == {"layout.toml", "schema.json", "codes.toml", "sample.json"}


def test_the_documents_commands_find_no_mistake_and_draw_it(followed: Path) -> None:
    commands = [shlex.split(line) for line in COMMAND.findall(DOCUMENT)]
    assert [command[1] for command in commands] == ["check", "show"]
    assert [main(command) for command in commands] == [0, 0]
    text = pypdf.PdfReader(followed / "fire-permit.pdf").pages[0].extract_text()
    assert "场所名称" in text
    assert "3200平方米" in text
    assert "2026年03月01日" in text


def test_the_type_is_drawn_in_both_formats(followed: Path) -> None:
    posted = request.read((followed / FOLDER / "sample.json").read_bytes())
    checked = checking.check(posted)
    page = press.preview(checked.layout, checked.content())
    info = press.preview_info(checked.layout, checked.content())
    document = pypdf.PdfReader(io.BytesIO(pdf.write(page, info).data))
    assert "消防准予证" in document.pages[0].extract_text()
    with zipfile.ZipFile(io.BytesIO(ofd.write(page, info))) as package:
        content = package.read("Doc_0/Pages/Page_0/Content.xml").decode()
    assert "3200平方米" in content


def test_the_type_is_issued_like_any_other(followed: Path, installation: Installation) -> None:
    posted = request.read((followed / FOLDER / "sample.json").read_bytes())
    entry = issue(installation, posted).entry
    assert (entry.type, entry.layout_version) == ("fire-permit", "T0001-2026")
    assert ".450100F202600001." in entry.license_id
    assert entry.second_field == "place"


def test_every_kind_of_rule_and_no_other_is_documented() -> None:
    from renderer.layout_rules import RULE_KEYS

    table = DOCUMENT.partition("### Rules")[2]
    rows = re.findall(r"^\| `(\w+)` \|.*\| ?([^|]*) \|$", table, re.MULTILINE)
    assert {kind: set(re.findall(r"`(\w+)`", keys)) for kind, keys in rows} == {
        kind: set(keys) for kind, keys in RULE_KEYS.items()
    }
