"""docs/operations.md is followed to the letter, and its tables name all that there is."""

from __future__ import annotations

import json
from pathlib import Path

from documented_keys import ROOT, blocks, first_cells, follow, place

from service.reconciling import Kind

DOCUMENT = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_commands_do_what_is_said_of_them(tmp_path: Path) -> None:
    environment = place(tmp_path)
    said = "".join(follow(block, tmp_path, environment) for block in blocks(DOCUMENT))
    assert "有效 (valid)" in said
    assert "不一致 (differences) 0" in said
    made, with_keys, restored = (
        json.loads(line) for line in said.splitlines() if '"missing"' in line
    )
    assert (made["with_keys"], with_keys["with_keys"]) == (False, True)
    assert (restored["documents"], restored["findings"]) == (2, [])
    assert "VALID" in said


def test_every_difference_is_documented() -> None:
    table = DOCUMENT.split("| difference |")[1].split("\n\n")[0]
    assert set(first_cells(table)) == {kind.value for kind in Kind}
