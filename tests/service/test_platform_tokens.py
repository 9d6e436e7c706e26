"""Statuses say whether to try again; tokens are kept while they are good, and shown to nobody."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from platform_world import (
    Clock,
    Sandbox,
    at,
    case,
    raw_server,
    request_on,
    response,
    scripted,
)

from service.platform.answers import WAIT_S, Outcome
from service.platform.errors import PlatformUnreachable
from service.platform.national import NationalPlatform
from service.platform.tokens import MARGIN_S, USUAL_LIFE_S


@pytest.mark.parametrize(
    ("status", "retryable", "may_have_acted"),
    [
        ("500 Broken", True, True),
        ("502 Bad Gateway", True, True),
        ("408 Late", True, False),
        ("404 Nothing", False, False),
        ("302 Elsewhere", False, False),
        ("401 Nobody", False, False),
    ],
)
def test_a_status_says_whether_to_try_again(
    sandbox: Sandbox, status: str, retryable: bool, may_have_acted: bool
) -> None:
    with scripted(b"x", status=status) as port, pytest.raises(PlatformUnreachable) as raised:
        at(sandbox, port).check(case())
    error = raised.value
    assert (error.retryable, error.may_have_acted) == (retryable, may_have_acted)


@pytest.mark.parametrize(("asked", "wait"), [("", WAIT_S), ("Retry-After: 300\r\n", 300)])
def test_429_is_a_wait(sandbox: Sandbox, asked: str, wait: int) -> None:
    with scripted(b"slow down", status="429 Slow", headers=asked) as port:
        answer = at(sandbox, port).check(case())
    assert (answer.outcome, answer.retry_after, answer.raw) == (Outcome.WAIT, wait, "slow down")


@pytest.mark.parametrize("in_words", [True, False])
def test_a_token_that_is_refused_is_replaced(sandbox: Sandbox, in_words: bool) -> None:
    given = []

    def talk(connection: socket.socket, _: int) -> None:
        request = request_on(connection)
        if b"grant_type" in request:
            given.append(f"token{len(given)}")
            connection.sendall(response(json.dumps({"access_token": given[-1]}).encode()))
        elif b"access_token=token1" in request:
            connection.sendall(response(b'{"ReturnCode":"1"}'))
        elif in_words:
            refused = {"ReturnCode": "0", "ReturnMsg": "access_token已过期"}
            connection.sendall(response(json.dumps(refused).encode()))
        else:
            connection.sendall(response(b"", "401 Nobody"))

    with raw_server(talk) as port:
        platform = at(sandbox, port, tries=1)
        assert platform.check(case()).passed
        assert platform.check(case()).passed
    assert len(given) == 2


def test_tokens_are_kept_while_they_are_good(sandbox: Sandbox) -> None:
    asked = []

    def talk(connection: socket.socket, _: int) -> None:
        if b"grant_type" in request_on(connection):
            asked.append(1)
            connection.sendall(response(b'{"access_token":"t","expires_in":"600"}'))
        else:
            connection.sendall(response(b'{"ReturnCode":"1"}'))

    clock = Clock()
    with raw_server(talk) as port:
        url = f"http://127.0.0.1:{port}"
        settings = replace(sandbox.settings, url=url, token_url=url)
        platform = NationalPlatform(settings, clock, lambda _: None)
        with ThreadPoolExecutor(8) as pool:
            assert all(answer.passed for answer in pool.map(platform.check, [case()] * 24))
        assert len(asked) == 1
        clock.now += 600 - MARGIN_S - 1
        platform.check(case())
        assert len(asked) == 1
        clock.now += 1
        platform.check(case())
        assert len(asked) == 2


@pytest.mark.parametrize("life", [None, 0, -5, True, "soon", [], 1e400])
def test_a_token_without_a_life_is_used_for_a_while(sandbox: Sandbox, life: Any) -> None:
    clock = Clock()
    said = json.dumps(life).replace("Infinity", "1e999")
    told = f'{{"access_token":"t","expires_in":{said}}}'

    def talk(connection: socket.socket, _: int) -> None:
        call = b"grant_type" not in request_on(connection)
        connection.sendall(response(b'{"ReturnCode":"1"}' if call else told.encode()))

    with raw_server(talk) as port:
        url = f"http://127.0.0.1:{port}"
        settings = replace(sandbox.settings, url=url, token_url=url, tries=1)
        platform = NationalPlatform(settings, clock, lambda _: None)
        assert platform.check(case()).passed
        clock.now += USUAL_LIFE_S - MARGIN_S - 1
        assert platform.check(case()).passed


@pytest.mark.parametrize(
    "token", [b"", b"x", b"[]", b"{}", b'{"access_token":""}', b'{"access_token":5}', b"[" * 99_999]
)
def test_what_is_no_token_is_never_used(sandbox: Sandbox, token: bytes) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        assert b"grant_type" in request_on(connection)
        connection.sendall(response(token))

    with raw_server(talk) as port, pytest.raises(PlatformUnreachable) as raised:
        at(sandbox, port).check(case())
    assert (raised.value.retryable, raised.value.may_have_acted) == (True, False)


def test_a_wrong_secret_is_told_without_showing_it(sandbox: Sandbox) -> None:
    path = sandbox.settings.client_secret_file
    path.write_text("anotherone", "ascii")
    platform = sandbox.platform()
    with pytest.raises(PlatformUnreachable) as raised:
        platform.check(case())
    assert (raised.value.retryable, raised.value.may_have_acted) == (False, False)
    path.chmod(0o644)
    with pytest.raises(PlatformUnreachable, match="chmod 600") as unreadable:
        platform.check(case())
    shown = f"{raised.value} {unreadable.value} {platform!r} {vars(platform)!r}"
    assert "anotherone" not in shown


def test_no_token_is_shown_by_anything(sandbox: Sandbox) -> None:
    platform = sandbox.platform()
    assert platform.check(case()).passed
    token = vars(vars(platform)["_tokens"])["_token"]
    sandbox.fail("check", "drop_before", times=3)
    with pytest.raises(PlatformUnreachable) as raised:
        platform.check(case())
    shown = f"{raised.value!r} {raised.value} {platform!r} {vars(platform)!r} {sandbox.state()!r}"
    assert token
    assert token not in shown
