"""What has to hold when all is over, whatever was killed in between."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from endurance_clients import CERTIFICATES, Answers

from service import clock
from service import tables as t
from service.bench.load_clients import Client
from service.installation import Installation
from service.pipeline.steps import Kind, Stage
from service.transparency import check, checkpoints
from verify import decide
from verify.register import Entry


def all_of_them(
    installation: Installation, sandbox: Path, answers: Answers, count: int
) -> dict[str, Any]:
    """Check everything; gives the figures that were found.

    Raises:
        AssertionError: something does not hold.
    """
    assert len(answers.issued) == count
    return {
        "certificates": _one_outcome_each(installation, answers, count),
        "files verified": _files(installation, answers),
        "at the platform": _platform(sandbox, answers, count),
        "rows in the log": _log(installation),
    }


def answered_alike(port: int, token: str, bodies: list[bytes], answers: Answers) -> None:
    """Each request, sent once more without its key, has the answer that it had."""
    client = Client(port, token)
    for at, body in enumerate(bodies):
        status, answer = client.ask("POST", CERTIFICATES, body)
        assert status == 201, answer
        again, first = json.loads(answer), answers.issued[at]
        for name in ("license_id", "number", "pdf_sha256", "ofd_sha256"):
            assert again[name] == first[name], (at, name)
    client.close()


def _one_outcome_each(installation: Installation, answers: Answers, count: int) -> int:
    """As many certificates as requests, each number once, each record finished, one of a kind."""
    c, r = t.certificates.c, t.records.c
    with installation.database.read() as connection:
        rows = connection.execute(sa.select(c.license_id, c.number_normal)).all()
        kinds = connection.execute(
            sa.select(c.license_id, r.kind, r.step).join(t.records, r.certificate_id == c.id)
        ).all()
        files = connection.execute(
            sa.select(t.documents.c.certificate_id, t.documents.c.kind)
        ).all()
    assert len(rows) == count
    assert len({row.number_normal for row in rows}) == count
    assert {row.license_id for row in rows} == {a["license_id"] for a in answers.issued.values()}
    assert {row.step for row in kinds} == {Stage.FINISHED}
    made = Counter((row.license_id, row.kind) for row in kinds)
    assert set(made.values()) == {1}
    cancelled = {license_id for license_id, kind in made if kind == Kind.CANCEL}
    assert cancelled == set(answers.cancelled)
    assert len(files) == len(set(files)) == 2 * count
    return len(rows)


def _files(installation: Installation, answers: Answers) -> int:
    """What was answered is there, whole, and verifies as what it is now."""
    for told in answers.issued.values():
        entry = installation.register.by_license_id(told["license_id"])
        assert entry is not None
        assert (entry.pdf_sha256, entry.ofd_sha256) == (told["pdf_sha256"], told["ofd_sha256"])
        word = "cancelled" if entry.license_id in answers.cancelled else "valid"
        for sha256 in (entry.pdf_sha256, entry.ofd_sha256):
            assert _verdict(installation, entry, sha256) == word
    return 2 * len(answers.issued)


def _verdict(installation: Installation, entry: Entry, sha256: str) -> str:
    now = clock.now()
    verdict = decide.file(
        installation.documents.get(sha256),
        register=installation.register,
        anchors=installation.anchors(),
        at=now,
        now=now,
    )
    return str(verdict.verdict)


def _platform(sandbox: Path, answers: Answers, count: int) -> int:
    """The platform has each certificate once, in the state that we tell."""
    connection = sqlite3.connect(sandbox)
    rows = connection.execute("SELECT number, license_id, state FROM certificates").fetchall()
    connection.close()
    assert len(rows) == count
    assert len({number for number, _, _ in rows}) == count
    states = {license_id: state for _, license_id, state in rows}
    for told in answers.issued.values():
        license_id = told["license_id"]
        wanted = "cancelled" if license_id in answers.cancelled else "collected"
        assert states[license_id] == wanted
    return len(rows)


def _log(installation: Installation) -> int:
    report = check.check(installation.database, checkpoints.known_keys(installation))
    assert report.sound, [str(finding) for finding in report.findings[:5]]
    return int(report.rows)
