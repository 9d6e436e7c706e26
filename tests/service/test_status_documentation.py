"""docs/status.md says what is so, and its commands do it."""

from __future__ import annotations

import shutil
from pathlib import Path

from documented_keys import follow, place
from documented_service import shell_blocks

from signing.status_list import THRESHOLDS, Freshness
from verify import list_files
from verify.web_status_lists import MEDIA_TYPES

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs" / "status.md").read_text("utf-8")


def test_the_words_and_addresses_are_those_of_the_code() -> None:
    for word in Freshness:
        assert f"`{word}`" in DOCUMENT
    for form in MEDIA_TYPES:
        assert f"`/trust/{list_files.path_of(None, form)}`" in DOCUMENT
        assert f"`/trust/{list_files.path_of('<USCC>', form)}`" in DOCUMENT
    assert (THRESHOLDS.fresh.days, THRESHOLDS.oldest.days) == (1, 7)
    assert list_files.SEEN in DOCUMENT


def test_its_commands_work_as_written(tmp_path: Path) -> None:
    environment = place(tmp_path)
    sample = ROOT / "tests" / "samples" / "01-tower-crane.json"
    shutil.copy(sample, tmp_path)
    told = follow(f"sealpress issue {sample.name} --out out/\n", tmp_path, environment)
    assert '"number"' in told
    told = "".join(follow(block, tmp_path, environment) for block in shell_blocks(DOCUMENT))
    assert told.count("有效 VALID") == 2
    assert "列表" in told
    assert "回执属实" in told
    assert "张工" in told
