"""`sealpress bench load`: a real server is asked, and large registers are made of copied rows."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import bench_load, bench_load_lookups, bench_load_rows, bench_report_load
from service import tables as t
from service.bench_data import requests
from service.cli import main
from service.installation import Installation
from service.issuing import issue
from service.request import read


def test_a_server_issues_and_registers_of_two_sizes_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(tmp_path))
    monkeypatch.setattr(bench_load, "SMALL_REGISTER", 20)
    monkeypatch.setattr(bench_load_lookups, "ISSUED", 8)
    monkeypatch.setattr(bench_load_lookups, "ROUNDS", 20)
    assert main(["bench", "load", "--seconds", "0.5", "--rows", "300", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    issuing = found["issuing"]["SQLite"]
    assert issuing["answered"] > 0
    assert 0 < issuing["median_ms"] <= issuing["p95_ms"]
    assert issuing["cpu_ms"] > 1
    assert "faults" not in issuing
    assert issuing["a batch"]["per_s"] > 0
    assert found["issuing"]["PostgreSQL"] == bench_load.MISSING
    assert found["look-ups"]["SQLite"]["by number"]["small_ms"] > 0
    text = "\n".join(bench_report_load.section(found))
    assert f"| SQLite | {issuing['per_s']} | {issuing['median_ms']} |" in text
    assert "| SQLite, by code | " in text
    assert f"| PostgreSQL | {bench_load.MISSING} |" in text


def test_copied_rows_leave_room_for_what_is_issued_after(
    installation: Installation,
) -> None:
    bodies = requests()
    first = issue(installation, read(next(bodies))).entry
    bench_load_rows.fill(installation.database, first.license_id, 500)
    c, d = t.certificates.c, t.documents.c
    with installation.database.read() as connection:
        for column in (c.license_id, c.number_normal, c.status_index, c.request_sha256):
            assert connection.execute(sa.select(sa.func.count(column.distinct()))).scalar() == 501
        files = connection.execute(sa.select(d.sha256).where(d.certificate_id > 1)).scalars().all()
    assert len(set(files)) == 1000
    assert {len(sha256) for sha256 in files} == {64}
    copied = installation.register.by_number(
        first.number[:-7] + str(bench_load_rows.FIRST_SERIAL + 500)
    )
    assert [one.title for one in copied] == [first.title]
    assert installation.register.by_document(files[-1]) is not None
    for body in itertools.islice(bodies, 3):
        assert issue(installation, read(body)).entry.number < copied[0].number


def test_more_rows_than_serials_are_refused(installation: Installation) -> None:
    with pytest.raises(ValueError, match="rows"):
        bench_load_rows.fill(installation.database, "", bench_load_rows.MOST_ROWS + 1)
