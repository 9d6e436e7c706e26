"""The national platform, called: tokens, tries, waits, and repeats that have one effect."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from platform_world import PREVIEW, Sandbox, case, raw_server, request_on, response, sandbox_in

from service.platform.answers import WAIT_S, Answer, Outcome
from service.platform.errors import PlatformGarbled, PlatformUnreachable
from service.platform.national import MAX_CALL_S, NationalPlatform
from service.platform.port import Case, Coded
from service.platform.tokens import MARGIN_S, USUAL_LIFE_S


@pytest.fixture
def sandbox(tmp_path: Path) -> Any:
    """A sandbox in which nothing was done."""
    with sandbox_in(tmp_path) as made:
        yield made


def coded(sandbox: Sandbox, of: Case) -> Coded:
    """A certificate that has its code."""
    found = sandbox.platform().code(of)
    assert found.answer.outcome is Outcome.ACCEPTED
    return found


def collected(sandbox: Sandbox, of: Case) -> Coded:
    """A certificate with persons that was collected."""
    found = coded(sandbox, of)
    platform = sandbox.platform()
    assert platform.persons(of, True).outcome is Outcome.ACCEPTED
    assert platform.collect(of, found.code_id, PREVIEW).outcome is Outcome.ACCEPTED
    return found


def test_a_certificate_goes_all_the_way_and_is_cancelled(sandbox: Sandbox) -> None:
    platform = sandbox.platform()
    assert platform.check(case()).outcome is Outcome.ACCEPTED
    found = collected(sandbox, case())
    assert found.qr_content == found.code_id == sandbox.certificate()["code_id"]
    assert found.ecert_id == sandbox.certificate()["ecert_id"]
    assert sandbox.certificate()["preview_url"] == PREVIEW
    assert sandbox.certificate()["license_id"] == case().license_id
    assert platform.persons(case(), False).outcome is Outcome.ACCEPTED
    assert platform.change_status(case(), "拆卸告知办结").outcome is Outcome.ACCEPTED
    assert sandbox.certificate()["state"] == "cancelled"


@pytest.mark.parametrize("kind", ["construction-permit", "crane-filing", "crane-use-registration"])
def test_every_type_goes_all_the_way(sandbox: Sandbox, kind: str) -> None:
    assert sandbox.platform().check(case(kind)).passed
    collected(sandbox, case(kind))
    assert sandbox.certificate()["type"] == kind


def test_a_replacement_ends_what_it_replaces(sandbox: Sandbox) -> None:
    collected(sandbox, case())
    new = case(license_id="1.2.156.3005.2.X.2", version=2, replaces=case().license_id)
    assert sandbox.platform().check(new).passed
    collected(sandbox, new)
    assert [row["state"] for row in sandbox.state()["certificates"]] == ["replaced", "collected"]


def test_a_correction_reaches_the_coded_data(sandbox: Sandbox) -> None:
    coded(sandbox, case())
    assert sandbox.platform().correct(case(), {"project_name": "新名称"}).passed
    assert sandbox.certificate()["corrected"] == {"projectName": "新名称"}


def test_refusals_come_in_the_platforms_words_and_are_not_tried_again(sandbox: Sandbox) -> None:
    coded(sandbox, case())
    before = len(sandbox.state()["calls"])
    answer = sandbox.platform().check(case())
    assert answer.outcome is Outcome.REFUSED
    assert "证书编号已存在：450100T（2024）0000001" in answer.words
    assert len(sandbox.state()["calls"]) == before + 1


def test_warnings_let_the_step_pass_and_are_kept(sandbox: Sandbox) -> None:
    sandbox.fail("check", "warn", words="备案编号为旧编号")
    answer = sandbox.platform().check(case())
    assert (answer.outcome, answer.passed) == (Outcome.WARNED, True)
    assert "备案编号为旧编号" in answer.words


Step = Callable[[NationalPlatform, Case, Coded], Answer]

STEPS: dict[str, Step] = {
    "persons": lambda p, c, _: p.persons(c, True),
    "collection": lambda p, c, k: p.collect(c, k.code_id, PREVIEW),
    "persons_cancel": lambda p, c, _: p.persons(c, False),
    "status_change": lambda p, c, _: p.change_status(c, "拆卸"),
}


def until(sandbox: Sandbox, step: str) -> Coded:
    """Do all that comes before a step."""
    found = coded(sandbox, case())
    for name, do in STEPS.items():
        if name == step:
            break
        assert do(sandbox.platform(), case(), found).passed
    return found


@pytest.mark.parametrize("kind", ["drop_after", "garbage"])
@pytest.mark.parametrize("step", STEPS)
def test_what_was_done_unheard_is_success_at_the_next_try(
    sandbox: Sandbox, step: str, kind: str
) -> None:
    found = until(sandbox, step)
    sandbox.fail(step, kind)
    answer = STEPS[step](sandbox.platform(), case(), found)
    assert answer.outcome is Outcome.WARNED
    assert "已存在" in "".join(answer.words)


@pytest.mark.parametrize("step", STEPS)
def test_so_it_is_after_this_process_has_died(sandbox: Sandbox, step: str) -> None:
    found = until(sandbox, step)
    sandbox.fail(step, "drop_after")
    with pytest.raises(PlatformUnreachable) as raised:
        STEPS[step](sandbox.platform(tries=1), case(), found)
    assert raised.value.may_have_acted
    assert STEPS[step](sandbox.platform(), case(), found).outcome is Outcome.REFUSED
    again = case(sent_before=True)
    assert STEPS[step](sandbox.platform(), again, found).outcome is Outcome.WARNED


def test_a_lost_code_comes_again_and_there_is_no_second_one(sandbox: Sandbox) -> None:
    sandbox.fail("coding", "drop_after")
    sandbox.fail("coding", "garbage")
    found = sandbox.platform().code(case())
    assert found.code_id == sandbox.certificate()["code_id"]
    assert sandbox.platform().code(case()).code_id == found.code_id


def test_existing_with_the_code_of_our_data_is_success(sandbox: Sandbox) -> None:
    found = coded(sandbox, case())
    body = json.loads(found.answer.raw)
    body["ReturnCode"] = "0"
    body["ReturnData"]["ErrorData"] = [{"ErrorGuid": "", "ErrorMsg": "证书编号已存在"}]
    with scripted(body) as port:
        again = at(sandbox, port).code(case())
    assert (again.answer.outcome, again.code_id) == (Outcome.WARNED, found.code_id)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["SuccessData"].clear(),
        lambda data: data["SuccessData"][0].update(eCertID="another"),
        lambda data: data["SuccessData"][0].update(encryCertid="00" * 8),
        lambda data: data["SuccessData"][0].pop("encryKey"),
    ],
)
def test_a_code_for_something_else_is_garbled(sandbox: Sandbox, spoil: Any) -> None:
    body = json.loads(coded(sandbox, case()).answer.raw)
    spoil(body["ReturnData"])
    with scripted(body) as port, pytest.raises(PlatformGarbled) as raised:
        at(sandbox, port).code(case())
    assert json.loads(raised.value.raw) == body


def test_without_the_provinces_key_no_code_is_asked_for(sandbox: Sandbox) -> None:
    sandbox.settings.private_key_file.chmod(0o644)
    with pytest.raises(PlatformUnreachable) as raised:
        sandbox.platform().code(case())
    assert (raised.value.retryable, raised.value.may_have_acted) == (False, False)
    assert sandbox.state()["calls"] == []


@pytest.mark.parametrize("kind", ["drop_before", "too_fast", "stale_token", "drop_after"])
def test_what_passes_is_tried_again(sandbox: Sandbox, kind: str) -> None:
    sandbox.fail("check", kind, times=1 if kind == "stale_token" else 2)
    assert sandbox.platform().check(case()).outcome is Outcome.ACCEPTED
    assert sandbox.state()["faults"] == []


def test_too_fast_is_a_wait_in_the_end_and_no_failure(sandbox: Sandbox) -> None:
    sandbox.fail("coding", "too_fast", times=3)
    answer = sandbox.platform().code(case()).answer
    assert (answer.outcome, answer.retry_after) == (Outcome.WAIT, WAIT_S)
    assert "赋码操作太快，请稍后再试" in answer.words
    assert sandbox.state()["certificates"] == []


def test_a_wait_does_not_forget_what_a_try_may_have_done(sandbox: Sandbox) -> None:
    found = until(sandbox, "collection")
    sandbox.fail("collection", "drop_after")
    sandbox.fail("collection", "too_fast", times=2)
    with pytest.raises(PlatformUnreachable, match="操作太快") as raised:
        STEPS["collection"](sandbox.platform(), case(), found)
    assert (raised.value.retryable, raised.value.may_have_acted) == (True, True)
    # Known to have been sent before, the same is a wait: the caller will say so again.
    sandbox.fail("collection", "too_fast", times=3)
    again = STEPS["collection"](sandbox.platform(), case(sent_before=True), found)
    assert again.outcome is Outcome.WAIT


def test_the_last_try_remembers_the_first(sandbox: Sandbox) -> None:
    found = until(sandbox, "collection")
    sandbox.fail("collection", "drop_after")
    sandbox.fail("collection", "drop_before", times=2)
    with pytest.raises(PlatformUnreachable) as raised:
        STEPS["collection"](sandbox.platform(), case(), found)
    assert raised.value.may_have_acted


def test_garbage_to_the_end_is_garbled(sandbox: Sandbox) -> None:
    sandbox.fail("check", "garbage", times=3)
    with pytest.raises(PlatformGarbled) as raised:
        sandbox.platform().check(case())
    assert "502 Bad Gateway" in raised.value.raw


def test_who_is_slow_is_left_in_time(sandbox: Sandbox) -> None:
    sandbox.fail("check", "slow", times=2, seconds=1.0)
    assert sandbox.platform(timeout_s=0.2).check(case()).passed


def test_pauses_double_and_all_tries_end_in_time(sandbox: Sandbox) -> None:
    clock, slept = Clock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    sandbox.fail("check", "drop_before", times=9)
    settings = replace(sandbox.settings, tries=5)
    with pytest.raises(PlatformUnreachable):
        NationalPlatform(settings, clock, sleep).check(case())
    assert [round(one / 2**n) for n, one in enumerate(slept)] == [1] * len(slept)
    assert len(slept) >= 3
    assert sum(slept) < MAX_CALL_S


def test_five_calls_then_a_pause(sandbox: Sandbox) -> None:
    clock, slept = Clock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    platform = NationalPlatform(replace(sandbox.settings, pause_s=1.0), clock, sleep)
    for _ in range(11):
        assert platform.check(case()).passed
    assert slept == [1.0, 1.0]


def test_a_queue_that_is_too_long_is_a_wait_of_our_own(sandbox: Sandbox) -> None:
    settings = replace(sandbox.settings, pause_s=60.0, calls_before_pause=1, tries=1)
    platform = NationalPlatform(settings, Clock(), sleep=lambda _: None)
    assert platform.check(case()).passed
    answer = platform.check(case())
    assert (answer.outcome, answer.words, answer.retry_after) == (Outcome.WAIT, (), 60)
    assert len(sandbox.state()["calls"]) == 1


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def scripted(*bodies: Any, status: str = "200 OK", headers: str = "", life: Any = 7200) -> Any:
    """A server that gives tokens, and answers calls with these bodies, the last for ever."""
    answered = []

    def talk(connection: socket.socket, _: int) -> None:
        if b"grant_type" in request_on(connection):
            token = {"access_token": "t", "expires_in": life}
            connection.sendall(response(json.dumps(token).encode()))
            return
        body = bodies[min(len(answered), len(bodies) - 1)]
        answered.append(body)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.sendall(response(content, status, headers))

    return raw_server(talk)


def at(sandbox: Sandbox, port: int, **changes: Any) -> NationalPlatform:
    """A platform at another port."""
    url = f"http://127.0.0.1:{port}"
    return sandbox.platform(url=url, token_url=f"{url}/token", **changes)


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


def test_a_type_without_a_vocabulary_is_told_before_anything_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(PlatformUnreachable, match="fire-permit") as raised:
        sandbox.platform().check(replace(case(), type="fire-permit"))
    assert (raised.value.retryable, raised.value.may_have_acted) == (False, False)


def test_many_at_once_have_each_their_own_code(sandbox: Sandbox) -> None:
    cases = [case(license_id=f"1.2.{n}", number=f"450100T(2024){n:07}") for n in range(12)]
    platform = sandbox.platform()
    with ThreadPoolExecutor(6) as pool:
        codes = [found.code_id for found in pool.map(platform.code, cases + cases)]
    assert len(set(codes)) == len(cases)
    assert codes[: len(cases)] == codes[len(cases) :]
