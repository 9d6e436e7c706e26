"""The national platform, called: tries, waits, and repeats that have one effect."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from platform_world import (
    PREVIEW,
    Clock,
    Sandbox,
    at,
    case,
    scripted,
)

from service.platform.answers import WAIT_S, Answer, Outcome
from service.platform.errors import PlatformGarbled, PlatformUnreachable
from service.platform.national import MAX_CALL_S, NationalPlatform
from service.platform.port import Case, Coded


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
