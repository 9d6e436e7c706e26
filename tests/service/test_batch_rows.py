"""Rows of a batch are done like requests of their own; none stops another, none is done twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from access_keys_world import give_key
from flask.testing import FlaskClient
from scripted_platform import DOWN, LOST, TOO_FAST, ScriptedPlatform, refused
from sqlalchemy.exc import DataError
from work_world import Time, work

from service import access_file
from service import tables as t
from service.batches import intake, lane, posting, progress, row, store
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.scope import Scope
from verify.register import Entry

BATCHES = "/api/v1/batches"
Sample = Callable[..., dict[str, Any]]


def lines(*rows: Any) -> bytes:
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in rows
    )


def posted(client: FlaskClient, *rows: Any, **headers: str) -> str:
    answer = client.post(BATCHES, data=lines(*rows), headers=headers)
    assert answer.status_code == 202, answer.json
    return str(answer.headers["Location"])


def report(client: FlaskClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(f"{url}/report")
    assert (answer.status_code, answer.mimetype) == (200, "application/jsonl")
    return [json.loads(line) for line in answer.text.splitlines()]


def count(installation: Installation, table: sa.Table) -> int:
    with installation.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_good_and_bad_rows_have_their_own_outcomes(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    url = posted(client, sample("01"), b"{", sample("bad-1"), b"", sample("02"), {"action": "x"})
    before = client.get(url).json
    assert (before["state"], before["counts"]["waiting"], before["rows"]) == ("running", 5, 5)
    assert client.get(f"{url}/report").status_code == 409
    work(installation)
    after = client.get(url).json
    assert (after["state"], after["eta_seconds"]) == ("ended", 0)
    assert after["counts"] == {"waiting": 0, "issued": 2, "cancelled": 0, "failed": 3}
    told = report(client, url)
    assert [(one["line"], one["state"]) for one in told] == [
        (1, "issued"),
        (2, "failed"),
        (3, "failed"),
        (5, "issued"),
        (6, "failed"),
    ]
    assert client.get(f"/api/v1/certificates/{told[0]['license_id']}").status_code == 200
    assert told[1]["problem"]["status"] == 400
    assert told[2]["problem"]["errors"]
    assert "cancel" in told[4]["problem"]["errors"][0]["message"]


def test_what_a_database_refuses_to_hear_fails_its_own_row_only(
    installation: Installation,
    client: FlaskClient,
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As PostgreSQL refuses a NUL: tried again for ever it would hold up the rows behind it."""

    def refusing(*_: Any) -> Sequence[Entry]:
        raise DataError("SELECT", {}, ValueError("cannot contain NUL"))

    row = {"action": "cancel", "number": "450100T(2024)0000001", "reason": "设备已拆卸"}
    monkeypatch.setattr(type(installation.register), "by_number", refusing)
    url = posted(client, *[row] * intake.LANES, sample("02"))
    work(installation)
    told = report(client, url)
    assert [one["state"] for one in told] == ["failed"] * intake.LANES + ["issued"]


def test_rows_are_issued_and_cancelled_in_the_order_of_their_number(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    data, reason = sample("01"), "设备已拆卸"
    cancel = {"action": "cancel", "number": data["number"], "reason": reason}
    url = posted(client, data, cancel, sample("01", face__model="QTZ63"), cancel)
    work(installation)
    assert [one["state"] for one in report(client, url)] == ["issued", "cancelled"] * 2
    versions = [entry.version for entry in installation.register.by_number(data["number"])]
    assert versions == [2, 1]


def test_a_repeated_row_and_a_repeated_batch_issue_nothing_twice(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    cancel = {"action": "cancel", "number": sample("01")["number"], "reason": "设备已拆卸"}
    rows = (sample("05"), sample("05"), sample("01"), cancel)
    urls = []
    for _ in range(2):
        urls.append(posted(client, *rows))
        work(installation)
    first, second = (report(client, url) for url in urls)
    same = ("line", "state", "license_id", "pdf_sha256")
    assert [[one[k] for k in same] for one in first] == [[one[k] for k in same] for one in second]
    assert first[0]["license_id"] == first[1]["license_id"]
    assert [one["state"] for one in first] == ["issued", "issued", "issued", "cancelled"]
    assert count(installation, t.certificates) == 2


def test_a_key_and_body_posted_again_are_the_same_batch(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    key = {"Idempotency-Key": "monday"}
    url = posted(client, sample("01"), **key)
    assert posted(client, sample("01"), **key) == url
    assert posted(client, sample("01")) != url
    other = client.post(BATCHES, data=lines(sample("02")), headers=key)
    assert other.status_code == 409
    assert "SHA-256" in other.json["errors"][0]["message"]
    bad = client.post(BATCHES, data=lines(sample("02")), headers={"Idempotency-Key": "a b"})
    assert bad.status_code == 422


def test_the_scope_of_the_key_holds_for_every_row(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    foreign = issue(installation, _request(sample("05"))).entry
    nanning = sample("01")["authority"]["code"]
    token = give_key(installation, "nanning", scope=Scope(frozenset({nanning})))
    key = {"Authorization": f"Bearer {token}"}
    cancel = {"action": "cancel", "reason": "设备已拆卸"}
    rows = (
        sample("01"),
        sample("05", face__factory_number="X"),
        cancel | {"number": foreign.number},
        cancel | {"license_id": foreign.license_id},
    )
    url = posted(client, *rows, **key)
    assert client.get(url).status_code == 404  # another key's batch
    work(installation)
    told = [json.loads(line) for line in client.get(f"{url}/report", headers=key).text.splitlines()]
    assert [one.get("problem", {}).get("status") for one in told] == [None, 403, 404, 404]


def _request(data: dict[str, Any]) -> Request:
    return Request(data)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"\n \n", 422),
        (b"{}\n" * (intake.MAX_ROWS + 1), 413),
        (b" " * (intake.MAX_BYTES + 1), 413),
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(
    client: FlaskClient, body: bytes, status: int
) -> None:
    assert client.post(BATCHES, data=body).status_code == status
    assert client.get(f"{BATCHES}/1").status_code == 404


def test_pages_of_rows_by_state(
    installation: Installation, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.batches import routes

    monkeypatch.setattr(routes, "PAGE_ROWS", 2)
    url = posted(client, *[b"{"] * 3)
    work(installation)
    page = client.get(f"{url}/rows?state=failed").json
    assert [one["line"] for one in page["rows"]] == [1, 2]
    rest = client.get(f"{url}/rows?state=failed&cursor={page['cursor']}").json
    assert ([one["line"] for one in rest["rows"]], rest["cursor"]) == ([3], None)
    assert client.get(f"{url}/rows?state=issued").json["rows"] == []
    refused_query = client.get(f"{url}/rows?state=old&cursor=-1")
    assert refused_query.status_code == 422
    assert len(refused_query.json["errors"]) == 2


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=failed", "status"),
        ("state=failed&page=2", "page"),
        ("state=failed&state=issued", "state"),
        ("cursor=1&cursor=2", "cursor"),
        ("cursor=²", "cursor"),
    ],
)
def test_unknown_and_repeated_conditions_on_rows_are_refused_by_name(
    client: FlaskClient, query: str, named: str
) -> None:
    answer = client.get(f"{posted(client, b'{')}/rows?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [named]


def outcomes(installation: Installation, batch_id: int) -> Sequence[str]:
    with installation.database.read() as connection:
        found = store.find(connection, batch_id)
        rows = connection.execute(
            sa.text("SELECT state FROM batch_rows WHERE batch_id = :b ORDER BY line"),
            {"b": batch_id},
        )
        states = [row.state for row in rows]
    assert found is not None
    assert (found.ended_at is None) == ("waiting" in states)
    return states


def test_a_row_that_stopped_is_tried_again_and_no_other_waits_for_it(
    installation: Installation, client: FlaskClient, time: Time, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["coding"] = [LOST]
    data = sample("01")
    cancel = {"action": "cancel", "number": data["number"], "reason": "设备已拆卸"}
    posted(client, data, cancel, sample("05"))
    work(installation)
    assert sorted(outcomes(installation, 1)) == ["issued", "waiting", "waiting"]
    time.passes(seconds=30)
    work(installation)
    assert outcomes(installation, 1) == ["issued", "cancelled", "issued"]
    assert platform.asked.count("collection") == 2


def test_being_told_to_wait_is_no_try_and_a_refusal_is_final(
    installation: Installation, client: FlaskClient, time: Time, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["coding"] = [TOO_FAST] * (row.MAX_TRIES + 2) + [refused("照面有误")]
    url = posted(client, sample("01"))
    for _ in range(row.MAX_TRIES + 2):
        work(installation)
        assert outcomes(installation, 1) == ["waiting"]
        time.passes(seconds=80)
    work(installation)
    (told,) = report(client, url)
    assert told["problem"]["words"] == ["照面有误"]
    assert told["problem"]["continue"].startswith("/api/v1/records/")


def test_a_row_is_given_up_after_many_tries_and_its_record_goes_on(
    installation: Installation, client: FlaskClient, time: Time, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["persons"] = [DOWN] * row.MAX_TRIES
    url = posted(client, sample("01"))
    installation.database.wake = lambda _ids: None
    for _ in range(row.MAX_TRIES):
        _only_batches(installation)
        time.passes(hours=1)
    (told,) = report(client, url)
    assert (told["state"], told["tries"]) == ("failed", row.MAX_TRIES)
    work(installation)
    issued = client.get("/api/v1/certificates?status=valid").json["records"]
    assert [one["record"] for one in issued] == [told["problem"]["record"]]


def _only_batches(installation: Installation) -> None:
    """As `work`, without the sweep that would continue the record before its row does."""
    from service import clock
    from service.work import jobs
    from service.work.doing import do

    for job in jobs.take(installation.database, clock.now(), 50):
        if job.kind == "batch":
            do(installation, job)


def test_where_row_after_row_stops_the_lane_waits_instead_of_trying_all(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["check"] = [DOWN] * 100
    rows = [sample("05", face__factory_number=f"F{n}") for n in range(intake.LANES * 5)]
    posted(client, *rows)
    work(installation)
    assert len(platform.asked) == intake.LANES * lane.TROUBLE


def test_once_the_key_is_revoked_no_row_that_waits_is_done(
    installation: Installation, client: FlaskClient, time: Time, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script["check"] = [DOWN] * intake.LANES * lane.TROUBLE
    key = {"Authorization": f"Bearer {give_key(installation, 'office')}"}
    rows = [sample("05", face__factory_number=f"F{n}") for n in range(intake.LANES * 5)]
    url = posted(client, b"{", *rows, **key)
    _only_batches(installation)
    asked = len(platform.asked)
    access_file.revoke(installation.settings.home, "office", time.now())
    time.passes(hours=1)
    _only_batches(installation)
    assert len(platform.asked) == asked
    assert outcomes(installation, 1) == ["failed"] * (len(rows) + 1)
    told = [row["problem"] for row in _report(installation, url)]
    assert told[0]["status"] == 400  # what had its outcome keeps it
    assert {one["status"] for one in told[1:]} == {401}
    assert "密钥 office 已吊销" in told[1]["detail"]


def test_a_key_that_is_yet_to_be_revoked_or_has_expired_has_its_rows_done(
    installation: Installation, client: FlaskClient, time: Time, sample: Sample
) -> None:
    later = time.now() + timedelta(hours=2)
    key = {"Authorization": f"Bearer {give_key(installation, 'office', expires=later)}"}
    access_file.revoke(installation.settings.home, "office", later)
    posted(client, sample("05"), **key)
    time.passes(hours=1)
    work(installation)
    token = give_key(installation, "other", expires=later)
    posted(client, sample("01"), Authorization=f"Bearer {token}")
    time.passes(hours=2)
    work(installation)
    assert [*outcomes(installation, 1), *outcomes(installation, 2)] == ["issued", "issued"]


def _report(installation: Installation, url: str) -> list[dict[str, Any]]:
    """As the report, which nobody can ask for whose key is revoked."""
    lines = progress.report(installation.database, int(url.rpartition("/")[2]))
    return [json.loads(line) for block in lines for line in block.splitlines()]


def test_a_lane_whose_worker_died_is_done_by_another_and_nothing_twice(
    installation: Installation,
    client: FlaskClient,
    time: Time,
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted(client, *[sample("05", face__factory_number=f"F{n}") for n in range(4)])

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(store, "keep", die)  # the certificate is there, its row does not say so
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                work(installation)
    assert outcomes(installation, 1) == ["waiting"] * 4
    assert count(installation, t.certificates) == 4
    time.passes(minutes=3)
    work(installation)
    assert outcomes(installation, 1) == ["issued"] * 4
    assert count(installation, t.certificates) == 4


def test_what_a_row_carried_is_not_kept_beside_the_register(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    posted(client, sample("01"), sample("bad-1"))
    work(installation)
    with installation.database.read() as connection:
        left = connection.execute(sa.text("SELECT body FROM batch_rows")).scalars().all()
    assert left == [None, None]


def test_ten_thousand_rows_are_taken_in_at_once(installation: Installation) -> None:
    from service.access import Caller

    batch = posting.post(installation, Caller("x"), b"{}\n" * intake.MAX_ROWS, None)
    assert batch.rows == intake.MAX_ROWS
