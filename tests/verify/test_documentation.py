"""docs/verification.md tells of every check as the pages do, docs/security.md of every limit."""

from __future__ import annotations

import re
from pathlib import Path

from verify import check_names, limits, ofd_checks, pdf_checks, word_names
from verify.verdict import Word

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "verification.md"
SECURITY = ROOT / "docs" / "security.md"
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
        assert f"| {word_names.NAMES[word][0]} `{word.value}` |" in text


def test_every_limit_is_told_with_its_reason():
    told = re.findall(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", SECURITY.read_text("utf-8"), re.M)
    kept = [(name, f"{int(one)} {one.unit}", one.reason) for name, one in limits.every().items()]
    assert told == kept


def test_what_is_said_to_try_a_threat_is_there():
    for name in re.findall(r"`(tests/[\w/*.]+)`", SECURITY.read_text("utf-8")):
        assert list(ROOT.glob(name)), name
