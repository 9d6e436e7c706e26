"""A step that failed is shown in the platform's words, mended, and continued: nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from access_keys_world import development_client
from flask.testing import FlaskClient
from scripted_platform import DOWN, LOST, RUBBISH, TOO_FAST, ScriptedPlatform, refused, rows

from service import correcting
from service import tables as t
from service.continuing import continue_record
from service.errors import Conflict, Invalid, NotFound, StepFailed
from service.installation import Installation
from service.issuing import issue
from service.request import Request, read

RequestOf = Callable[..., Request]
STEPS = {
    "check": "check_failed",
    "coding": "coding_failed",
    "persons": "persons_failed",
    "collection": "collection_failed",
}
WORDS = "证书编号与施工许可证不一致"


@pytest.fixture
def client(installation: Installation, platform: ScriptedPlatform) -> FlaskClient:
    """An approval system with the development key, where there is a platform."""
    return development_client(installation)


def records(installation: Installation) -> list[Any]:
    """Every record."""
    with installation.database.read() as connection:
        return list(connection.execute(sa.select(t.records).order_by(t.records.c.id)))


def fail(installation: Installation, request: Request) -> dict[str, Any]:
    """Issue in vain; gives what is told."""
    with pytest.raises(StepFailed) as stopped:
        issue(installation, request)
    return dict(stopped.value.members) | {"http": stopped.value.http_status}


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_each_step_is_shown_and_continued_to_the_end(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    told = fail(installation, request_of("05"))
    assert (told["http"], told["process"], told["words"]) == (422, STEPS[step], [WORDS])
    assert told["advice"]
    (record,) = records(installation)
    assert (record.certificate_status, record.process_status) == ("failed", STEPS[step])
    assert record.effective_from is None
    failed = rows(installation)[-1]
    assert (failed.step, failed.outcome, failed.words) == (step, "refused", WORDS)

    assert continue_record(installation, told["record"]).as_json()["process"] == "collected"
    assert platform.asked.count(step) == 2
    assert all(platform.asked.count(other) == 1 for other in STEPS if other != step)
    assert [row.attempt for row in rows(installation) if row.step == step] == [1, 2]
    (record,) = records(installation)
    assert (record.certificate_status, record.process_status) == ("valid", "collected")


@pytest.mark.parametrize("step", STEPS)
def test_the_same_request_continues_as_well_and_issues_once(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    fail(installation, request_of("05"))
    answers = [issue(installation, request_of("05")).as_json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(records(installation)) == 1


def test_what_was_not_issued_is_not_in_the_public_register(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script["collection"] = [refused(WORDS)]
    told = fail(installation, request_of("05"))
    assert installation.register.by_license_id(told["license_id"]) is None
    assert installation.register.by_number(told["number"]) == []
    with installation.database.read() as connection:
        (sha256, _) = connection.execute(sa.select(t.documents.c.sha256)).scalars()
    assert installation.register.by_document(sha256) is None


@pytest.mark.parametrize(
    ("met", "outcome", "status", "sent_before"),
    [
        (LOST, "unknown", 503, True),
        (RUBBISH, "garbled", 502, True),
        (DOWN, "unreachable", 503, False),
        (refused(WORDS), "refused", 422, False),
    ],
)
@pytest.mark.parametrize("step", ["coding", "persons", "collection"])
def test_a_repeated_step_says_whether_the_platform_may_have_acted(
    installation: Installation,
    platform: ScriptedPlatform,
    request_of: RequestOf,
    step: str,
    met: Any,
    outcome: str,
    status: int,
    sent_before: bool,
) -> None:
    platform.script[step] = [met, DOWN]
    assert fail(installation, request_of("05"))["http"] == status
    assert rows(installation)[-1].outcome == outcome
    fail(installation, request_of("05"))
    issue(installation, request_of("05"))
    repeated = [case.sent_before for name, case in platform.calls if name == step]
    assert repeated == [False, sent_before, sent_before]


def test_too_fast_is_a_wait_and_no_failure(
    client: FlaskClient,
    installation: Installation,
    platform: ScriptedPlatform,
    sample: Callable[..., dict[str, Any]],
) -> None:
    platform.script["coding"] = [TOO_FAST]
    waiting = client.post("/api/v1/certificates", json=sample("01"))
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (503, "60")
    assert waiting.get_json()["process"] is None
    (record,) = records(installation)
    assert (record.certificate_status, record.process_status) == (None, None)
    assert client.post("/api/v1/certificates", json=sample("01")).status_code == 201


def test_over_http_a_failure_tells_where_to_continue_and_takes_corrected_data(
    client: FlaskClient, platform: ScriptedPlatform, sample: Callable[..., dict[str, Any]]
) -> None:
    platform.script["check"] = [refused(WORDS)]
    failed = client.post("/api/v1/certificates", json=sample("05"))
    assert (failed.status_code, failed.mimetype) == (422, "application/problem+json")
    told = failed.get_json()
    assert (told["words"], told["process"], told["number"]) == (
        [WORDS],
        "check_failed",
        "210100T(2024)0000001",
    )
    path = f"/api/v1/certificates/{told['license_id']}"
    for method, action in (("get", ""), ("post", "/cancel"), ("post", "/replace")):
        waiting = client.open(f"{path}{action}", method=method, json={"reason": "x"})
        assert waiting.status_code == 409
        assert f"办理记录 {told['record']}" in waiting.get_json()["detail"]
    done = client.post(told["continue"], json={"face": {"model": "QTZ63"}})
    assert done.status_code == 200
    assert done.get_json()["status"] == "valid"
    assert [case.face["model"] for _, case in platform.calls[-4:]] == ["QTZ63"] * 4
    assert client.post(told["continue"]).status_code == 409
    history = client.get(f"/api/v1/certificates/{told['license_id']}/records").get_json()
    tried = [(one["step"], one["outcome"]) for one in history["records"][0]["steps"]]
    assert tried[:2] == [("check", "refused"), ("check", "passed")]


def test_a_corrected_certificate_says_everywhere_what_was_corrected(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script["coding"] = [refused(WORDS)]
    told = fail(installation, request_of("01"))
    change = correcting.read({"face": {"factory_number": "K-1"}, "holder": {"name": "新单位"}})
    entry = continue_record(installation, told["record"], change).entry
    assert (entry.face["factory_number"], entry.holder_name) == ("K-1", "新单位")
    assert json.loads(entry.dataset)["face"]["factory_number"] == "K-1"
    assert platform.asked.count("check") == 2
    corrected = json.loads(json.dumps(request_of("01").data))
    corrected["face"]["factory_number"] = "K-1"
    corrected["holder"]["name"] = "新单位"
    # Repeating either the first or the corrected request finds this certificate.
    for data in (request_of("01").data, corrected):
        again = issue(installation, read(json.dumps(data).encode()))
        assert again.entry.license_id == entry.license_id
    with installation.database.read() as connection:
        (before,) = connection.execute(sa.select(t.corrections.c.request)).scalars()
        factory = connection.execute(sa.select(t.certificates.c.factory_number)).scalar_one()
    assert (json.loads(before), factory) == (request_of("01").data, "K-1")


def test_a_correction_is_checked_like_a_request(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script["check"] = [refused(WORDS)]
    told = fail(installation, request_of("05"))
    with pytest.raises(Invalid) as refusal:
        continue_record(
            installation, told["record"], correcting.read({"face": {"installed_on": "2024-13-01"}})
        )
    assert [one.field for one in refusal.value.problems] == ["face.installed_on"]
    assert rows(installation)[-1].outcome == "refused"
    for wrong in ({"number": "x"}, {"face": []}, {"persons": {}}):
        with pytest.raises(Invalid):
            correcting.read(wrong)


@pytest.mark.parametrize("step", ["persons", "collection"])
def test_after_coding_the_face_is_not_corrected(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    told = fail(installation, request_of("05"))
    with pytest.raises(Conflict, match="replace"):
        continue_record(installation, told["record"], correcting.read({"face": {"model": "X"}}))
    assert platform.asked[-1] == step


def test_persons_are_corrected_at_their_step_and_not_after_it(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script["persons"] = [refused("人员证件号码有误")]
    told = fail(installation, request_of("05"))
    persons = [{"name": "张三", "id_type": "111", "id_number": "X1", "role": "司机"}]
    platform.script["collection"] = [refused(WORDS)]
    change = correcting.read({"persons": persons})
    with pytest.raises(StepFailed):
        continue_record(installation, told["record"], change)
    sent = [case.persons for name, case in platform.calls if name == "persons"]
    assert sent[-1] == persons
    with pytest.raises(Conflict, match="nothing be corrected"):
        continue_record(installation, told["record"], correcting.read({"persons": []}))
    # The same data again are no correction.
    assert continue_record(installation, told["record"], change).as_json()["status"] == "valid"


def test_data_that_the_platform_may_have_taken_are_not_changed(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script["coding"] = [LOST]
    told = fail(installation, request_of("01"))
    with pytest.raises(Conflict, match="continue unchanged"):
        continue_record(installation, told["record"], correcting.read({"face": {"model": "X"}}))
    continue_record(installation, told["record"])


def test_what_did_not_fail_is_not_continued(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    (record,) = records(installation)
    with pytest.raises(Conflict, match="did not fail"):
        continue_record(installation, record.id)
    with pytest.raises(NotFound):
        continue_record(installation, record.id + 1)
