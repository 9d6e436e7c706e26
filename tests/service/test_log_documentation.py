"""docs/log.md says what is so, and its commands work as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from documented_keys import ROOT, place
from documented_service import followed, shell_blocks

from service.transparency import leaf

DOCUMENT = (ROOT / "docs" / "log.md").read_text("utf-8")


def test_its_commands_work_as_written(tmp_path: Path) -> None:
    blocks = shell_blocks(DOCUMENT)
    (starting,) = (n for n, block in enumerate(blocks) if block.startswith("sealpress serve"))
    with followed(blocks, starting, 8017, tmp_path, place(tmp_path)) as said:
        (report,) = (json.loads(one) for one in said.splitlines() if one.startswith('{"sound"'))
        assert report["sound"]
        assert report["leaves"] > 0
        assert "✓ 日志中有此记载" in said
        assert re.search(r"✓ sealpress.example/log: (\d+) → (?!\1$)\d+", said)
        assert "✗" not in said


def test_it_names_the_tables_that_are_bound() -> None:
    (told,) = re.findall(r"Bound are all columns of (.*?)\nbut", DOCUMENT, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", told)) == set(leaf.COLUMNS)
