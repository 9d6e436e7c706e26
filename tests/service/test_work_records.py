"""Records that stopped without being refused go on by themselves, and no step is made twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scripted_platform import DOWN, LOST, RUBBISH, TOO_FAST, ScriptedPlatform, refused
from work_world import Time, waiting, work

from service import replacing
from service.cancelling import cancel
from service.continuing import continue_record
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import issue
from service.pipeline import making, way
from service.pipeline.steps import Step
from service.request import Request
from service.work import records
from signing.errors import KeyUnavailable

Requests = Callable[..., Request]


def stops(act: Callable[..., Any], *arguments: Any) -> int:
    """The record of something that does not come to its end."""
    with pytest.raises(ServiceError) as stopped:
        act(*arguments)
    return int(stopped.value.members["record"])


def stage(installation: Installation, record: int) -> str:
    return way.read(installation, record).step


@pytest.mark.parametrize("met", [LOST, DOWN, RUBBISH, TOO_FAST])
@pytest.mark.parametrize("step", ["check", "coding", "persons", "collection"])
def test_what_was_not_refused_goes_on_once_it_was_left_alone(
    installation: Installation,
    platform: ScriptedPlatform,
    time: Time,
    request_of: Requests,
    step: str,
    met: Any,
) -> None:
    platform.script[step] = [met]
    record = stops(issue, installation, request_of("01"))
    assert work(installation) == []  # somebody may be about to continue it
    time.passes(minutes=3)
    assert work(installation) == [f"record {record}"]
    assert stage(installation, record) == "finished"
    assert platform.asked.count(step) == 2
    assert len(platform.asked) == 5
    assert not waiting(installation)


def test_what_was_refused_waits_for_a_person(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    platform.script["persons"] = [refused("人员有误")]
    record = stops(issue, installation, request_of("01"))
    time.passes(days=3)
    assert work(installation) == []
    continue_record(installation, record)
    assert platform.asked.count("persons") == 2


def test_what_is_refused_while_it_goes_on_waits_as_well(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    platform.script["coding"] = [LOST, refused("照面有误")]
    record = stops(issue, installation, request_of("01"))
    for _ in range(3):
        time.passes(days=1)
        work(installation)
    assert platform.asked.count("coding") == 2
    assert stage(installation, record) == "checked"


def test_it_waits_longer_each_time_and_at_most_a_day(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    platform.script["check"] = [DOWN] * 17
    record = stops(issue, installation, request_of("01"))
    time.passes(minutes=3)
    pauses = []
    while stage(installation, record) != "finished":
        work(installation)
        if left := waiting(installation):
            pauses.append((left[0].due_at - time.now()).total_seconds())
            assert "网" in left[0].error or "平台" in left[0].error
            time.passes(seconds=pauses[-1] + 1)
    assert pauses[:3] == [pytest.approx(15 * 2**n, rel=0.15) for n in range(3)]
    assert max(pauses) == pytest.approx(24 * 3600, rel=0.11)
    assert len(pauses) == 16


def test_a_cancelling_goes_on_likewise(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    entry = issue(installation, request_of("01")).entry
    for step in ("persons_cancel", "status_change"):
        platform.script[step] = [LOST]
    stops(cancel, installation, entry, "设备已拆卸")
    for _ in range(2):
        time.passes(minutes=3)
        work(installation)
    found = installation.register.by_license_id(entry.license_id)
    assert found is not None
    assert found.history[-1].state == "cancelled"
    assert platform.asked.count("persons_cancel") == platform.asked.count("status_change") == 2


def test_a_signature_that_failed_is_made_when_the_key_is_back(
    installation: Installation, time: Time, request_of: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise KeyUnavailable("https://seals.example/v1/keys/x", "no answer", retryable=True)

    with monkeypatch.context() as broken:
        broken.setattr(making, "press", away)
        record = stops(issue, installation, request_of("01"))
        time.passes(minutes=3)
        work(installation)
        assert stage(installation, record) == "coded"
        assert waiting(installation)[0].attempts == 1
    time.passes(minutes=3)
    work(installation)
    assert stage(installation, record) == "finished"


@pytest.mark.parametrize("before", list(Step)[:5])
def test_a_process_that_died_before_a_step_is_followed_by_another(
    installation: Installation,
    platform: ScriptedPlatform,
    time: Time,
    request_of: Requests,
    monkeypatch: pytest.MonkeyPatch,
    before: Step,
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setitem(way._STEPS, before, die)
        with pytest.raises(KeyboardInterrupt):
            issue(installation, request_of("01"))
    time.passes(minutes=3)
    (done,) = work(installation)
    assert stage(installation, int(done.split()[1])) == "finished"
    assert platform.asked == ["check", "coding", "persons", "collection"]


def test_one_that_died_after_a_person_mended_it_goes_on(
    installation: Installation,
    platform: ScriptedPlatform,
    time: Time,
    request_of: Requests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    platform.script["coding"] = [refused("照面有误")]
    record = stops(issue, installation, request_of("01"))

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(platform, "code", die)
        with pytest.raises(KeyboardInterrupt):
            continue_record(installation, record)
    time.passes(minutes=3)
    assert work(installation) == [f"record {record}"]
    assert stage(installation, record) == "finished"


def test_many_sweeps_add_one_job_for_a_record(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    platform.script["check"] = [DOWN] * 9
    stops(issue, installation, request_of("01"))
    for _ in range(4):
        time.passes(minutes=2, seconds=1)
        work(installation)
    assert len(waiting(installation)) == 1
    assert platform.asked.count("check") < 9


def test_the_few_unfinished_records_are_found_by_an_index(
    installation: Installation, request_of: Requests
) -> None:
    issue(installation, request_of("01"))
    query = records._query().compile(dialect=installation.database.engine.dialect)
    with installation.database.read() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("abandoned",)).all()
    assert "ix_records_unfinished" in str(explained)


def test_a_record_that_cannot_go_on_is_tried_once_a_day(
    installation: Installation, platform: ScriptedPlatform, time: Time, request_of: Requests
) -> None:
    first = issue(installation, request_of("05")).entry
    platform.script["check"] = [DOWN]
    wanted = replacing.read({"face": {"project_manager": "李四"}})
    stops(replacing.replace, installation, first, wanted)
    cancel(installation, first, "设备已拆卸")
    time.passes(minutes=3)
    assert len(work(installation)) == 1
    time.passes(hours=20)
    assert work(installation) == []
    time.passes(hours=6)
    assert len(work(installation)) == 1
    assert platform.asked.count("check") == 2
