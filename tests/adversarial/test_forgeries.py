"""Every forgery gets its verdict, by the check that is there for it; none is ever `valid`.

At the end of a test run the table of all cases is printed, one line each (see tests/conftest.py).
"""

from __future__ import annotations

import code_forgeries
import genuine
import ofd_forgeries
import pdf_forgeries
import pytest
import stage
from sealing_parties import signs_anything  # noqa: F401 - a forger's program signs anything

from verify.verdict import Word

FORGERIES = [*pdf_forgeries.FORGERIES, *ofd_forgeries.FORGERIES, *code_forgeries.FORGERIES]


@pytest.fixture(scope="module", autouse=True)
def _genuine_first():
    """Honest files by the honest program, before it is taught to sign anything."""
    return genuine.genuine_pdf(), genuine.genuine_ofd(), genuine.house()


@pytest.mark.parametrize("data", ["pdf", "ofd", "code"])
def test_what_they_were_made_of_is_valid(data):
    made = {
        "pdf": genuine.genuine_pdf,
        "ofd": genuine.genuine_ofd,
        "code": code_forgeries.genuine_code,
    }[data]()
    anchors = genuine.house().anchors
    assert stage.online(made, anchors).verdict is Word.VALID
    assert stage.offline(made, anchors).verdict is Word.VALID


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forgery_is_told_from_a_genuine_one(forgery, record_property):
    made, anchors = forgery.make(), forgery.anchors()
    verdict, alone = stage.online(made, anchors), stage.offline(made, anchors)
    record_property("forgery", (str(forgery), verdict.verdict.value, forgery.check))
    assert verdict.verdict is forgery.word
    assert (alone.verdict is not Word.VALID) or not forgery.seen_offline
    states = {check.id: check.state for check in verdict.checks}
    assert states[forgery.check] is forgery.state, stage.failed(verdict)


def test_each_case_is_named_once():
    names = [str(forgery) for forgery in FORGERIES]
    assert len(names) == len(set(names))
