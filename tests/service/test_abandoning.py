"""What can never be issued is given up: its number is free, its files are never valid."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from access_keys_world import SHENYANG, client_with, development_client, give_key
from flask.testing import FlaskClient
from scripted_platform import DOWN, LOST, TOO_FAST, ScriptedPlatform, issue_in_vain, refused, rows

from service import abandoning, replacing
from service import tables as t
from service.abandoning import Abandonment, abandon
from service.cancelling import cancel
from service.cli import main
from service.continuing import continue_record
from service.errors import Conflict, NotFound, SigningFailed, StepFailed
from service.installation import Installation
from service.issuing import issue
from service.pipeline import making
from service.request import Request
from service.scope import scope
from service.transparency import check
from service.transparency.checkpoints import known_keys
from signing.errors import KeyUnavailable

RequestOf = Callable[..., Request]
Sample = Callable[..., dict[str, Any]]
API = "/api/v1/certificates"
WHY = Abandonment("申请有误")
SETTLED = Abandonment("平台已撤销赋码", settled=True)
WORDS = "无电子证照匹配关系校验失败"
STEPS = ["check", "coding", "persons", "collection"]


@pytest.fixture
def client(installation: Installation, platform: ScriptedPlatform) -> FlaskClient:
    return development_client(installation)


def digests(installation: Installation) -> list[str]:
    with installation.database.read() as connection:
        return list(connection.execute(sa.select(t.documents.c.sha256)).scalars())


@pytest.mark.parametrize("step", STEPS)
def test_after_a_refusal_at_each_step_the_number_is_free(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    record = issue_in_vain(installation, request_of("01"))
    done = abandon(installation, record, WHY).as_json()
    assert (done["status"], done["process"]) == ("failed", f"{step}_failed")
    withdrawn = {"check": [], "coding": [], "persons": ["status_change"]}
    tail = platform.asked[len(STEPS[: STEPS.index(step) + 1]) :]
    assert tail == withdrawn.get(step, ["persons_cancel", "status_change"])
    # The same request, or another under this number, begins anew.
    first = issue(installation, request_of("01")).entry
    assert (first.number, first.version) == (done["number"], 2)
    assert first.license_id != done["license_id"]
    with pytest.raises(Conflict):
        continue_record(installation, record)
    with pytest.raises(Conflict):
        abandon(installation, record, WHY)
    assert check.check(installation.database, known_keys(installation)).sound


def test_what_was_signed_is_served_nowhere_and_cancelled_in_the_list(
    installation: Installation,
    client: FlaskClient,
    platform: ScriptedPlatform,
    sample: Sample,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform.script["collection"] = [refused(WORDS)]
    told = client.post(API, json=sample("05")).get_json()
    path = f"/api/v1/records/{told['record']}/abandon"
    answer = client.post(path, json={"reason": "申请有误"})
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["abandoned_at"]
    for method, action in (("get", ""), ("get", "/pdf"), ("post", "/cancel")):
        url = f"{API}/{told['license_id']}{action}"
        assert client.open(url, method=method, json={"reason": "x"}).status_code == 404
    # Whoever has the files learns that they are worth nothing, also without the register.
    installation.refresh_trust()
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    for sha256 in digests(installation):
        file = tmp_path / sha256
        file.write_bytes(installation.documents.get(sha256))
        assert main(["verify", str(file)]) != 0
        assert main(["verify", str(file), "--offline"]) == 2
    records = client.get(f"{API}/{told['license_id']}/records").get_json()["records"]
    assert [one["abandoned_at"] is not None for one in records] == [True]
    assert [one["step"] for one in records[0]["steps"]][-2:] == ["withdraw_persons", "withdraw"]


def test_a_platform_that_keeps_its_code_is_shown_and_can_be_settled_elsewhere(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script = {"persons": [refused("人员有误")], "status_change": [LOST, refused(WORDS)]}
    record = issue_in_vain(installation, request_of("05"))
    for sent_before in (False, True):
        with pytest.raises(StepFailed) as stopped:
            abandon(installation, record, WHY)
        assert platform.calls[-1][1].sent_before is sent_before
    told = stopped.value.members
    assert (told["step"], told["words"], told["process"]) == (
        "withdraw",
        [WORDS],
        "persons_failed",
    )
    assert "platform_settled" in told["advice"]
    assert abandon(installation, record, SETTLED).as_json()["process"] == "persons_failed"
    assert platform.asked.count("status_change") == 2
    with installation.database.read() as connection:
        query = sa.select(t.events.c.detail).where(t.events.c.kind == "abandoned")
        (detail,) = connection.execute(query).scalars()
    assert detail["platform_settled"] is True


def test_a_withdrawal_that_failed_half_way_goes_on(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script = {"collection": [refused(WORDS)], "status_change": [DOWN]}
    record = issue_in_vain(installation, request_of("05"))
    with pytest.raises(StepFailed):
        abandon(installation, record, WHY)
    abandon(installation, record, WHY)
    assert platform.asked.count("persons_cancel") == 1
    assert [row.outcome for row in rows(installation)][-3:] == ["passed", "unreachable", "passed"]


def test_after_a_failed_withdrawal_it_can_still_be_continued(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    platform.script = {"collection": [refused(WORDS)], "status_change": [refused(WORDS)]}
    record = issue_in_vain(installation, request_of("05"))
    with pytest.raises(StepFailed):
        abandon(installation, record, WHY)
    assert continue_record(installation, record).as_json()["status"] == "valid"


@pytest.mark.parametrize("met", [TOO_FAST, DOWN, LOST])
def test_what_nobody_refused_is_continued_not_given_up(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf, met: Any
) -> None:
    platform.script["coding"] = [met]
    record = issue_in_vain(installation, request_of("01"))
    with pytest.raises(Conflict, match="继续流程"):
        abandon(installation, record, WHY)
    assert abandon(installation, record, SETTLED)


def test_what_is_issued_or_a_cancelling_is_not_given_up(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    entry = issue(installation, request_of("01")).entry
    with pytest.raises(Conflict, match="注销"):
        abandon(installation, 1, SETTLED)
    platform.script["status_change"] = [refused(WORDS)]
    with pytest.raises(StepFailed):
        cancel(installation, entry, "设备已拆卸")
    with pytest.raises(Conflict):
        abandon(installation, 2, SETTLED)
    with pytest.raises(NotFound):
        abandon(installation, 3, WHY)
    assert continue_record(installation, 2).as_json()["status"] == "cancelled"


def test_a_replacement_that_is_given_up_leaves_the_old_one_valid(
    installation: Installation, platform: ScriptedPlatform, request_of: RequestOf
) -> None:
    entry = issue(installation, request_of("01")).entry
    wanted = replacing.read({"face": {"project_manager": "李四"}})
    platform.script["check"] = [refused(WORDS)]
    with pytest.raises(StepFailed) as stopped:
        replacing.replace(installation, entry, wanted)
    abandon(installation, stopped.value.members["record"], WHY)
    (still,) = installation.register.by_number(entry.number)
    assert [change.state for change in still.history] == ["valid"]
    # The way is free for another replacement, the same one too.
    again = replacing.replace(installation, entry, wanted).entry
    assert [e.license_id for e in installation.register.by_number(entry.number)] == [
        again.license_id,
        entry.license_id,
    ]


def test_without_a_platform_what_cannot_be_signed_is_given_up(
    installation: Installation, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise KeyUnavailable("file:lost.pem", "lost")

    with monkeypatch.context() as patch:
        patch.setattr(making, "pair_of", lost)
        with pytest.raises(SigningFailed) as failed:
            issue(installation, request_of("01"))
    done = abandon(installation, failed.value.members["record"], WHY).as_json()
    assert (done["status"], done["process"]) == ("failed", None)
    assert issue(installation, request_of("01")).entry.number == done["number"]


def test_an_idempotency_key_of_what_was_given_up_begins_nothing_anew(
    client: FlaskClient, platform: ScriptedPlatform, sample: Sample
) -> None:
    platform.script["check"] = [refused(WORDS)]
    first = {"Idempotency-Key": "one"}
    told = client.post(API, json=sample("01"), headers=first).get_json()
    client.post(f"/api/v1/records/{told['record']}/abandon", json={"reason": "申请有误"})
    again = client.post(API, json=sample("01"), headers=first)
    assert (again.status_code, "已放弃" in again.get_json()["detail"]) == (409, True)
    anew = client.post(API, json=sample("01"), headers={"Idempotency-Key": "two"})
    assert anew.status_code == 201
    assert client.post(API, json=sample("01"), headers=first).get_json() == anew.get_json()


def test_over_http_mistakes_are_named_and_strangers_find_nothing(
    installation: Installation, client: FlaskClient, platform: ScriptedPlatform, sample: Sample
) -> None:
    platform.script["check"] = [refused(WORDS)]
    record = client.post(API, json=sample("01")).get_json()["record"]
    path = f"/api/v1/records/{record}/abandon"
    wrong = client.post(path, json={"reason": " ", "platform_settled": 1, "x": 1})
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.get_json()["errors"]] == [
        "x",
        "reason",
        "platform_settled",
    ]
    token = give_key(installation, "s", scope=scope([SHENYANG], []))
    assert client_with(token, installation).post(path, json={"reason": "x"}).status_code == 404
    assert client.post("/api/v1/records/99/abandon", json={"reason": "x"}).status_code == 404


def test_the_commands_give_up_and_show_it(
    installation: Installation,
    platform: ScriptedPlatform,
    request_of: RequestOf,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    platform.script["check"] = [refused(WORDS)]
    issue_in_vain(installation, request_of("01"))
    number = request_of("01").data["number"]
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    assert main(["show", number]) == 0
    shown = capsys.readouterr().out
    assert "未办成" in shown
    assert WORDS in shown
    assert main(["abandon", number, "--reason", ""]) == 1
    assert "放弃原因" in capsys.readouterr().err
    monkeypatch.setattr("service.pipeline.way.platform_of", lambda *_: platform)
    assert main(["abandon", number, "--reason", "申请有误"]) == 0
    assert json.loads(capsys.readouterr().out)["number"] == number
    assert main(["show", number]) == 0
    assert "申请有误" in capsys.readouterr().out


def test_a_reason_has_its_limits() -> None:
    assert abandoning.read({"reason": " 有误 "}) == Abandonment("有误")
