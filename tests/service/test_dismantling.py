"""拆卸告知办结: the certificate of the machine ends, and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from scripted_platform import ScriptedPlatform, refused

from service import clock, dismantling
from service.access import KEYS_FILE, digest
from service.app import create_app
from service.continuing import continue_record
from service.errors import Conflict, Invalid, NotFound, StepFailed
from service.installation import TOKEN_FILE, Installation
from service.issuing import issue, state_now
from service.request import Request

RequestOf = Callable[..., Request]


def notice(**data: Any) -> dismantling.Notice:
    """A notice as it was posted."""
    return dismantling.read(data)


@pytest.mark.parametrize(
    "named",
    [
        {"factory_number": "19020319"},
        {"factory_number": "１９０２０３１９ "},
        {"filing_number": "桂AA-T202400001"},
        {"filing_number": "桂AA－T202400001", "factory_number": "19020319"},
    ],
)
def test_the_certificate_is_found_by_the_plate_and_cancelled(
    installation: Installation, request_of: RequestOf, named: dict[str, str]
) -> None:
    issue(installation, request_of("01"))
    other = issue(installation, request_of("02")).entry
    done = dismantling.dismantle(installation, notice(**named))
    assert done.as_json()["status"] == "cancelled"
    assert done.entry.history[-1].reason == "拆卸告知办结"
    assert state_now(other) == "valid"


def test_it_ends_at_the_moment_of_the_notice(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    at = (clock.now() - timedelta(days=2)).replace(microsecond=0)
    told = notice(factory_number="19020319", completed_at=at.isoformat())
    assert dismantling.dismantle(installation, told).entry.history[-1].effective_from == at


def test_a_filing_of_the_same_machine_stays(
    installation: Installation, request_of: RequestOf
) -> None:
    filing = issue(installation, request_of("06")).entry
    with pytest.raises(NotFound):
        dismantling.dismantle(
            installation, notice(factory_number=str(filing.face["factory_number"]))
        )


def test_where_several_are_meant_nothing_is_guessed(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    issue(installation, request_of("02", face__factory_number="19020319"))
    with pytest.raises(Conflict, match="give both numbers"):
        dismantling.dismantle(installation, notice(factory_number="19020319"))
    both = notice(factory_number="19020319", filing_number="桂AA-T202400001")
    done = dismantling.dismantle(installation, both)
    assert done.entry.number == "450100T(2024)0000001"
    # Then one is left that can be meant.
    left = dismantling.dismantle(installation, notice(factory_number="19020319"))
    assert left.entry.number != done.entry.number


def test_a_second_notice_is_told_that_it_is_done(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    dismantling.dismantle(installation, notice(factory_number="19020319"))
    with pytest.raises(Conflict, match="cancelled already"):
        dismantling.dismantle(installation, notice(factory_number="19020319"))


def test_a_failure_is_recorded_and_continued(
    installation: Installation, request_of: RequestOf
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    issue(installation, request_of("01"))
    platform.script["status_change"] = [refused("状态变更失败")]
    with pytest.raises(StepFailed) as stopped:
        dismantling.dismantle(installation, notice(factory_number="19020319"))
    done = continue_record(installation, stopped.value.members["record"])
    assert done.as_json()["process"] == "status_changed"
    assert platform.reasons[-1] == "拆卸告知办结"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, ["factory_number"]),
        ({"factory_number": ""}, ["factory_number"]),
        ({"factory_number": 5, "who": "x"}, ["who", "factory_number"]),
        ({"filing_number": "x" * 101}, ["filing_number"]),
        ({"filing_number": "x\u202e"}, ["filing_number"]),
        ({"filing_number": "x", "completed_at": "soon"}, ["completed_at"]),
        ({"filing_number": "x", "completed_at": 5}, ["completed_at"]),
    ],
)
def test_a_notice_with_mistakes_names_them(data: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        dismantling.read(data)
    assert [problem.field for problem in refusal.value.problems] == fields


def test_over_http_and_not_for_another_authority(
    installation: Installation, sample: Callable[..., dict[str, Any]]
) -> None:
    row = (
        f'[[key]]\nname = "s"\nsha256 = "{digest("s" * 43)}"\nauthorities = ["11210100MB0000002X"]'
    )
    (installation.settings.home / KEYS_FILE).write_text(row + "\n", "utf-8")
    client = create_app(installation).test_client()
    own = {"Authorization": f"Bearer {(installation.keys / TOKEN_FILE).read_text().strip()}"}
    client.post("/api/v1/certificates", json=sample("01"), headers=own)
    told = {"factory_number": "19020319"}
    foreign = {"Authorization": f"Bearer {'s' * 43}"}
    assert client.post("/api/v1/dismantlings", json=told, headers=foreign).status_code == 404
    done = client.post("/api/v1/dismantlings", json=told, headers=own)
    assert (done.status_code, done.get_json()["status"]) == (200, "cancelled")
    assert client.post("/api/v1/dismantlings", json=told, headers=own).status_code == 409
    assert client.post("/api/v1/dismantlings", json=told).status_code == 401
