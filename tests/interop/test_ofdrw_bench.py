"""What ofdrw is measured at is real work: the pages that it makes and seals are valid ones."""

import json
from pathlib import Path

import pytest

from service.bench import sign_peers
from service.installation import Installation

from .asking_ofdrw import JAR, Ofdrw
from .programs import run

pytestmark = pytest.mark.interop


def test_the_pages_that_ofdrw_seals_in_the_bench_are_valid(ofdrw: Ofdrw, tmp_path: Path) -> None:
    assert sign_peers.OFDRW_JAR == JAR
    asked = tmp_path / "asked"
    asked.mkdir()
    installation = Installation.open(tmp_path / "home")
    sign_peers.write_question(asked, installation)
    program = ("java", "-cp", JAR, "sealpress.interop.Bench")
    found = json.loads(run(*program, asked, "1", "0").stdout)
    assert found["seal_ms"] > 0
    assert found["make_and_seal_ms"] > 0
    for name in ("page-sealed.ofd", "made-sealed.ofd"):
        assert ofdrw.validate(asked / name)["verdict"] == "VALID", name
        assert ofdrw.info(asked / name)["signatures"] == 1
    values = (asked / "rows.txt").read_text("utf-8").replace("\n", "")
    shown = ofdrw.text(asked / "made-sealed.ofd")
    assert values.replace(" ", "") in shown.replace("\n", "").replace(" ", "")
