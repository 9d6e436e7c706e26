"""`sealpress continue` and `sealpress replace`, and several who continue at once on SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scripted_platform import ScriptedPlatform, issue_in_vain, refused

from service.access import KEYS_FILE, digest
from service.app import create_app
from service.cli import main
from service.continuing import continue_record
from service.errors import Conflict
from service.installation import Installation
from service.issuing import issue
from service.request import Request

NUMBER = "450100T(2024)0000001"


@pytest.fixture
def platform(
    installation: Installation, home: Path, monkeypatch: pytest.MonkeyPatch
) -> ScriptedPlatform:
    """The platform of the installation, which the commands then open."""
    made = vars(installation)["platform"] = ScriptedPlatform()
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    monkeypatch.setattr(Installation, "open", lambda: installation)
    return made


def test_a_record_is_continued_by_number_with_corrected_data(
    installation: Installation,
    platform: ScriptedPlatform,
    request_of: Callable[..., Request],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    platform.script["check"] = [refused("规格型号有误"), refused("仍有误")]
    issue_in_vain(installation, request_of("01"))
    assert main(["continue", NUMBER]) == 1
    assert "仍有误" in capsys.readouterr().err
    data, out = tmp_path / "data.json", tmp_path / "out"
    data.write_text(json.dumps({"face": {"model": "QTZ63"}}), "utf-8")
    assert main(["continue", NUMBER, "--data", str(data), "--out", str(out)]) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["status"], Path(line["pdf"]).read_bytes()[:5]) == ("valid", b"%PDF-")
    assert main(["continue", NUMBER]) == 1
    assert "nothing of it did fail" in capsys.readouterr().err
    assert main(["continue", "450100T(2024)9999999"]) == 1


def test_a_certificate_is_replaced_by_number(
    installation: Installation,
    platform: ScriptedPlatform,
    request_of: Callable[..., Request],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = issue(installation, request_of("01")).entry
    data, out = tmp_path / "data.json", tmp_path / "out"
    data.write_text(json.dumps({"face": {"model": "QTZ63"}}), "utf-8")
    assert main(["replace", NUMBER, "--data", str(data), "--out", str(out)]) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["status"], line["replaces"]) == ("valid", old.license_id)
    assert Path(line["ofd"]).exists()


def test_of_several_who_continue_at_once_one_does(
    installation: Installation, platform: ScriptedPlatform, request_of: Callable[..., Request]
) -> None:
    platform.script["coding"] = [refused("照面有误")]
    record = issue_in_vain(installation, request_of("01"))
    with ThreadPoolExecutor(4) as pool:
        tried = [pool.submit(continue_record, installation, record) for _ in range(4)]
    errors = [error for error in (one.exception() for one in tried) if error]
    assert [type(error) for error in errors] == [Conflict] * 3
    assert platform.asked.count("coding") == 2
    assert platform.asked.count("collection") == 1


def test_a_record_of_another_authority_is_as_good_as_absent(
    installation: Installation, platform: ScriptedPlatform, request_of: Callable[..., Request]
) -> None:
    platform.script["check"] = [refused("有误")]
    record = issue_in_vain(installation, request_of("01"))
    key = digest("s" * 43)
    row = f'[[key]]\nname = "s"\nsha256 = "{key}"\nauthorities = ["11210100MB0000002X"]\n'
    (installation.settings.home / KEYS_FILE).write_text(row, "utf-8")
    client = create_app(installation).test_client()
    foreign = {"Authorization": f"Bearer {'s' * 43}"}
    for number in (record, record + 1, 2**40):
        refusal = client.post(f"/api/v1/records/{number}/continue", headers=foreign)
        assert refusal.status_code == 404
    assert platform.asked == ["check"]
