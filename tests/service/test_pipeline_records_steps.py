"""Without a platform the same steps are taken and written down, and pass at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from scripted_platform import ScriptedPlatform, rows

from service import tables as t
from service.app import create_app
from service.cancelling import cancel
from service.installation import Installation
from service.issuing import issue, sheet_of
from service.pipeline import records
from service.press import Sheet
from service.request import Request

RequestOf = Callable[..., Request]
ISSUING = ["check", "coding", "press", "persons", "collection"]


def test_every_step_is_recorded_once_with_its_times(
    installation: Installation, request_of: RequestOf
) -> None:
    entry = issue(installation, request_of("01")).entry
    issue(installation, request_of("01"))
    assert [row.step for row in rows(installation)] == ISSUING
    assert {row.outcome for row in rows(installation)} == {"passed"}
    assert {row.attempt for row in rows(installation)} == {1}
    assert {row.request for row in rows(installation)} == {""}
    assert all(row.started_at <= row.finished_at for row in rows(installation))
    cancel(installation, entry, "设备已拆卸")
    assert [row.step for row in rows(installation)][5:] == ["persons_cancel", "status_change"]


def test_with_a_platform_the_same_steps_are_asked_of_it(
    installation: Installation, request_of: RequestOf
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    answer = issue(installation, request_of("05"))
    assert platform.asked == ["check", "coding", "persons", "collection"]
    assert [row.step for row in rows(installation)] == ISSUING
    assert answer.as_json()["platform"] == "national"
    assert answer.entry.platform_code == f"PLATFORM-{answer.entry.license_id}"
    assert platform.collected == [("C1", answer.verify_url)]
    assert not any(case.sent_before for _, case in platform.calls)
    coding = rows(installation)[1]
    assert '"number": "210100T(2024)0000001"' in coding.request
    assert coding.answer == '{"ReturnCode":"1"}'


def test_both_codes_are_answered_for(installation: Installation, request_of: RequestOf) -> None:
    vars(installation)["platform"] = ScriptedPlatform()
    entry = issue(installation, request_of("01")).entry
    client = create_app(installation).test_client()
    own = str(entry.code).rpartition("/")[2]
    for code in (own, entry.platform_code):
        found = client.get(f"/v/{code}", headers={"Accept": "application/json"}).get_json()
        assert found["verdict"] == "valid"
        assert found["certificate"]["license_id"] == entry.license_id
    assert client.get(f"/v/{entry.platform_code}").status_code == 200


def test_the_platforms_code_is_printed_and_ours_beside_it_where_there_is_a_place(
    installation: Installation, request_of: RequestOf
) -> None:
    own = issue(installation, request_of("02")).entry
    vars(installation)["platform"] = ScriptedPlatform()
    entry = issue(installation, request_of("01")).entry

    def sheet(license_id: str) -> Sheet:
        with installation.database.read() as connection:
            record = records.making(connection, license_id)
        assert record is not None
        return sheet_of(record, development=True)

    def printed(sheet: Sheet) -> list[str]:
        return [code.text for code in sheet.codes]

    assert printed(sheet(own.license_id)) == [own.code]
    one = sheet(entry.license_id)
    assert printed(one) == [entry.platform_code]
    geometry = replace(one.layout.geometry, codes=one.layout.geometry.codes * 2)
    two = replace(one, layout=replace(one.layout, geometry=geometry))
    assert printed(two) == [entry.platform_code, entry.code]


def test_identity_numbers_of_persons_are_not_written_down_again(
    installation: Installation, request_of: RequestOf
) -> None:
    vars(installation)["platform"] = ScriptedPlatform()
    issue(installation, request_of("05"))
    told = "".join(row.request for row in rows(installation))
    assert "110101199003070038" not in told
    assert "********0038" in told


def test_a_certificate_stays_with_the_platform_it_was_begun_with(
    installation: Installation, request_of: RequestOf
) -> None:
    own = issue(installation, request_of("01")).entry
    platform = vars(installation)["platform"] = ScriptedPlatform()
    assert cancel(installation, own, "设备已拆卸").as_json()["status"] == "cancelled"
    assert platform.calls == []


def test_steps_cannot_be_changed_behind_our_back(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    for statement in (t.steps.delete(), t.steps.update().values(outcome="refused")):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            installation.database.write() as connection,
        ):
            connection.execute(statement)
