"""`sealpress bench verify`: verdicts are measured in one process, and from a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.bench import load_lookups, report_verify, sign_peers
from service.bench import register as bench_register
from service.bench import verify as bench_verify
from service.cli import main
from service.installation import Installation


def test_verdicts_are_measured_in_one_process_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(tmp_path))
    monkeypatch.setattr(bench_verify, "ISSUED", 2)
    monkeypatch.setattr(bench_register, "ISSUED", 4)
    monkeypatch.setattr(load_lookups, "SMALL_REGISTER", 20)
    monkeypatch.setattr(load_lookups, "ROUNDS", 20)
    asked = ["bench", "verify", "--count", "3", "--seconds", "0.5", "--rows", "300"]
    assert main([*asked, "--no-peers", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["one process"]) == set(bench_verify.TASKS)
    for one in found["one process"].values():
        assert 0 < one["best_ms"] <= one["median_ms"] <= one["p95_ms"]
    assert "ofdrw" not in found
    served = found["served"]
    assert "counted all the same" in served["limits of rate"]
    assert served["databases"]["PostgreSQL"].startswith("not measured")
    sqlite = served["databases"]["SQLite"]
    assert sqlite["codes"] == 300
    assert sqlite["look-ups"]["by number"]["small_ms"] > 0
    for name, one in sqlite["asked"].items():
        assert one["answered"] > 3, name
        assert "faults" not in one, name
    beside = sqlite["asked"]["GET /v/{code}, 20 bombs at once"]
    assert sum(beside["bombs"].values()) >= 4
    assert set(beside["bombs"]) <= {"200", "503", "0"}
    text = "\n".join(report_verify.section(found))
    assert f"| {found['one process']['code, with the register']['median_ms']} |" in text
    assert "### In a register of 300\n" in text
    assert "for 300 codes from all over the register" in text
    assert f"| SQLite, GET /v/{{code}} | {sqlite['asked']['GET /v/{code}']['per_s']} |" in text
    assert "| SQLite, by code | " in text
    assert "Bad answers" not in text
    sqlite["asked"]["a signed PDF"]["faults"] = {"429": 3}
    assert "Bad answers, SQLite, a signed PDF" in "\n".join(report_verify.section(found))


def test_a_bad_verdict_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_verify, "ISSUED", 1)
    installation = Installation.open(tmp_path)
    made = bench_verify._issued(installation)[0]
    broken = bench_verify.Made(made.entry, made.pdf[:-9], made.ofd[:-9])
    for name in ("own PDF, by its digest", "PDF, examined whole", "OFD, examined whole"):
        with pytest.raises(AssertionError):
            bench_verify.TASKS[name](installation, broken)


def test_without_a_jvm_ofdrw_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    found = sign_peers.measure_ofdrw_verifying(Installation.open(tmp_path))
    assert found == {"validate a page of ours": "not installed (java)"}
