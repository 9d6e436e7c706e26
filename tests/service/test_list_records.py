"""Records are listed as the notices' table has them: filtered, by pages, for who may see them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from access_keys_world import NANNING, SHENYANG, client_with, give_key
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service import listing_query, tables
from service.cli import main
from service.errors import Invalid
from service.installation import Installation
from service.register_changes import place_of
from service.scope import scope
from verify import times
from verify.numbers import normal

API = "/api/v1/certificates"
LIUZHOU = "11450200MB00000034"
Sample = Callable[..., dict[str, Any]]
FIRST = datetime(2026, 3, 1, 8, tzinfo=times.SHANGHAI)

NOTICE = """\
450100S (2024) 0000289	注销	证书状态变更成功	2024-09-25 16:38:00.0	新办证照
450100S (2024) 0000289	有效	归集成功	2024-09-25 15:31:00.0	新办证照
450100W (2024) 0000519	新办失败	校验失败	2024-09-23 13:40:00.0	新办证照
450100T (2024) 0000619	新办失败	赋码失败	2024-09-23 10:51:00.0	新办证照
450100S (2024) 0000499	注销	证书状态变更成功	2024-09-14 16:22:00.0	新办证照
450100T (2024) 0000494	新办失败	新增证照人员信息接收失败	2024-09-14 16:17:00.0	新办证照
"""
"""The table of the Guangxi notice 20242618, annex 2, as it is printed."""


class Book:
    """A register into which records are written as they stand after a process of any outcome."""

    def __init__(self, installation: Installation) -> None:
        self.database = installation.database
        self.certificates: dict[str, int] = {}
        self.places: dict[int, dict[str, str]] = {}

    def certificate(self, number: str, **columns: Any) -> int:
        """A certificate of that number."""
        code = columns.pop("authority", NANNING)
        authority = {"name": "机关", "code": code, "division": columns.pop("division", "450100")}
        what = {
            "license_id": f"license-{number}",
            "type": "crane-use-registration",
            "layout_version": "C0330-2023",
            "number": number,
            "number_normal": normal(number),
            "version": 1,
            "authority_code": code,
            "issued_on": "2024-09-25",
            "request": b"{}",
            "request_sha256": secrets.token_hex(32),
            "dataset": json.dumps({"authority": authority}).encode(),
            "status_index": secrets.randbelow(2**31),
            "development": True,
            "created_at": FIRST,
        } | columns
        with self.database.write() as connection:
            insert = tables.certificates.insert().values(**what).returning(tables.certificates.c.id)
            made = self.certificates[number] = int(connection.execute(insert).scalar_one())
        self.places[made] = place_of(what["dataset"])
        return made

    def record(
        self, number: str, status: str | None, process: str | None, at: datetime, **columns: Any
    ) -> None:
        """A record of a certificate, which is made if it is not there."""
        certificate = self.certificates.get(number) or self.certificate(number)
        what = {
            "certificate_id": certificate,
            "kind": "new",
            "step": "finished",
            "certificate_status": status,
            "process_status": process,
            "reason": "新办证照",
            "applied_at": at,
            "finished_at": at,
            **self.places[certificate],
        } | columns
        with self.database.write() as connection:
            connection.execute(tables.records.insert().values(**what))


@pytest.fixture
def book(installation: Installation) -> Book:
    return Book(installation)


def listed(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """The records of the first page."""
    response = client.get(API, query_string=query)
    assert response.status_code == 200, response.text
    return list(response.json["records"])


def test_the_table_of_the_notice_is_answered_row_by_row(client: FlaskClient, book: Book) -> None:
    rows = [line.split("\t") for line in NOTICE.splitlines()]
    words = {text: code.value for code, text in listing_query.CHINESE.items()}
    for number, status, process, at, reason in reversed(rows):
        book.record(
            number,
            words[status],
            words[process],
            datetime.fromisoformat(at[:19]).replace(tzinfo=times.SHANGHAI),
            # Who cancels gives his own reason; the notice's last column is the application's.
            **(
                {"kind": "cancel", "reason": "设备已拆卸"}
                if status == "注销" and number in book.certificates
                else {"reason": reason}
            ),
        )
    answer = client.get(API).json
    shown = [[record[name] for name in answer["columns"]] for record in answer["records"]]
    assert list(answer["columns"].values())[1:] == ["证照状态", "流程状态", "申请时间", "申请理由"]
    for found, printed in zip(shown, rows, strict=True):
        when = datetime.fromisoformat(found[3])
        found[3] = when.strftime("%Y-%m-%d %H:%M:%S.0")
        assert found == printed


def test_issuing_and_cancelling_are_listed_newest_first(
    client: FlaskClient, sample: Sample
) -> None:
    path = client.post(API, json=sample("01")).headers["Location"]
    client.post(f"{path}/cancel", json={"reason": "设备已拆卸"})
    cancelled, issued = listed(client)
    assert (issued["status_text"], issued["process_text"]) == ("有效", "归集成功")
    assert (cancelled["status_text"], cancelled["process_text"]) == ("注销", "证书状态变更成功")
    assert [row["applied_for"] for row in (cancelled, issued)] == ["新办证照"] * 2
    assert (cancelled["reason"], cancelled["kind"]) == ("设备已拆卸", "cancel")
    assert issued["authority"] == sample("01")["authority"]
    assert issued["effective_from"] < issued["known_since"]


def test_what_is_under_way_has_no_status_yet(client: FlaskClient, book: Book) -> None:
    book.record("1", None, None, FIRST, step="reserved", finished_at=None)
    (row,) = listed(client)
    assert (row["status"], row["process"], row["status_text"], row["known_since"]) == (None,) * 4


@pytest.fixture
def filled(client: FlaskClient, book: Book) -> FlaskClient:
    """A register with one record a day from the first of March on."""
    book.certificate("A（1）", type="crane-filing")
    book.certificate("C", authority=SHENYANG, division="210100")
    for day, (number, status, process) in enumerate(
        [
            ("A（1）", "valid", "collected"),
            ("B", "failed", "check_failed"),
            ("C", "valid", "collected"),
            ("A（1）", "cancelled", "status_changed"),
        ]
    ):
        kind = "cancel" if status == "cancelled" else "new"
        book.record(number, status, process, FIRST + timedelta(days=day), kind=kind)
    return client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["A（1）", "C", "B", "A（1）"]),
        ({"status": "valid"}, ["C", "A（1）"]),
        ({"status": "新办失败"}, ["B"]),
        ({"process": "status_changed"}, ["A（1）"]),
        ({"process": "校验失败"}, ["B"]),
        ({"type": "crane-filing"}, ["A（1）", "A（1）"]),
        ({"authority": SHENYANG}, ["C"]),
        ({"number": "a (1)"}, ["A（1）", "A（1）"]),
        ({"number": "D"}, []),
        ({"applied_from": "2026-03-03"}, ["A（1）", "C"]),
        ({"applied_to": "2026-03-02"}, ["B", "A（1）"]),
        ({"applied_from": "2026-03-02", "applied_to": "2026-03-02"}, ["B"]),
        ({"applied_to": "2026-03-02T08:00:00"}, ["B", "A（1）"]),
        ({"applied_to": "2026-03-02T07:59:59+08:00"}, ["A（1）"]),
        ({"status": "valid", "applied_from": "2026-03-02"}, ["C"]),
    ],
)
def test_filters_leave_in_what_they_say(
    filled: FlaskClient, query: dict[str, str], numbers: list[str]
) -> None:
    assert [row["number"] for row in listed(filled, **query)] == numbers


def test_pages_follow_each_other_while_records_are_added(client: FlaskClient, book: Book) -> None:
    for day in range(7):
        book.record(str(day), "valid", "collected", FIRST + timedelta(days=day))
    seen, query = [], f"{API}?limit=3&status=valid"
    while query:
        response = client.get(query)
        seen.append([row["number"] for row in response.json["records"]])
        book.record(f"new{len(seen)}", "valid", "collected", FIRST)
        link = response.headers.get("Link", "")
        assert bool(link) == (response.json["next_cursor"] is not None)
        query = link.removeprefix("<").removesuffix('>; rel="next"')
    assert seen == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_a_key_is_shown_its_own_records_only(
    installation: Installation, filled: FlaskClient, book: Book
) -> None:
    book.certificate("D", division="450103")
    book.record("D", "valid", "collected", FIRST)
    for bound, numbers in (
        (scope([SHENYANG], []), ["C"]),
        (scope([], ["2101"]), ["C"]),
        (scope([], ["45"]), ["D", "A（1）", "B", "A（1）"]),
        (scope([], ["450103", "21"]), ["C"]),
        (scope([NANNING], ["450103"]), ["D"]),
        (scope([NANNING, SHENYANG], []), ["D", "A（1）", "C", "B", "A（1）"]),
    ):
        name = "-".join(sorted(bound.authorities | bound.divisions))
        theirs = client_with(give_key(installation, name, scope=bound), installation)
        assert [row["number"] for row in listed(theirs)] == numbers
        asked = theirs.get(API, query_string={"authority": LIUZHOU})
        assert asked.status_code == (200 if bound.divisions == {"45"} else 403)


def test_pages_of_one_district_are_full_though_others_stand_between(
    installation: Installation, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.listing.BATCH", 2)
    for at in range(9):
        book.certificate(str(at), division="450103" if at % 4 == 0 else "450100")
        book.record(str(at), "valid", "collected", FIRST)
    district = scope([NANNING], ["450103"])
    client = client_with(give_key(installation, "district", scope=district), installation)
    first = client.get(f"{API}?limit=2").json
    assert [row["number"] for row in first["records"]] == ["8", "4"]
    rest = client.get(f"{API}?limit=2&cursor={first['next_cursor']}").json
    assert [row["number"] for row in rest["records"]] == ["0"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("status=old", ["status"]),
        ("status=", ["status"]),
        ("process=valid", ["process"]),
        ("authority=1", ["authority"]),
        ("number=", ["number"]),
        ("number=%00", ["number"]),
        ("applied_from=0001-01-01", ["applied_from"]),
        ("type=../x", ["type"]),
        ("applied_from=soon", ["applied_from"]),
        ("applied_to=9999-12-31T23:59:59", ["applied_to"]),
        ("cursor=0", ["cursor"]),
        ("cursor=9999999999999999999", ["cursor"]),
        ("limit=0&cursor=x", ["cursor", "limit"]),
        ("limit=201", ["limit"]),
        ("limit=%D9%A3", ["limit"]),
        ("status=valid&status=failed", ["status"]),
        ("page=2", ["page"]),
    ],
)
def test_every_mistake_of_a_query_is_named(
    client: FlaskClient, query: str, fields: list[str]
) -> None:
    response = client.get(f"{API}?{query}")
    assert response.status_code == 422
    assert [error["field"] for error in response.json["errors"]] == fields


@given(
    st.dictionaries(
        st.sampled_from([*listing_query.PARAMETERS, "x"]), st.lists(st.text(), max_size=2)
    )
)
def test_any_query_is_read_or_refused(arguments: dict[str, list[str]]) -> None:
    with suppress(Invalid):
        assert 1 <= listing_query.read(arguments).limit <= listing_query.MOST


def test_records_of_one_certificate_with_every_attempt(
    installation: Installation, client: FlaskClient, book: Book
) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    book.record("A", "failed", "check_failed", at)
    with installation.database.write() as connection:
        for attempt, outcome, words in (
            (1, "refused", "证书编号已存在\n请核对"),
            (2, "passed", ""),
        ):
            connection.execute(
                tables.steps.insert().values(
                    record_id=1,
                    step="check",
                    attempt=attempt,
                    started_at=at,
                    finished_at=at,
                    outcome=outcome,
                    request="{}",
                    answer="{}",
                    words=words,
                    advice="",
                )
            )
    answer = client.get(f"{API}/license-A/records").json
    (record,) = answer["records"]
    assert (answer["number"], record["process_text"]) == ("A", "校验失败")
    assert [step["words"] for step in record["steps"]] == [["证书编号已存在", "请核对"], []]
    assert client.get(f"{API}/license-B/records").status_code == 404
    stranger = client_with(give_key(installation, "s", scope=scope([SHENYANG], [])), installation)
    assert stranger.get(f"{API}/license-A/records").status_code == 404


def test_the_command_lists_as_the_notice_does(
    filled: FlaskClient,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    assert main(["list", "--limit", "2"]) == 0
    head, first, second, more = capsys.readouterr().out.splitlines()
    assert head.split() == ["证书编号", "证照状态", "流程状态", "申请时间", "申请理由"]
    assert first.split()[:3] == ["A（1）", "注销", "证书状态变更成功"]
    assert second.split()[0] == "C"
    assert main(["list", "--json", "--cursor", more.split()[-1]]) == 0
    page = json.loads(capsys.readouterr().out)
    assert [row["number"] for row in page["records"]] == ["B", "A（1）"]
    assert main(["list", "--status", "old"]) == 1
    assert "证照状态" in capsys.readouterr().err
