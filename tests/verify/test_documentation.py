"""docs/verification.md tells of every check, under the name that the pages use, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

from verify import check_names, ofd_checks, pdf_checks
from verify.verdict import Word
from verify.web_pages import HEADINGS

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "verification.md"
ROW = re.compile(r"^\| `(\w+)` \| (\S+) \| (.+) \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    return {row[1]: row[2] for row in ROW.finditer(DOCUMENT.read_text("utf-8"))}


def test_every_check_is_explained_under_its_name():
    assert rows() == {identifier: names[0] for identifier, names in check_names.NAMES.items()}


def test_every_check_that_exists_has_a_name():
    assert {*pdf_checks.CHECKS, *ofd_checks.CHECKS} <= set(check_names.NAMES)


def test_every_answer_is_explained():
    text = DOCUMENT.read_text("utf-8")
    for word in Word:
        assert f"| {HEADINGS[word].chinese} `{word.value}` |" in text
