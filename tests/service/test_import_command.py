"""`sealpress import` does a file's rows, reports each, and goes on where it was interrupted."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from work_world import Time

from service import clock, tables
from service.access import Caller
from service.batches import progress, working_off
from service.batches.progress import Progress
from service.batches.store import Batch
from service.cli import main
from service.commands import importing
from service.installation import Installation
from service.report import EXIT_FAILED
from service.work import jobs
from verify import times

Sample = Callable[..., dict[str, Any]]


@pytest.fixture
def file(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    return tmp_path / "rows.jsonl"


def write(file: Path, *rows: Any) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def certificates(home: Path) -> int:
    installation = Installation.open(home)
    with installation.database.read() as connection:
        counted = sa.select(sa.func.count()).select_from(tables.certificates)
        found = connection.execute(counted).scalar_one()
    installation.database.close()
    return int(found)


def test_every_row_is_reported_and_files_are_written(
    file: Path, tmp_path: Path, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    cancel = {"action": "cancel", "number": sample("01")["number"], "reason": "设备已拆卸"}
    write(file, sample("01"), cancel, sample("02"))
    out = tmp_path / "out"
    assert main(["import", str(file), "--out", str(out)]) == 0
    said = capsys.readouterr()
    summary = json.loads(said.out)
    assert (summary["state"], summary["counts"]["cancelled"]) == ("ended", 1)
    assert "3/3  办成 3  未办成 0" in said.err
    rows = [json.loads(line) for line in Path(summary["report"]).read_text("utf-8").splitlines()]
    assert Path(summary["report"]) == out / "rows.report.jsonl"
    assert [row["line"] for row in rows] == [1, 2, 3]
    assert Path(rows[0]["pdf"]).read_bytes().startswith(b"%PDF")
    assert len(list(out.glob("*.ofd"))) == 2
    # The same file again issues and cancels nothing more.
    assert main(["import", str(file), "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["batch"] == summary["batch"]


def test_a_bad_row_makes_it_fail_and_mending_the_file_issues_only_that(
    file: Path, home: Path, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = sample("bad-1")
    write(file, sample("01"), bad)
    for _ in range(2):  # what failed is tried anew, what was issued is not
        assert main(["import", str(file)]) == EXIT_FAILED
        summary = json.loads(capsys.readouterr().out)
        assert (summary["counts"]["issued"], summary["counts"]["failed"]) == (1, 1)
    assert file.with_name("rows.report.jsonl").exists()
    write(file, sample("01"), sample("02"))
    assert main(["import", str(file)]) == 0
    assert certificates(home) == 2


def test_a_file_that_is_none_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(file)]) == EXIT_FAILED
    assert "rows.jsonl" in capsys.readouterr().err


def test_killed_it_goes_on_when_it_is_run_again(file: Path, home: Path, sample: Sample) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text("utf-8") + "\n[work]\nlease_s = 1\n", "utf-8")
    count = 30
    write(file, *[sample("05", face__factory_number=f"F{n}") for n in range(count)])
    command = [sys.executable, "-m", "service.cli", "import", str(file)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    began = time.monotonic()
    while certificates(home) < 3 and time.monotonic() - began < 60:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    before = certificates(home)
    assert 0 < before < count
    again = subprocess.run(command, capture_output=True, env=os.environ, timeout=100, check=False)
    assert again.returncode == 0, again.stderr.decode()
    assert json.loads(again.stdout)["counts"]["issued"] == count
    assert certificates(home) == count


def test_what_another_process_has_taken_is_waited_for_and_said(
    file: Path, home: Path, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, sample("01"))
    installation = Installation.open(home)
    working_off.of_file(installation, file.read_bytes())
    before = clock.now()
    taken = jobs.take(installation.database, before, lease=timedelta(seconds=2))  # and it is killed
    installation.database.close()
    assert [job.kind for job in taken] == ["batch"]
    assert main(["import", str(file)]) == 0
    assert clock.now() - before > timedelta(seconds=2)
    said = capsys.readouterr().err
    assert said.count("另一进程占用") == 1
    assert times.iso(before + timedelta(seconds=2)) in said


def test_it_is_said_again_when_the_other_process_has_gone_on_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time, lines = Time(monkeypatch), io.StringIO()
    teller = importing.Teller(lines)
    for _ in range(2):
        teller.waits(time.now() + timedelta(seconds=60))
    assert len(lines.getvalue().splitlines()) == 1
    time.passes(seconds=61)
    teller.waits(time.now() + timedelta(seconds=60))
    assert len(lines.getvalue().splitlines()) == 2


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_and_a_file_sees_lines() -> None:
    now = clock.now()
    batch = Batch(1, Caller("x"), "", 40, now, None)
    half = Progress(batch, {"waiting": 20, "issued": 15, "cancelled": 1, "failed": 4}, 10.0)
    assert importing.bar(half).startswith("[" + "█" * 15 + "·" * 15 + "] 20/40")
    assert "剩余约 0:02" in importing.words(half)
    stream = Terminal()
    importing.Teller(stream)(half)
    assert stream.getvalue().startswith("\r[█")
    lines = io.StringIO()
    teller = importing.Teller(lines)
    teller(half)
    assert lines.getvalue() == ""
    teller.end(half)
    assert lines.getvalue().startswith("20/40")
    assert progress.RATE_WINDOW.total_seconds() == 60
