"""The register on a real PostgreSQL, where several writers meet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from access_keys_world import development_client
from postgresql_world import empty_database, needed, put_register_at
from processes import race
from psycopg.pq import TransactionStatus
from scripted_platform import LOST, ScriptedPlatform, refused
from work_world import work

from service import dismantling, replacing
from service import tables as t
from service.batches.intake import LANES
from service.cancelling import cancel
from service.continuing import continue_record
from service.errors import Conflict, StepFailed
from service.installation import Installation
from service.issuing import issue
from service.request import Request

pytestmark = needed


@pytest.fixture
def home(home: Path) -> Iterator[Path]:
    """A home whose register is an empty database of its own on the server."""
    with empty_database() as url:
        put_register_at(home, url)
        yield home


def test_issuing_repeating_and_cancelling(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    first = issue(installation, request_of("01"))
    assert issue(installation, request_of("01")).as_json() == first.as_json()
    with pytest.raises(Conflict):
        issue(installation, request_of("01", face__model="QTZ63"))
    assert cancel(installation, first.entry, "设备已拆卸").as_json()["status"] == "cancelled"
    again = issue(installation, request_of("01", face__model="QTZ63"))
    assert again.entry.version == 2
    assert again.entry.history[0].known_since.utcoffset() is not None


def test_a_look_up_is_sent_alone_and_leaves_its_connection_to_transactions(
    installation: Installation,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = issue(installation, request_of("01")).entry
    engine, alone = installation.database.engine, []
    execute = psycopg.Cursor.execute

    def watched(cursor: Any, *arguments: Any, **named: Any) -> Any:
        found = execute(cursor, *arguments, **named)
        alone.append(cursor.connection.info.transaction_status is TransactionStatus.IDLE)
        return found

    monkeypatch.setattr(psycopg.Cursor, "execute", watched)
    assert installation.register.by_number(entry.number)
    assert alone == [True]
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert alone[1:] == [False]


@pytest.mark.parametrize("action", ["", "/pdf", "/records", "/preview.png"])
def test_a_nul_in_an_address_is_as_good_as_absent(installation: Installation, action: str) -> None:
    client = development_client(installation)
    assert client.get(f"/api/v1/certificates/%00{action}").status_code == 404


def test_a_nul_in_a_row_of_a_batch_holds_up_no_other_row(
    installation: Installation, sample: Callable[..., dict[str, Any]]
) -> None:
    client = development_client(installation)
    cancelling = {"action": "cancel", "reason": "设备已拆卸"}
    bad = [cancelling | {"number": "\0"}, cancelling | {"license_id": "\0"}] * LANES
    body = "\n".join(json.dumps(one) for one in [*bad, sample("01")])
    batch = client.post("/api/v1/batches", data=body).headers["Location"]
    work(installation)
    counts = client.get(batch).json["counts"]
    assert counts == {"waiting": 0, "issued": 1, "cancelled": 0, "failed": len(bad)}


def test_failing_continuing_and_replacing_with_a_platform(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script = {"coding": [LOST], "persons": [refused("人员\0有误")]}
    record = 0
    for _ in range(2):
        with pytest.raises(StepFailed) as stopped:
            issue(installation, request_of("05"))
        record = stopped.value.members["record"]
    first = continue_record(installation, record).entry
    assert [case.sent_before for step, case in platform.calls if step == "coding"] == [False, True]
    wanted = replacing.read({"face": {"project_manager": "李四"}})
    platform.script["collection"] = [refused("归集失败")]
    with pytest.raises(StepFailed):
        replacing.replace(installation, first, wanted)
    second = replacing.replace(installation, first, wanted).entry
    assert [e.license_id for e in installation.register.by_number(first.number)] == [
        second.license_id,
        first.license_id,
    ]
    notice = dismantling.read({"factory_number": second.face["factory_number"]})
    done = dismantling.dismantle(installation, notice).as_json()
    assert (done["status"], done["license_id"]) == ("cancelled", second.license_id)


def test_two_who_continue_at_once_ask_the_platform_once(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["coding"] = [refused("照面有误")]
    with pytest.raises(StepFailed) as stopped:
        issue(installation, request_of("01"))
    record = stopped.value.members["record"]
    with ThreadPoolExecutor(4) as pool:
        tried = [pool.submit(continue_record, installation, record) for _ in range(4)]
    errors = [one.exception() for one in tried]
    assert [type(error) for error in errors if error] == [Conflict] * 3
    assert platform.asked.count("coding") == 2
    assert platform.asked.count("collection") == 1


def test_events_and_documents_cannot_be_changed_behind_our_back(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    issue(installation, request_of("01"))
    for table in ("events", "documents", "steps"):
        for statement in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET id = 9",
            f"TRUNCATE {table} CASCADE",
        ):
            with (
                pytest.raises(sa.exc.DBAPIError, match="append-only"),
                installation.database.write() as connection,
            ):
                connection.exec_driver_sql(statement)


def test_processes_at_once_never_share_a_number_and_never_issue_twice(
    home: Path, sample: Callable[..., dict[str, Any]]
) -> None:
    own = [[sample("05", face__factory_number=f"{p}-{i}") for i in range(3)] for p in range(8)]
    shared, allotted = race(home, sample("01"), own)
    assert len(shared) == 1
    assert len(set(allotted)) == 24
    installation = Installation.open(home)
    with installation.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count(t.certificates.c.id))).scalar() == 25
    installation.database.close()


def test_one_idempotency_key_stands_for_one_thing_though_two_use_it_at_once(
    installation: Installation, sample: Callable[..., dict[str, Any]]
) -> None:
    client = development_client(installation)
    token = client.environ_base["HTTP_AUTHORIZATION"]
    paths = [
        client.post("/api/v1/certificates", json=sample(name)).headers["Location"]
        for name in ("01", "02", "03", "06")
    ]

    def cancel_one(path: str) -> int:
        own = client.application.test_client()
        own.environ_base["HTTP_AUTHORIZATION"] = token
        headers = {"Idempotency-Key": "race"}
        return own.post(
            f"{path}/cancel", json={"reason": "设备已拆卸"}, headers=headers
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(cancel_one, paths)) == [200, 409, 409, 409]
