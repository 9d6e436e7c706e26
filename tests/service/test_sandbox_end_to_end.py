"""Against the sandbox as a process of its own: each of the six steps fails once, and goes on."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from access_keys_world import development_client
from flask.testing import FlaskClient
from test_sandbox_command import running

from service.installation import Installation
from service.platform.national import NationalPlatform
from service.platform_settings import PlatformSettings

Sample = Callable[..., dict[str, Any]]
API = "/api/v1/certificates"
ISSUING = {
    "check": "证书编号与备案编号不一致",
    "coding": "赋码服务维护中",
    "persons": "使用单位项目负责人证件号有误",
    "collection": "证照文件尚未送达",
}
CANCELLING = {"persons_cancel": "人员仍关联其他证照", "status_change": "证书状态不允许变更"}
PERSON = {
    "name": "李示例",
    "id_type": "111",
    "id_number": "110101199003070038",
    "role": "塔式起重机司机",
    "certificate_number": "桂A072024000001",
}
FAULTS = ("refuse", "drop_after", "garbage")
"""What may go wrong: it did not act; it did, and nobody knows; it did, and answers rubbish."""


class Process:
    """The sandbox's process, as whoever practises meets it."""

    def __init__(self, settings: PlatformSettings) -> None:
        self.settings = settings
        self.address = urlsplit(settings.url)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of its answer."""
        connection = http.client.HTTPConnection(self.address.netloc, timeout=10)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, content
        return json.loads(content) if content else None

    def fail(self, step: str, kind: str, words: str) -> None:
        """Order one fault."""
        told = {"words": words} if kind == "refuse" else {}
        self.ask("POST", "/sandbox/faults", {"step": step, "kind": kind, "times": 1, **told})

    def state(self) -> dict[str, Any]:
        """What it has been told."""
        return dict(self.ask("GET", "/sandbox/state"))

    def states(self) -> dict[str, str]:
        """Identifier → state of every certificate that it knows."""
        return {row["license_id"]: row["state"] for row in self.state()["certificates"]}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running(tmp_path_factory.mktemp("sandbox") / "state.db") as (_, settings):
        yield Process(settings)


@pytest.fixture(scope="module")
def client(
    template: Path, tmp_path_factory: pytest.TempPathFactory, process: Process
) -> Iterator[FlaskClient]:
    home = tmp_path_factory.mktemp("approvals") / "home"
    installation = Installation.open(Path(shutil.copytree(template, home)))
    # One try each: what fails is to be seen and continued, not tried again at once.
    settings = replace(process.settings, tries=1)
    vars(installation)["platform"] = NationalPlatform(settings, sleep=lambda _: None)
    yield development_client(installation)
    installation.database.close()


_numbers = iter(range(1, 1000))


@pytest.fixture
def posted(sample: Sample) -> Callable[[], dict[str, Any]]:
    """A request of its own each time: the sandbox forgets nothing."""

    def make() -> dict[str, Any]:
        n = next(_numbers)
        return sample(
            "01",
            number=f"450100T(2024){n:07}",
            face__factory_number=f"E2E-{n}",
            persons=[PERSON],
        )

    return make


def stopped(answer: Any, step: str, kind: str, words: str) -> str:
    """Check what is told of a step that did not pass; gives where to continue."""
    told = answer.get_json()
    assert answer.status_code in (422, 502, 503), told
    assert (told["step"], bool(told["advice"])) == (step, True)
    if kind == "refuse":
        assert told["words"][-1] == words
        assert told["process"] == f"{step}_failed"
    return str(told["continue"])


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("step", ISSUING)
def test_issuing_goes_on_after_each_step(
    client: FlaskClient, process: Process, posted: Callable[[], Any], step: str, kind: str
) -> None:
    request, words = posted(), ISSUING[step]
    process.fail(step, kind, words)
    failed = client.post(API, json=request)
    path = stopped(failed, step, kind, words)
    done = client.post(path)
    assert done.status_code == 200, done.text
    assert (done.get_json()["status"], done.get_json()["process"]) == ("valid", "collected")
    license_id = done.get_json()["license_id"]
    mine = [one for one in process.state()["certificates"] if one["license_id"] == license_id]
    assert [(one["state"], one["number"]) for one in mine] == [("collected", request["number"])]
    assert len(mine[0]["persons"]) == 1
    assert client.get(f"{API}/{license_id}/pdf").data.startswith(b"%PDF-")
    # The same request again is answered with the same, and asks nobody.
    asked = len(process.state()["calls"])
    again = client.post(API, json=request).get_json()
    assert again["pdf_sha256"] == done.get_json()["pdf_sha256"]
    assert len(process.state()["calls"]) == asked


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("step", CANCELLING)
def test_cancelling_goes_on_after_each_step(
    client: FlaskClient, process: Process, posted: Callable[[], Any], step: str, kind: str
) -> None:
    license_id = client.post(API, json=posted()).get_json()["license_id"]
    words = CANCELLING[step]
    process.fail(step, kind, words)
    failed = client.post(f"{API}/{license_id}/cancel", json={"reason": "设备已拆卸"})
    path = stopped(failed, step, kind, words)
    # Meanwhile it stays valid.
    assert client.get(f"{API}/{license_id}").get_json()["status"] == "valid"
    done = client.post(path)
    assert (done.status_code, done.get_json()["status"]) == (200, "cancelled"), done.text
    assert process.states()[license_id] == "cancelled"


@pytest.mark.parametrize("step", ISSUING)
def test_replacing_goes_on_after_each_step(
    client: FlaskClient, process: Process, posted: Callable[[], Any], step: str
) -> None:
    old = client.post(API, json=posted()).get_json()["license_id"]
    process.fail(step, "refuse", ISSUING[step])
    change = {"face": {"project_manager": "李四"}}
    path = stopped(client.post(f"{API}/{old}/replace", json=change), step, "refuse", ISSUING[step])
    assert client.get(f"{API}/{old}").get_json()["status"] == "valid"
    done = client.post(path).get_json()
    assert done["status"] == "valid"
    before = client.get(f"{API}/{old}").get_json()
    assert (before["status"], before["replaced_by"]) == ("cancelled", done["license_id"])
    states = process.states()
    assert (states[old], states[done["license_id"]]) == ("replaced", "collected")


def test_what_the_platform_will_never_take_is_given_up(
    client: FlaskClient, process: Process, posted: Callable[[], Any]
) -> None:
    request = posted()
    process.fail("check", "refuse", ISSUING["check"])
    record = client.post(API, json=request).get_json()["record"]
    path = f"/api/v1/records/{record}/abandon"
    assert client.post(path, json={"reason": "申请有误"}).status_code == 200
    # Coded, it is the platform that keeps the number: it is asked, refuses, and is settled by hand.
    process.fail("collection", "refuse", ISSUING["collection"])
    record = client.post(API, json=request).get_json()["record"]
    path = f"/api/v1/records/{record}/abandon"
    refused = client.post(path, json={"reason": "申请有误"})
    assert refused.status_code == 422
    assert "匹配关系校验失败" in refused.get_json()["words"][-1]
    settled = {"reason": "已与平台办妥", "platform_settled": True}
    assert client.post(path, json=settled).status_code == 200
    assert client.post(path, json=settled).status_code == 409
