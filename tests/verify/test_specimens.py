"""What was issued once stays genuine: files and codes of each generation, by their day's trust."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from signing import trust
from verify import decide, list_files
from verify.check import CheckState
from verify.verdict import Word

GENERATIONS = sorted((Path(__file__).parent.parent / "specimens").glob("[0-9]*"))
FILES = [path for kind in ("*.pdf", "*.ofd") for one in GENERATIONS for path in one.glob(kind)]
CODES = [
    (folder, name)
    for folder in GENERATIONS
    for name in json.loads((folder / "codes.json").read_text("utf-8"))
]


def facts(folder: Path) -> dict:
    """The trust as it was published, and the moment after its lists were signed."""
    anchors = trust.load(folder / "trust")
    lists = list_files.read(folder / "trust", anchors.list_keys)
    then = max(one.issued_at for one in lists.lists) + timedelta(minutes=1)
    return {"anchors": anchors, "status_list": lists, "at": then, "now": then}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_stays_valid_and_its_page_is_what_was_signed(path):
    verdict = decide.file(path.read_bytes(), register=None, **facts(path.parent))
    assert verdict.verdict is Word.VALID, verdict.reason
    states = {check.id: check.state for check in verdict.checks}
    assert states["shown"] is CheckState.PASSED


@pytest.mark.parametrize(("folder", "name"), CODES)
def test_a_code_stays_valid(folder, name):
    code = json.loads((folder / "codes.json").read_text("utf-8"))[name]
    verdict = decide.code(
        code, register=None, base_url="https://sealpress.example", **facts(folder)
    )
    assert verdict.verdict is Word.VALID, verdict.reason


def test_there_are_specimens():
    assert len(FILES) >= 6
    assert CODES
