"""照面信息变更: the next version becomes valid and the one before void, in one step."""

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
from flask.testing import FlaskClient
from scripted_platform import ScriptedPlatform, refused

from service import clock, replacing
from service import tables as t
from service.cancelling import cancel
from service.continuing import continue_record
from service.errors import Conflict, Invalid, StepFailed
from service.installation import Installation
from service.issuing import issue, state_now
from service.request import Request
from verify.register import Entry

RequestOf = Callable[..., Request]
CHANGE = {"face": {"project_manager": "李四"}}
WORDS = "新版本与原证照信息冲突"


@pytest.fixture
def issued(installation: Installation, platform: ScriptedPlatform, request_of: RequestOf) -> Entry:
    """One valid certificate, known to the platform."""
    entry = issue(installation, request_of("01")).entry
    platform.calls.clear()
    return entry


def change(installation: Installation, entry: Entry, data: dict[str, Any] = CHANGE) -> Any:
    """Replace a certificate."""
    return replacing.replace(installation, entry, replacing.read(data))


def now(installation: Installation, license_id: str) -> Entry:
    """A certificate as the register has it now."""
    found = installation.register.by_license_id(license_id)
    assert found is not None
    return found


def count(installation: Installation, table: sa.Table) -> int:
    with installation.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_the_new_version_is_valid_from_the_moment_the_old_one_is_void(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    new = change(installation, issued).entry
    old = now(installation, issued.license_id)
    assert (new.number, new.version) == (issued.number, 2)
    assert new.face == issued.face | {"project_manager": "李四"}
    assert (state_now(new), state_now(old)) == ("valid", "cancelled")
    assert old.history[-1].effective_from == new.history[0].effective_from
    assert (old.replaced_by, new.replaced_by) == (new.license_id, None)
    assert new.license_id in old.history[-1].reason
    assert old.history[0] == issued.history[0]
    assert installation.register.status_places(None, clock.now()).cancelled == [issued.status_index]
    assert {case.replaces for _, case in platform.calls} == {issued.license_id}
    assert platform.asked == ["check", "coding", "persons", "collection"]


@pytest.mark.parametrize("step", ["check", "coding", "persons", "collection"])
def test_while_it_stands_still_the_old_one_is_valid_and_holds_the_number(
    installation: Installation, platform: ScriptedPlatform, issued: Entry, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    with pytest.raises(StepFailed) as stopped:
        change(installation, issued)
    assert state_now(now(installation, issued.license_id)) == "valid"
    assert len(installation.register.by_number(issued.number)) == 1
    done = continue_record(installation, stopped.value.members["record"])
    assert done.as_json()["status"] == "valid"
    assert state_now(now(installation, issued.license_id)) == "cancelled"
    assert platform.asked.count(step) == 2


def test_the_same_replacement_again_gives_the_same_answer(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    answers = [change(installation, issued).as_json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert count(installation, t.certificates) == 2


def test_a_certificate_may_come_back_to_the_data_that_it_had(
    installation: Installation, issued: Entry, request_of: RequestOf
) -> None:
    second = change(installation, issued).entry
    back = {"face": {"project_manager": issued.face["project_manager"]}}
    third = change(installation, second, back).entry
    assert (third.version, third.face) == (3, issued.face)
    # The first request again is told what became of it.
    assert issue(installation, request_of("01")).as_json()["status"] == "cancelled"
    assert cancel(installation, third, "设备已拆卸").as_json()["status"] == "cancelled"
    assert issue(installation, request_of("01", issued_on="2024-10-08")).entry.version == 4


def test_what_is_void_is_not_replaced_or_cancelled(
    installation: Installation, issued: Entry
) -> None:
    new = change(installation, issued).entry
    with pytest.raises(Conflict, match=f"由 {new.license_id} 取代"):
        change(installation, issued, {"face": {"model": "X"}})
    with pytest.raises(Conflict, match="cancelled already"):
        cancel(installation, issued, "设备已拆卸")
    cancel(installation, new, "设备已拆卸")
    with pytest.raises(Conflict, match="cannot be replaced"):
        change(installation, new, {"face": {"model": "X"}})


def test_one_change_at_a_time(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    platform.script["persons"] = [refused(WORDS)]
    with pytest.raises(StepFailed) as stopped:
        change(installation, issued)
    with pytest.raises(Conflict, match="continue that record"):
        change(installation, issued, {"face": {"model": "X"}})
    with pytest.raises(Conflict, match="has its code already"):
        cancel(installation, issued, "设备已拆卸")
    continue_record(installation, stopped.value.members["record"])

    new = installation.register.by_number(issued.number)[0]
    platform.script["status_change"] = [refused(WORDS)]
    with pytest.raises(StepFailed):
        cancel(installation, new, "设备已拆卸")
    with pytest.raises(Conflict, match="another change is under way"):
        change(installation, new, {"face": {"model": "X"}})


def test_a_replacement_without_a_code_does_not_keep_a_machine_from_being_dismantled(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    platform.script["check"] = [refused(WORDS)]
    with pytest.raises(StepFailed) as stopped:
        change(installation, issued)
    assert cancel(installation, issued, "设备已拆卸").as_json()["status"] == "cancelled"
    with pytest.raises(Conflict, match="cannot be replaced"):
        continue_record(installation, stopped.value.members["record"])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"face": {"project_manager": "王示例"}},
        {"face": {"installed_on": "2024-13-01"}},
        {"face": {"model": None}},
        {"number": "450100T(2024)0000002"},
        {"face": [], "reason": ""},
        {"issued_on": 5},
        {"issued_on": ""},
        {"issued_on": "", "face": {"model": "QTZ63"}},
    ],
)
def test_what_changes_nothing_or_is_wrong_is_refused_and_leaves_nothing(
    installation: Installation, issued: Entry, data: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refusal:
        change(installation, issued, data)
    assert refusal.value.problems
    assert count(installation, t.certificates) == 1


def test_over_http(
    platform: ScriptedPlatform, client: FlaskClient, sample: Callable[..., dict[str, Any]]
) -> None:
    path = client.post("/api/v1/certificates", json=sample("01")).headers["Location"]
    replaced = client.post(f"{path}/replace", json=CHANGE)
    assert replaced.status_code == 201
    new = client.get(replaced.headers["Location"]).get_json()
    assert (new["status"], path.endswith(replaced.get_json()["replaces"])) == ("valid", True)
    old = client.get(path).get_json()
    assert (old["status"], old["replaced_by"]) == ("cancelled", new["license_id"])
    assert client.post(f"{path}/replace", json={"face": {"model": "X"}}).status_code == 409
    assert client.post("/api/v1/certificates/1.2.3/replace", json=CHANGE).status_code == 404


DRIVER = """
import json, os, signal, sys
from pathlib import Path
from service import replacing
from service.cancelling import find
from service.installation import Installation
from service.ledger import Ledger

home, number, change, method, when = sys.argv[1:]
real = getattr(Ledger, method)

def deadly(self, *arguments, **options):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, *arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(Ledger, method, deadly)
installation = Installation.open(Path(home))
replacing.replace(installation, find(installation, number), replacing.read(json.loads(change)))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["reserve", "set_code", "finish"])
def test_a_killed_process_leaves_exactly_one_valid(
    home: Path, request_of: RequestOf, method: str, when: str
) -> None:
    installation = Installation.open(home)
    try:
        old = issue(installation, request_of("01")).entry
        died = subprocess.run(
            [sys.executable, "-c", DRIVER, str(home), old.number, json.dumps(CHANGE), method, when],
            env=os.environ,
            capture_output=True,
            timeout=60,
        )
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        assert [state_now(e) for e in installation.register.by_number(old.number)] == ["valid"]
        new = change(installation, old).entry
        states = [state_now(e) for e in installation.register.by_number(old.number)]
        assert (new.version, states) == (2, ["valid", "cancelled"])
    finally:
        installation.database.close()
