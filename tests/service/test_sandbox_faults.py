"""The sandbox fails when told to, as often as told, and says which way."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from platform_world import Sandbox
from sandbox_client import Client, check, coding

from service.sandbox import faults


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """Somebody who calls it."""
    return Client(sandbox)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"step": "check"},
        {"step": "press", "kind": "refuse"},
        {"step": ["check"], "kind": "refuse"},
        {"step": "check", "kind": "explode"},
        {"step": "check", "kind": ["refuse"]},
        {"step": "check", "kind": "refuse", "times": 0},
        {"step": "check", "kind": "refuse", "times": True},
        {"step": "check", "kind": "refuse", "times": faults.MAX_TIMES + 1},
        {"step": "check", "kind": "slow", "seconds": 0},
        {"step": "check", "kind": "slow", "seconds": "1"},
        {"step": "check", "kind": "refuse", "words": ""},
        {"step": "check", "kind": "refuse", "words": 5},
        {"step": "check", "kind": "refuse", "time": 5},
    ],
)
def test_a_fault_that_cannot_be_is_refused(sandbox: Sandbox, wrong: Any) -> None:
    status, found = sandbox.ask("POST", "/sandbox/faults", wrong)
    assert status == 400
    assert found["error"]
    assert sandbox.state()["faults"] == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [("refuse", "赋码失败：数据有误"), ("too_fast", "赋码操作太快，请稍后再试")],
)
def test_an_ordered_refusal_does_nothing_and_comes_as_often_as_told(
    client: Client, kind: str, words: str
) -> None:
    client.sandbox.fail("coding", kind, times=2)
    client.taken("check", check())  # another step
    for _ in range(2):
        assert client.refused("coding", coding()) == words
    assert client.sandbox.state()["certificates"] == []
    client.taken("coding", coding())
    assert [call["fault"] for call in client.sandbox.state()["calls"]] == [None, kind, kind, None]


def test_faults_come_in_their_order_and_can_be_forgotten(client: Client) -> None:
    client.sandbox.fail("check", "refuse", words="一")
    client.sandbox.fail("check", "refuse", words="二", times=5)
    assert [client.refused("check", check()) for _ in range(2)] == ["一", "二"]
    assert client.sandbox.ask("DELETE", "/sandbox/faults") == (204, None)
    client.taken("check", check())


def test_an_ordered_warning_acts(client: Client) -> None:
    client.sandbox.fail("coding", "warn", words="请核对")
    found = client.call("coding", coding())
    assert found["ReturnCode"] == "2"
    assert found["ReturnData"]["WarnData"] == [{"WarnGuid": "", "WarnMsg": "请核对"}]
    assert found["ReturnData"]["SuccessData"][0]["encryKey"]
    assert len(client.sandbox.state()["certificates"]) == 1


@pytest.mark.parametrize(("kind", "acted"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_has_acted_or_not(client: Client, kind: str, acted: int) -> None:
    client.sandbox.fail("coding", kind)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        client.call("coding", coding())
    assert len(client.sandbox.state()["certificates"]) == acted


def test_garbage_comes_after_the_deed(client: Client) -> None:
    client.sandbox.fail("coding", "garbage")
    with pytest.raises(ValueError, match=r"codec|Expecting"):
        client.call("coding", coding())
    assert len(client.sandbox.state()["certificates"]) == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_the_token_can_be_dropped_as_well(client: Client, kind: str) -> None:
    client.sandbox.fail("token", kind)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        client.form(client.secret)
    client.sandbox.fail("token", "refuse")
    assert client.form(client.secret)[0] == 401
    assert client.form(client.secret)[0] == 200
