from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from processes import race

from service import tables as t
from service.cancelling import cancel, find
from service.errors import Conflict, Invalid, Misconfigured
from service.installation import Installation
from service.issuing import issue
from service.request import Request, read

RequestOf = Callable[..., Request]


def rows(installation: Installation, table: sa.Table) -> int:
    """How many rows a table has."""
    with installation.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def stored(installation: Installation) -> list[Path]:
    """Every file in the document store."""
    return [path for path in installation.documents.folder.rglob("*") if path.is_file()]


def test_a_request_becomes_a_valid_certificate(
    installation: Installation, request_of: RequestOf
) -> None:
    answer = issue(installation, request_of("01")).as_json()
    assert answer["number"] == "450100T(2024)0000001"
    assert answer["license_id"].endswith(".11450100MB0000001Q.450100T20240000001.001.G")
    assert (answer["status"], answer["process"]) == ("valid", "collected")
    assert answer["verify_url"].startswith("HTTPS://SEALPRESS.EXAMPLE/V/")
    for kind, magic in (("pdf", b"%PDF-"), ("ofd", b"PK\x03\x04")):
        data = installation.documents.get(answer[f"{kind}_sha256"])
        assert data.startswith(magic)
        assert hashlib.sha256(data).hexdigest() == answer[f"{kind}_sha256"]


def test_the_same_request_twice_gives_the_first_answer(
    installation: Installation, request_of: RequestOf
) -> None:
    first = issue(installation, request_of("01")).as_json()
    respelled = read(json.dumps(dict(reversed(request_of("01").data.items())), indent=3).encode())
    assert issue(installation, respelled).as_json() == first
    assert rows(installation, t.certificates) == 1
    assert len(stored(installation)) == 2


def test_the_same_number_with_other_data_is_refused_with_the_difference(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    with pytest.raises(Conflict) as refused:
        issue(
            installation,
            request_of("01", number="450100T（2024） 0000001", face__project_manager="李四"),
        )
    (difference,) = refused.value.problems
    assert (difference.field, difference.label) == ("face.project_manager", "使用单位项目负责人")
    assert "王示例" in difference.message
    assert "李四" in difference.message


@pytest.mark.parametrize(
    "changes",
    [{"number": "450100T（2024） 0000001"}, {"notify_url": "https://approvals.example/done"}],
)
def test_another_spelling_of_the_number_or_another_address_is_the_same_request(
    installation: Installation, request_of: RequestOf, changes: dict[str, str]
) -> None:
    first = issue(installation, request_of("01"))
    assert issue(installation, request_of("01", **changes)).entry == first.entry


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x", "https://[::ffff:10.0.0.1]/", "https://u:p@approvals.example/"]
)
def test_who_cannot_be_told_is_named_before_anything_is_reserved(
    installation: Installation, request_of: RequestOf, url: str
) -> None:
    with pytest.raises(Invalid) as refused:
        issue(installation, request_of("01", notify_url=url))
    assert [one.field for one in refused.value.problems] == ["notify_url"]
    assert installation.register.by_number("450100T(2024)0000001") == []


@pytest.mark.parametrize("name", ["bad-1", "bad-2", "bad-3"])
def test_a_refused_request_leaves_nothing_behind(
    installation: Installation, request_of: RequestOf, name: str
) -> None:
    with pytest.raises(Invalid):
        issue(installation, request_of(name))
    for table in (t.certificates, t.records, t.events, t.counters):
        assert rows(installation, table) == 0
    assert stored(installation) == []


def test_numbers_are_allotted_in_turn_past_those_posted(
    installation: Installation, request_of: RequestOf
) -> None:
    posted = request_of("05", number="210100T(2024)0000002", face__factory_number="A")
    issue(installation, posted)
    numbers = [
        issue(installation, request_of("05", face__factory_number=name)).entry.number
        for name in ("B", "C")
    ]
    assert numbers == ["210100T(2024)0000001", "210100T(2024)0000003"]


def test_persons_stay_out_of_the_files(installation: Installation, request_of: RequestOf) -> None:
    entry = issue(installation, request_of("05")).entry
    assert b"110101199003070038" not in entry.dataset
    for sha256 in (entry.pdf_sha256, entry.ofd_sha256):
        assert b"110101199003070038" not in installation.documents.get(sha256)


def test_a_cancelled_number_can_be_issued_anew_as_the_next_version(
    installation: Installation, request_of: RequestOf
) -> None:
    first = issue(installation, request_of("01")).entry
    cancel(installation, find(installation, first.number), "设备已拆卸")
    second = issue(installation, request_of("01", issued_on="2024-10-01")).entry
    assert second.number == first.number
    assert ".002." in second.license_id
    assert [e.license_id for e in installation.register.by_number(first.number)] == [
        second.license_id,
        first.license_id,
    ]


def test_repeating_a_cancelled_request_says_that_it_is_cancelled(
    installation: Installation, request_of: RequestOf
) -> None:
    first = issue(installation, request_of("01")).entry
    cancel(installation, first, "设备已拆卸")
    assert issue(installation, request_of("01")).as_json()["status"] == "cancelled"


def test_an_authority_is_not_issued_for_under_another_name_than_its_seals(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    fresh = Installation.open(installation.settings.home)
    with pytest.raises(Invalid) as refused:
        issue(fresh, request_of("02", authority__name="桂林市住房和城乡建设局"))
    assert refused.value.problems[0].field == "authority.name"
    fresh.database.close()


def test_in_production_an_authority_without_keys_cannot_issue(
    home: Path, request_of: RequestOf
) -> None:
    config = home / "config.toml"
    text = config.read_text("utf-8").replace('mode = "development"', 'mode = "production"')
    config.write_text(text.replace("sealpress.example", "zj.gxzf.gov.cn"), "utf-8")
    production = Installation.open(home)
    with pytest.raises(Misconfigured):
        issue(production, request_of("01"))
    assert rows(production, t.certificates) == 0
    production.database.close()


def test_events_and_documents_cannot_be_changed_behind_our_back(
    installation: Installation, request_of: RequestOf
) -> None:
    issue(installation, request_of("01"))
    for table in (t.events, t.documents):
        for statement in (table.delete(), table.update().values(id=99)):
            with (
                pytest.raises(sa.exc.DBAPIError, match="append-only"),
                installation.database.write() as connection,
            ):
                connection.execute(statement)


def test_a_damaged_document_is_noticed_when_it_is_read(
    installation: Installation, request_of: RequestOf
) -> None:
    entry = issue(installation, request_of("01")).entry
    path = installation.documents.path(entry.pdf_sha256)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Exception, match="damaged"):
        installation.documents.get(entry.pdf_sha256)


def test_processes_at_once_never_share_a_number_and_never_issue_twice(
    home: Path, sample: Callable[..., dict[str, Any]]
) -> None:
    own = [[sample("05", face__factory_number=f"{p}-{i}") for i in range(2)] for p in range(8)]
    shared, allotted = race(home, sample("01"), own)
    assert len(shared) == 1
    assert len(set(allotted)) == 16
    installation = Installation.open(home)
    assert rows(installation, t.certificates) == 17
    assert rows(installation, t.documents) == 34
    installation.database.close()
