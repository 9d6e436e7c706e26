"""A register in which something of every kind has happened, for tests of the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from scripted_platform import ScriptedPlatform, refused

from service import abandoning, correcting, replacing
from service.cancelling import cancel
from service.continuing import continue_record
from service.database import Database
from service.errors import StepFailed
from service.installation import Installation
from service.issuing import Issued, issue
from service.request import Request, read

BOUND = ("certificates", "records", "steps", "corrections", "documents", "events")


def fill(installation: Installation) -> list[Issued]:
    """Issue, cancel, issue; fail, correct, continue; give up; replace. Gives what is valid."""
    first = issue(installation, sample("01"))
    cancel(installation, first.entry, "设备已拆卸")
    again = issue(installation, sample("01", model="QTZ63"))
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script = {"coding": [refused("编码有误")], "collection": [refused("归集失败")]}
    with pytest.raises(StepFailed) as stopped:
        issue(installation, sample("05"))
    record = stopped.value.members["record"]
    correction = correcting.read({"face": {"project_manager": "李四"}})
    with pytest.raises(StepFailed):
        continue_record(installation, record, correction)
    before = continue_record(installation, record)
    platform.script = {"check": [refused("校验有误")]}
    with pytest.raises(StepFailed) as stopped:
        issue(installation, sample("05", factory_number="another"))
    given_up = abandoning.Abandonment("不再办理")
    abandoning.abandon(installation, stopped.value.members["record"], given_up)
    wanted = replacing.read({"face": {"project_manager": "王五"}})
    return [again, replacing.replace(installation, before.entry, wanted)]


def sample(name: str, **face: str) -> Request:
    """The request of a sample by the beginning of its file name, with changes of its face."""
    (path,) = (Path(__file__).parent.parent / "samples").glob(f"{name}*.json")
    data = json.loads(path.read_text("utf-8"))
    data["face"] |= face
    return read(json.dumps(data).encode())


def tamper(database: Database, statements: Sequence[str]) -> None:
    """Execute statements as somebody would who has the database in his hands."""
    raw = database.engine.raw_connection()
    try:
        cursor = raw.cursor()
        for statement in (*_defences(database), *statements):
            cursor.execute(statement)
        raw.commit()
    finally:
        raw.close()
    database.engine.dispose()


def _defences(database: Database) -> list[str]:
    """What takes the database's own guards away."""
    engine = database.engine
    if engine.dialect.name == "postgresql":
        return ["SET session_replication_role = replica"]
    with engine.connect() as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        names = connection.execute(sa.text(triggers)).scalars().all()
    return ["PRAGMA foreign_keys = OFF", *(f"DROP TRIGGER {name}" for name in names)]
