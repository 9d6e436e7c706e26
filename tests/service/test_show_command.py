"""`sealpress show` tells all that the register knows of a certificate."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from service import replacing
from service.cancelling import cancel
from service.cli import main
from service.installation import Installation
from service.issuing import issue
from service.request import Request


def test_a_certificate_is_shown_with_its_versions_files_records_and_history(
    installation: Installation,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = issue(installation, request_of("01")).entry
    wanted = replacing.read({"face": {"project_manager": "李四"}})
    second = replacing.replace(installation, first, wanted).entry
    cancel(installation, second, "设备已拆卸")
    installation.documents.path(first.ofd_sha256).unlink()
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))

    assert main(["show", first.number.replace("(", "（"), "--json"]) == 0
    newest, oldest = json.loads(capsys.readouterr().out)["certificates"]
    assert (newest["license_id"], oldest["license_id"]) == (second.license_id, first.license_id)
    assert (newest["replaces"], oldest["replaced_by"]) == (first.license_id, second.license_id)
    assert [change["status"] for change in newest["history"]] == ["valid", "cancelled"]
    assert [record["kind"] for record in newest["records"]] == ["replace", "cancel"]
    assert newest["face"]["project_manager"] == "李四"
    assert {file["sha256"]: file["stored"] for file in oldest["files"]} == {
        first.pdf_sha256: True,
        first.ofd_sha256: False,
    }
    assert len(set(newest["log"] + oldest["log"])) == len(newest["log"] + oldest["log"]) > 4

    assert main(["show", second.license_id]) == 0
    shown = capsys.readouterr().out
    for text in (
        "注销 (cancelled)",
        second.pdf_sha256,
        "设备已拆卸",
        first.license_id,
        "status_change",
    ):
        assert text in shown
    assert main(["show", "450100T(2024)9999999"]) == 1
    assert "未找到" in capsys.readouterr().err
