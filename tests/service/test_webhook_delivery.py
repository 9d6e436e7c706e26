"""Whoever is to hear of a certificate is told of every change: once it is true, and signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from access_keys_world import client_with, give_key
from scripted_platform import ScriptedPlatform, refused
from webhook_world import Receiver, allow_loopback, deliveries, work

from service import abandoning, clock, correcting, replacing
from service.cancelling import cancel
from service.continuing import continue_record
from service.errors import Conflict, StepFailed
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.webhooks import outbox, secret

RequestOf = Callable[..., Request]

pytestmark = pytest.mark.usefixtures("nobody_is_left_alone")


@pytest.fixture
def home(home: Path, tmp_path: Path, told: Receiver) -> Path:
    """One that may tell receivers of this machine."""
    allow_loopback(home, tmp_path)
    return home


def test_it_is_told_once_that_a_certificate_is_valid(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    done = issue(installation, request_of("05", notify_url=told.url), caller="nanning")
    assert not done.warnings or "notify_url" not in [w.field for w in done.warnings]
    assert told.got == []
    work(installation)
    work(installation)
    (body,) = told.bodies
    assert body["event"]["kind"] == "issued"
    assert body["certificate"] == {
        "license_id": done.entry.license_id,
        "number": done.entry.number,
        "type": done.entry.type,
        "version": 1,
        "authority": request_of("05").data["authority"],
        "issued_on": done.entry.issued_on,
        "status": "valid",
        "verify_url": done.verify_url,
        "replaced_by": None,
    }
    assert (body["record"]["status"], body["record"]["process"]) == ("valid", "collected")
    path = f"/api/v1/certificates/{done.entry.license_id}"
    assert body["links"] == {"certificate": path, "records": f"{path}/records"}
    (row,) = deliveries(installation)
    assert (row.state, row.attempts, row.said) == ("delivered", 1, "HTTP 200")
    assert told.got[0].startswith(b"POST /told?for=us HTTP/1.1")
    headers = told.headers()
    assert headers["Sealpress-Event"] == "issued"
    assert headers["Sealpress-Delivery"] == str(row.id)


def test_nothing_personal_leaves(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    request = request_of("05", notify_url=told.url)
    done = issue(installation, request)
    cancel(installation, done.entry, "张三已离职")
    work(installation)
    sent = b"".join(told.got).decode()
    data = request.data
    private = [data["holder"]["name"], *data["face"].values(), "张三"]
    private += [value for person in data["persons"] for value in person.values() if len(value) > 3]
    assert [value for value in private if value in sent] == []
    assert told.kinds == ["issued", "cancelling", "cancelled"]


def test_it_is_signed_with_the_secret_of_the_key_that_asked(
    installation: Installation, told: Receiver, sample: Callable[..., dict[str, Any]]
) -> None:
    client = client_with(give_key(installation, "nanning"), installation)
    data = sample("01", notify_url=told.url)
    assert client.post("/api/v1/certificates", json=data).status_code == 201
    work(installation)
    mine, *others = secret.of_caller(installation.keys, "nanning")
    assert others == []
    moment, value = told.headers()["Sealpress-Signature"].removeprefix("t=").split(",v1=")
    assert abs(int(moment) - clock.now().timestamp()) < 60
    body = told.got[0].partition(b"\r\n\r\n")[2]
    signed = moment.encode() + b"." + body
    assert hmac.compare_digest(value, hmac.digest(mine, signed, hashlib.sha256).hex())
    assert secret.of_caller(installation.keys, "shenyang") != (mine,)
    assert (installation.keys / secret.MASTER).stat().st_mode & 0o77 == 0


def test_while_the_master_is_changed_both_secrets_sign(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    old = secret.of_caller(installation.keys, "command-line")
    (installation.keys / secret.MASTER).rename(installation.keys / secret.OLD_MASTER)
    issue(installation, request_of("01", notify_url=told.url))
    work(installation)
    both = secret.of_caller(installation.keys, "command-line")
    assert both[1:] == old
    assert told.headers()["Sealpress-Signature"].count("v1=") == 2


def test_a_failure_and_what_follows_is_told_in_order(
    installation: Installation,
    platform: ScriptedPlatform,
    told: Receiver,
    request_of: RequestOf,
) -> None:
    words = "张三的证件号有误"
    platform.script = {"persons": [refused(words), refused(words)], "status_change": [refused("x")]}
    request = request_of("05", notify_url=told.url)
    with pytest.raises(StepFailed) as stopped:
        issue(installation, request)
    number = stopped.value.members["record"]
    with pytest.raises(StepFailed):
        continue_record(installation, number)
    changed = [{**person, "role": "06"} for person in request.data["persons"]]
    done = continue_record(installation, number, correcting.read({"persons": changed}))
    with pytest.raises(StepFailed) as stopped:
        cancel(installation, done.entry, "设备已拆卸")
    continue_record(installation, stopped.value.members["record"])
    work(installation)
    assert told.kinds == [
        *("step_failed", "step_failed", "corrected", "continued", "issued"),
        *("cancelling", "step_failed", "continued", "cancelled"),
    ]
    first, last = told.bodies[0], told.bodies[-1]
    assert first["certificate"]["status"] is None
    assert first["certificate"]["verify_url"] is None
    assert first["record"] | {"effective_from": None} == {
        "record": number,
        "kind": "new",
        "status": "failed",
        "process": "persons_failed",
        "effective_from": None,
        "step": "persons",
        "outcome": "refused",
    }
    assert last["certificate"]["status"] == "cancelled"
    assert words not in b"".join(told.got).decode()
    ids = [body["event"]["id"] for body in told.bodies]
    assert ids == sorted(ids)


def test_what_is_given_up_is_told(
    installation: Installation,
    platform: ScriptedPlatform,
    told: Receiver,
    request_of: RequestOf,
) -> None:
    platform.script = {"check": [refused("编号有误")]}
    with pytest.raises(StepFailed) as stopped:
        issue(installation, request_of("05", notify_url=told.url))
    wanted = abandoning.read({"reason": "数据有误，另行办理"})
    abandoning.abandon(installation, stopped.value.members["record"], wanted)
    work(installation)
    assert told.kinds == ["step_failed", "abandoned"]
    assert told.bodies[-1]["certificate"]["status"] is None


def test_who_hears_of_a_certificate_hears_of_what_takes_its_place(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    first = issue(installation, request_of("01", notify_url=told.url))
    wanted = replacing.read({"face": {"model": "QTZ63X"}})
    second = replacing.replace(installation, first.entry, wanted)
    work(installation)
    found = {(b["event"]["kind"], b["certificate"]["license_id"]): b for b in told.bodies}
    assert set(found) == {
        ("issued", first.entry.license_id),
        ("replaced", first.entry.license_id),
        ("issued", second.entry.license_id),
    }
    voided = found["replaced", first.entry.license_id]["certificate"]
    assert (voided["status"], voided["replaced_by"]) == ("cancelled", second.entry.license_id)


def test_what_did_not_happen_is_not_told(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    done = issue(installation, request_of("01", notify_url=told.url))
    work(installation)

    class Lost(Exception):
        pass

    def told_in_vain() -> None:
        with installation.database.write() as connection:
            outbox.tell(connection, (1, "cancelled", clock.now()), 1, 1, {})
            raise Lost

    with pytest.raises(Lost):
        told_in_vain()
    work(installation)
    assert told.kinds == ["issued"]
    assert done.entry.license_id


def test_a_repeated_request_tells_another_address_from_then_on(
    installation: Installation, told: Receiver, request_of: RequestOf
) -> None:
    done = issue(installation, request_of("01"))
    for number in (1, 2, 2):
        issue(installation, request_of("01", notify_url=f"{told.url}&n={number}"))
    work(installation)
    assert told.got == []
    cancel(installation, done.entry, "设备已拆卸")
    work(installation)
    assert sorted(told.kinds) == ["cancelled", "cancelled", "cancelling", "cancelling"]
    for number in range(2, outbox.MOST_URLS):
        issue(installation, request_of("01", notify_url=f"{told.url}&m={number}"))
    with pytest.raises(Conflict):
        issue(installation, request_of("01", notify_url=f"{told.url}&m=one-too-many"))


ENDPOINTS = """
[[webhooks.endpoints]]
name = "{name}"
url = {url}
secret_file = "{name}.secret"
{scope}
"""


def test_endpoints_of_the_settings_hear_of_what_is_theirs(
    home: Path, told: Receiver, request_of: RequestOf
) -> None:
    scopes = {
        "all": "",
        "nanning": 'divisions = ["4501"]',
        "shenyang": 'divisions = ["2101"]',
        "other": 'authorities = ["11210100MB0000002X"]',
    }
    more = ""
    for name, scope in scopes.items():
        url = json.dumps(f"{told.url}&name={name}")
        more += ENDPOINTS.format(name=name, url=url, scope=scope)
        (home / f"{name}.secret").write_text(name * 30 + "\n")
        (home / f"{name}.secret").chmod(0o600)
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(more)
    installation = Installation.open(home)
    try:
        issue(installation, request_of("01"))
        work(installation)
        names = [request.split(b"name=")[1].split(b" ")[0].decode() for request in told.got]
        assert sorted(names) == ["all", "nanning"]
        header = told.headers(names.index("nanning"))["Sealpress-Signature"]
        moment, value = header.removeprefix("t=").split(",v1=")
        body = told.got[names.index("nanning")].partition(b"\r\n\r\n")[2]
        signed = moment.encode() + b"." + body
        assert value == hmac.digest(b"nanning" * 30, signed, hashlib.sha256).hex()
        (home / "all.secret").chmod(0o644)
        issue(installation, request_of("02"))
        work(installation)
        assert len(told.got) == 3
        (stopped,) = (row for row in deliveries(installation) if row.state == "pending")
        assert stopped.receiver == "endpoint:all"
        assert "chmod 600" in stopped.said
    finally:
        installation.database.close()


def test_an_endpoint_that_is_none_any_more_is_given_up(
    installation: Installation, request_of: RequestOf, told: Receiver
) -> None:
    issue(installation, request_of("01", notify_url=told.url))
    with installation.database.write() as connection:
        gone = outbox.Receiver("endpoint:gone", told.url)
        outbox._add(connection, (1, "issued", clock.now()), 1, gone, b"{}")
    work(installation)
    states = {row.receiver: row.state for row in deliveries(installation)}
    assert states == {"key:command-line": "delivered", "endpoint:gone": "given_up"}
