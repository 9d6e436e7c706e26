"""A process is killed around each call to the platform: continuing ends it, with one effect."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from scripted_platform import ScriptedPlatform, rows

from service import tables as t
from service.cancelling import cancel
from service.continuing import continue_record, unfinished_record
from service.installation import Installation
from service.issuing import issue
from service.request import read

DRIVER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[5])
from scripted_platform import ScriptedPlatform
from service.installation import Installation
from service.issuing import issue
from service.cancelling import cancel, find
from service.request import read

home, request, method, when = sys.argv[1:5]
real = getattr(ScriptedPlatform, method)

def deadly(*arguments, **options):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(ScriptedPlatform, method, deadly)
installation = Installation.open(Path(home))
vars(installation)["platform"] = ScriptedPlatform()
posted = read(Path(request).read_bytes())
if method == "change_status" or os.environ.get("CANCEL"):
    cancel(installation, find(installation, posted.data["number"]), "设备已拆卸")
else:
    issue(installation, posted)
"""


def die(home: Path, posted: Path, method: str, when: str, **environment: str) -> None:
    """Let a process of its own begin, and die around a call to the platform."""
    here = str(Path(__file__).parent)
    died = subprocess.run(
        [sys.executable, "-c", DRIVER, str(home), str(posted), method, when, here],
        env=os.environ | environment,
        capture_output=True,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("method", "step"),
    [("check", "check"), ("code", "coding"), ("persons", "persons"), ("collect", "collection")],
)
def test_issuing_goes_on_where_a_killed_process_was(
    home: Path,
    tmp_path: Path,
    sample: Callable[..., dict[str, Any]],
    method: str,
    step: str,
    when: str,
) -> None:
    posted = tmp_path / "request.json"
    posted.write_text(json.dumps(sample("05", number="210100T(2024)0000001")), "utf-8")
    die(home, posted, method, when)
    installation = Installation.open(home)
    try:
        platform = vars(installation)["platform"] = ScriptedPlatform()
        record = unfinished_record(installation, "210100T(2024)0000001")
        assert continue_record(installation, record).as_json()["status"] == "valid"
        # It goes on at that very step, and says that it may have been asked for before.
        name, case = platform.calls[0]
        assert (name, case.sent_before) == (step, step != "check")
        assert not any(case.sent_before for _, case in platform.calls[1:])
        assert issue(installation, read(posted.read_bytes())).as_json()["status"] == "valid"
        made = [row.step for row in rows(installation)]
        assert made == ["check", "coding", "press", "persons", "collection"]
        with installation.database.read() as connection:
            for table, count in ((t.certificates, 1), (t.documents, 2), (t.records, 1)):
                found = connection.execute(sa.select(sa.func.count()).select_from(table))
                assert found.scalar_one() == count
    finally:
        installation.database.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("method", "step"), [("persons", "persons_cancel"), ("change_status", "status_change")]
)
def test_cancelling_goes_on_where_a_killed_process_was(
    home: Path,
    tmp_path: Path,
    sample: Callable[..., dict[str, Any]],
    method: str,
    step: str,
    when: str,
) -> None:
    posted = tmp_path / "request.json"
    posted.write_text(json.dumps(sample("01")), "utf-8")
    installation = Installation.open(home)
    try:
        platform = vars(installation)["platform"] = ScriptedPlatform()
        entry = issue(installation, read(posted.read_bytes())).entry
        die(home, posted, method, when, CANCEL="1")
        platform.calls.clear()
        assert issue(installation, read(posted.read_bytes())).as_json()["status"] == "valid"
        # The same application again is that application.
        assert cancel(installation, entry, "设备已拆卸").as_json()["status"] == "cancelled"
        assert platform.calls[0][0] == step
        assert platform.calls[0][1].sent_before
        made = [row.step for row in rows(installation)][5:]
        assert made == ["persons_cancel", "status_change"]
        with installation.database.read() as connection:
            found = connection.execute(sa.select(sa.func.count()).select_from(t.records))
            assert found.scalar_one() == 2
    finally:
        installation.database.close()
