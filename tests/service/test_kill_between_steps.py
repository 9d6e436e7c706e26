"""A process that dies at any moment leaves a whole register; the same request then ends well."""

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

from service import tables as t
from service.installation import Installation
from service.issuing import issue
from service.request import read

MOMENTS = {
    "before the number is reserved": "service.ledger.Ledger.reserve:before",
    "with the reservation not committed": "service.ledger.Ledger.reserve:after",
    "before the code is recorded": "service.coding.make_code:before",
    "with the code not committed": "service.ledger.Ledger.set_code:after",
    "before pressing": "service.press.compose:before",
    "after the PDF was signed": "service.press.ofd_seal.seal:before",
    "before the first file is kept": "service.documents.DocumentStore.put:before",
    "with a file written and not named": "signing.atomic.sync_folder:before",
    "with both files kept": "service.ledger.Ledger.finish:before",
    "with the success not committed": "service.ledger.Ledger.finish:after",
    "with the success committed": "service.issuing.answer:before",
}

DRIVER = """
import importlib, os, signal, sys
from pathlib import Path

home, request, place = sys.argv[1:]
path, when = place.split(":")
parts = path.split(".")
for cut in range(len(parts) - 1, 0, -1):
    try:
        owner = importlib.import_module(".".join(parts[:cut]))
    except ImportError:
        continue
    for name in parts[cut:-1]:
        owner = getattr(owner, name)
    break
real = getattr(owner, parts[-1])

def deadly(*arguments, **options):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, parts[-1], deadly)
from service.installation import Installation
from service.issuing import issue
from service.request import read
issue(Installation.open(Path(home)), read(Path(request).read_bytes()))
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_same_request_ends_what_a_killed_process_began(
    home: Path, tmp_path: Path, sample: Callable[..., dict[str, Any]], moment: str
) -> None:
    posted = tmp_path / "request.json"
    posted.write_text(json.dumps(sample("05")), "utf-8")
    before = Installation.open(home)  # the authority's seal is made now, not by the killed process
    before.authority_seal("沈阳市城乡建设局", "11210100MB0000002X")
    before.database.close()
    died = subprocess.run(
        [sys.executable, "-c", DRIVER, str(home), str(posted), MOMENTS[moment]],
        env=os.environ,
        capture_output=True,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()

    installation = Installation.open(home)
    try:
        answers = [issue(installation, read(posted.read_bytes())) for _ in range(2)]
        assert answers[0].as_json() == answers[1].as_json()
        assert answers[0].as_json()["status"] == "valid"
        assert _count(installation, t.certificates) == 1
        assert _count(installation, t.documents) == 2
        assert _events(installation) == ["reserved", "coded", "issued"]
        for sha256 in (answers[0].entry.pdf_sha256, answers[0].entry.ofd_sha256):
            installation.documents.get(sha256)
    finally:
        installation.database.close()


def _count(installation: Installation, table: sa.Table) -> int:
    with installation.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _events(installation: Installation) -> list[str]:
    with installation.database.read() as connection:
        return list(
            connection.execute(sa.select(t.events.c.kind).order_by(t.events.c.id)).scalars()
        )
