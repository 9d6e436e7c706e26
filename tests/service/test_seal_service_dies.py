"""A seal service that dies at any moment gives one signature for a request, never two."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from seal_service_client import audit

from service.seal_service import trial as seal_service_trial
from signing import keys, remote_access, remote_calls

MOMENTS = {
    "before it signs": ("service.seal_service.serving._signed", "before", ["signed"]),
    "after signing": ("service.seal_service.journal.Journal.record", "before", ["signed"]),
    "with the audit line written": (
        "service.seal_service.audit.Audit.write",
        "after",
        ["signed", "signed"],
    ),
    "with the journal written": (
        "service.seal_service.journal.Journal.record",
        "after",
        ["signed", "repeated"],
    ),
    "before answering": (
        "service.seal_service.web._answer",
        "before",
        ["signed", "repeated"],
    ),
}
"""Where the process is killed, once, and the outcomes in the audit file after all is done."""

DRIVER = """
import importlib, os, pathlib, signal, sys

path, when, mark = sys.argv.pop(1), sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
*owners, name = path.split(".")
owner = importlib.import_module(".".join(owners[:3]))
for one in owners[3:]:
    owner = getattr(owner, one)
real = getattr(owner, name)

def deadly(*arguments):
    due = mark.exists()
    if due:
        mark.unlink()
    if due and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments)
    if due:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, deadly)
from service import cli
raise SystemExit(cli.main())
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_request_sent_again_has_the_one_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    place, when, outcomes = MOMENTS[moment]
    # The process is replaced within a second; the client must still be trying by then.
    monkeypatch.setattr(remote_calls, "FIRST_PAUSE_S", 1.0)
    trial = seal_service_trial.make(tmp_path)
    mark = tmp_path / "die"
    remote_access.configure(trial.access)
    try:
        with trial.running([sys.executable, "-c", DRIVER, place, when, str(mark), "seal-service"]):
            key = keys.p256(trial.uri("p256"))
            mark.touch()
            signature = key.sign(b"message")
    finally:
        remote_calls.hang_up()
        remote_access.configure(None)
    assert not mark.exists()
    key.public_key.verify(signature, b"message", ec.ECDSA(SHA256()))
    with sqlite3.connect(tmp_path / "state" / "journal.db") as journal:
        kept = journal.execute("SELECT signature FROM signatures").fetchall()
    journal.close()
    assert kept == [(signature,)]
    assert [line["outcome"] for line in audit(trial)] == outcomes
    assert len({line["request_id"] for line in audit(trial)}) == 1
