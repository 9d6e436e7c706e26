"""The two steps of cancelling: each can fail, is shown, and is continued; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from scripted_platform import LOST, ScriptedPlatform, refused, rows

from service import clock, correcting
from service import tables as t
from service.cancelling import cancel, find
from service.continuing import continue_record, unfinished_record
from service.errors import Conflict, NotFound, StepFailed
from service.installation import Installation
from service.issuing import issue, state_now
from service.request import Request
from verify.register import Entry

STEPS = {"persons_cancel": "persons_cancel_failed", "status_change": "status_change_failed"}
WORDS = "该证照在平台上有未办结业务"


@pytest.fixture
def issued(
    installation: Installation, platform: ScriptedPlatform, request_of: Callable[..., Request]
) -> Entry:
    """One valid certificate, known to the platform."""
    entry = issue(installation, request_of("05")).entry
    platform.calls.clear()
    return entry


def fail(installation: Installation, entry: Entry, **more: Any) -> dict[str, Any]:
    """Cancel in vain; gives what is told."""
    with pytest.raises(StepFailed) as stopped:
        cancel(installation, entry, "设备已拆卸", **more)
    return dict(stopped.value.members)


def records(installation: Installation) -> list[Any]:
    """Every record."""
    with installation.database.read() as connection:
        return list(connection.execute(sa.select(t.records).order_by(t.records.c.id)))


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_each_step_leaves_it_valid_and_is_continued(
    installation: Installation, platform: ScriptedPlatform, issued: Entry, step: str
) -> None:
    platform.script[step] = [refused(WORDS)]
    told = fail(installation, issued)
    assert (told["process"], told["words"], told["step"]) == (STEPS[step], [WORDS], step)
    assert "仍为有效" in told["advice"]
    new, cancelling = records(installation)
    assert (cancelling.certificate_status, cancelling.process_status) == ("failed", STEPS[step])
    assert new.certificate_status == "valid"
    current = installation.register.by_license_id(issued.license_id)
    assert current is not None
    assert state_now(current) == "valid"
    assert installation.register.status_places(None, clock.now()).cancelled == []

    assert unfinished_record(installation, issued.number) == told["record"]
    done = continue_record(installation, told["record"])
    assert (done.as_json()["status"], done.as_json()["process"]) == ("cancelled", "status_changed")
    assert platform.asked.count(step) == 2
    assert [row.attempt for row in rows(installation) if row.step == step] == [1, 2]
    assert platform.reasons[-1] == "设备已拆卸"


def test_the_moment_asked_for_holds_however_long_it_took(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    platform.script["status_change"] = [LOST]
    asked = clock.now() - timedelta(days=3)
    told = fail(installation, issued, effective_from=asked)
    change = continue_record(installation, told["record"]).entry.history[-1]
    assert (change.state, change.effective_from) == ("cancelled", asked)
    assert change.known_since > asked
    assert platform.calls[-1][1].sent_before


def test_the_same_application_continues_and_another_is_told_of_it(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    platform.script["persons_cancel"] = [refused(WORDS)]
    fail(installation, issued)
    with pytest.raises(Conflict, match="continue that record"):
        cancel(installation, issued, "另一原因")
    assert cancel(installation, issued, "设备已拆卸").as_json()["status"] == "cancelled"
    assert len(records(installation)) == 2
    with pytest.raises(Conflict, match="cancelled already"):
        cancel(installation, issued, "设备已拆卸")


def test_nothing_can_be_corrected_while_cancelling(
    installation: Installation, platform: ScriptedPlatform, issued: Entry
) -> None:
    platform.script["status_change"] = [refused(WORDS)]
    told = fail(installation, issued)
    with pytest.raises(Conflict, match="nothing be corrected"):
        continue_record(installation, told["record"], correcting.read({"face": {"model": "X"}}))


def test_a_paper_certificate_and_one_on_its_way_are_told_apart(
    installation: Installation, platform: ScriptedPlatform, request_of: Callable[..., Request]
) -> None:
    with pytest.raises(NotFound, match="paper"):
        find(installation, "450100T(2019)0000123")
    platform.script["persons"] = [refused(WORDS)]
    with pytest.raises(StepFailed):
        issue(installation, request_of("01"))
    with pytest.raises(Conflict, match="continue its record first"):
        find(installation, "450100T（2024）0000001")
