"""What was sent, what we issued and what the platform has are compared, each difference named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_world import Sandbox, sandbox_in

from service import replacing
from service.abandoning import Abandonment, abandon
from service.cancelling import cancel
from service.cli import main
from service.errors import StepFailed
from service.installation import Installation
from service.issuing import issue
from service.reconciling import reconcile
from service.request import Request, read
from verify.numbers import normal

Sample = Callable[..., dict[str, Any]]
RequestOf = Callable[..., Request]


def line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def found(installation: Installation, *sent: bytes) -> list[tuple[str, str]]:
    """Kind and subject of each difference."""
    report = reconcile(installation, sent, ask_platform=False)
    return [(one.kind.value, one.subject) for one in report.differences]


def test_what_was_sent_and_what_was_issued(
    installation: Installation, request_of: RequestOf, sample: Sample
) -> None:
    first = issue(installation, request_of("01")).entry
    second = issue(installation, request_of("02")).entry
    allotted = issue(installation, request_of("05")).entry
    everything = [line(sample("01")), line({"number": second.number}), line(sample("05"))]
    assert found(installation, *everything, b"\n") == []
    # A number as it is printed, and an identifier, name it as well.
    wide = first.number.replace("(", "（").replace(")", "）")
    assert found(installation, wide.encode(), line(second.license_id), *everything[2:]) == []
    assert found(installation, *everything[1:]) == [("not_sent", first.number)]
    other = sample("01", face__model="QTZ63")
    assert found(installation, line(other), *everything[1:]) == [
        ("sent_otherwise", first.number),
    ]
    assert found(installation, *everything, line(other)) == [
        ("sent_twice", first.number),
        ("sent_otherwise", first.number),
    ]
    assert found(installation, *everything, line(sample("03")), b"{", b'{"a": 1}', b"\0") == [
        ("sent_not_issued", normal(sample("03")["number"])),
        ("sent_unreadable", "第 5 行 (line 5)"),
        ("sent_unreadable", "第 6 行 (line 6)"),
        ("sent_unreadable", "第 7 行 (line 7)"),
    ]
    # A replacement is what the number stands for from then on.
    change = replacing.read({"face": {"project_manager": "李四"}})
    replacing.replace(installation, first, change)
    assert found(installation, *everything) == [("sent_otherwise", first.number)]
    assert allotted.number


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "platform").mkdir()
    with sandbox_in(tmp_path / "platform") as serving:
        yield serving


def test_what_the_platform_has(
    installation: Installation,
    request_of: RequestOf,
    sample: Sample,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    vars(installation)["platform"] = sandbox.platform()
    entries = [issue(installation, request_of(name)).entry for name in ("01", "02", "05")]
    cancel(installation, entries[2], "设备已拆卸")
    assert reconcile(installation, None, ask_platform=True).as_json() == {
        "sent": None,
        "registered": 3,
        "platform_asked": 3,
        "differences": [],
    }

    sandbox.fail("coding", "refuse", words="照面有误")
    with pytest.raises(StepFailed) as stopped:
        issue(installation, request_of("03"))
    abandon(installation, stopped.value.members["record"], Abandonment("申请有误"))
    sandbox.fail("collection", "drop_after", times=9)
    with pytest.raises(StepFailed):
        issue(installation, request_of("06"))
    sent = [line(sample(name)) for name in ("01", "02", "03", "05", "06")]
    kinds = found(installation, *sent)
    assert ("sent_not_finished", normal(sample("03")["number"])) in kinds
    assert [kind for kind, _ in kinds].count("platform_unknown") == 1

    # Another platform, which knows nothing: what is valid here is missing there.
    (tmp_path / "empty").mkdir()
    with sandbox_in(tmp_path / "empty") as empty:
        vars(installation)["platform"] = empty.platform()
        report = reconcile(installation, None, ask_platform=True)
        lacking = [one.subject for one in report.differences if one.kind == "platform_lacks"]
        assert sorted(lacking) == sorted(entry.number for entry in entries[:2])
        # The third is cancelled here, and there somebody has issued it again.
        held = sample("05", number=entries[2].number)
        (tmp_path / "other").mkdir()
        other = Installation.open(tmp_path / "other")
        vars(other)["platform"] = empty.platform()
        issue(other, read(json.dumps(held).encode()))
        other.database.close()
        empty.fail("check", "refuse", words="系统维护", times=1)
        report = reconcile(installation, None, ask_platform=True)
        kinds = [(one.kind.value, one.subject) for one in report.differences]
        assert ("platform_keeps", entries[2].number) in kinds
        assert [kind for kind, _ in kinds].count("platform_unclear") == 1


def test_the_command_tells_and_ends_with_one(
    installation: Installation,
    request_of: RequestOf,
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    issue(installation, request_of("01"))
    sent = tmp_path / "sent.jsonl"
    sent.write_bytes(line(sample("01")))
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    assert main(["reconcile", "--sent", str(sent), "--platform"]) == 0
    assert "(differences) 0" in capsys.readouterr().out
    sent.write_bytes(line(sample("02")))
    assert main(["reconcile", "--sent", str(sent), "--json"]) == 1
    kinds = [one["kind"] for one in json.loads(capsys.readouterr().out)["differences"]]
    assert kinds == ["sent_not_issued", "not_sent"]
    assert main(["reconcile", "--sent", str(tmp_path / "none")]) == 1
    assert "无法读取" in capsys.readouterr().err
