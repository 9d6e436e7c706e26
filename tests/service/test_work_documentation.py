"""docs/work.md: its commands do what is said of them, and what it tells of settings holds."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

from documented_keys import ROOT, place
from documented_service import shell_blocks

from service.work import celery_app, jobs, settings, sweep

DOCUMENT = (ROOT / "docs" / "work.md").read_text("utf-8")


def test_the_import_that_is_told_issues_and_repeats(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-euc", "".join(shell_blocks(DOCUMENT))],
        cwd=tmp_path,
        env=place(tmp_path),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["counts"]["issued"] == 2
    assert first["batch"] == second["batch"]
    assert len(list((tmp_path / "issued").glob("*.pdf"))) == 2
    assert (tmp_path / "issued" / "rows.report.jsonl").exists()


def test_the_settings_that_are_told_are_those_that_are_read() -> None:
    (block,) = DOCUMENT.split("```toml\n")[1:]
    told = settings.read(tomllib.loads(block.split("```")[0])["work"])
    assert told.broker
    assert (told.in_serve, told.threads, told.lease) == (
        settings.DEFAULTS.in_serve,
        settings.DEFAULTS.threads,
        settings.DEFAULTS.lease,
    )
    assert "{} to {}".format(*settings.LEASES_S) in DOCUMENT
    assert sweep.LONGEST_PAUSE.total_seconds() == celery_app.LOST.total_seconds() == 30
    assert jobs.FIRST_DELAY.total_seconds() == 15
    assert jobs.LONGEST_DELAY.days == 1
