"""The sandbox speaks as the platform does, and keeps what it is told."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from platform_world import Sandbox, case, sandbox_in
from sandbox_client import (
    PROVINCE,
    WORDS,
    Client,
    check,
    coding,
    collect,
    collection,
    persons,
    status,
)

from service.platform import entries
from service.platform.vocabulary import of_type
from service.sandbox import answering
from service.sandbox.web import MAX_BODY_BYTES

LICENSE = case().license_id


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """Somebody who calls it."""
    return Client(sandbox)


def test_a_number_is_coded_once_however_it_is_written(client: Client) -> None:
    given = client.taken("coding", coding())
    assert set(given) == {"eCertID", "encryCertid", "encryKey"}
    for number in ("450100T(2024)0000001", "450100T （2024） 0000001"):
        other = coding(license_id="1.2.3") | {"certNum": number}
        assert client.refused("coding", other) == f"证书编号已存在：{number}"
        assert client.refused("check", check(license_id="1.2.3") | {"certNum": number})
    client.taken("coding", coding(license_id="1.2.3", number="450100T(2024)0000002"))


def test_the_same_data_bring_the_same_code_and_other_data_none(client: Client) -> None:
    given = client.taken("coding", coding())
    assert client.taken("coding", coding()) == given
    assert "数据不一致" in client.refused("coding", coding() | {"model": "QTZ63"})
    assert len(client.sandbox.state()["certificates"]) == 1


def test_checking_leaves_nothing_behind(client: Client) -> None:
    client.taken("check", check())
    client.taken("check", check())
    assert client.sandbox.state()["certificates"] == []


@pytest.mark.parametrize("name", ["eCertID", "provinceNum", "certNum", "issuAuth", "factoryNum"])
def test_what_is_missing_is_named(client: Client, name: str) -> None:
    told = coding()
    del told[name]
    assert client.refused("coding", told) == f"缺少必填项：{name}"
    assert client.refused("coding", coding() | {name: ""}) == f"缺少必填项：{name}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"operateType": "05"}, "operateType"), ({"certState": "05"}, "certState")],
)
def test_numbers_of_other_lists_are_refused(
    client: Client, changes: dict[str, str], words: str
) -> None:
    assert words in client.refused("coding", coding() | changes)


def test_persons_need_a_code_and_come_once(client: Client) -> None:
    assert "未查询到" in client.refused("persons", persons())
    client.taken("coding", coding())
    assert "身份" not in client.refused("persons", persons() | {"persons": "x"})
    assert "证件号码" in client.refused("persons", persons() | {"persons": [{"name": "张三"}]})
    client.taken("persons", persons(persons=()))
    assert client.refused("persons", persons()) == "证照人员信息已存在"


def test_collection_needs_the_code_and_comes_once(client: Client) -> None:
    client.taken("coding", coding())
    good = collection(client.sandbox)
    assert client.refused("collection", good | {"ID": "X"}) == "赋码ID不存在"
    assert "证照标识格式" in client.refused("collection", good | {"zzeCertID": "1.2"})
    assert "预览地址" in client.refused("collection", good | {"url": "C:\\x.png"})
    client.taken("persons", persons())
    other = good | {"zzeCertID": LICENSE + ".X"}
    assert "不一致" in client.refused("collection", other)
    client.taken("collection", good)
    assert client.refused("collection", good) == "归集数据已存在"


def test_two_certificates_have_two_identifiers(client: Client) -> None:
    collect(client)
    client.taken("coding", coding(license_id="1.2.3", number="450100T(2024)0000002"))
    told = collection(client.sandbox)
    assert client.refused("collection", told) == "证照标识已存在"


def test_the_unknown_cannot_be_cancelled(client: Client) -> None:
    words = "450100T（2024）0000001（注销）和原证书（无电子证照）匹配关系校验失败"
    assert client.refused("status_change", status()) == words
    client.taken("coding", coding())
    client.taken("persons", persons())
    assert client.refused("status_change", status()) == words  # not collected
    client.taken("collection", collection(client.sandbox))
    other = status() | {"certNum": "450100T（2024）0000009"}
    assert "匹配关系校验失败" in client.refused("status_change", other)


def test_cancelling_comes_once_and_frees_the_number(client: Client) -> None:
    collect(client)
    assert "certState" in client.refused("status_change", status() | {"certState": "04"})
    assert "operateType" in client.refused("status_change", status() | {"operateType": "01"})
    client.taken("persons_cancel", persons(add=False))
    assert client.refused("persons_cancel", persons(add=False)) == "注销证照人员信息已存在"
    client.taken("status_change", status())
    assert client.refused("status_change", status()) == "证书状态变更数据已存在"
    client.taken("check", check(license_id="1.2.3"))


def test_persons_that_never_came_cannot_be_taken_back(client: Client) -> None:
    assert "未查询到" in client.refused("persons_cancel", persons(add=False))
    client.taken("coding", coding())
    client.taken("collection", collection(client.sandbox))
    assert "未查询到" in client.refused("persons_cancel", persons(add=False))


def test_only_what_was_collected_is_replaced_and_once(client: Client) -> None:
    new = {"license_id": LICENSE + ".2", "replaces": LICENSE}
    assert "匹配关系校验失败" in client.refused("check", check(**new))
    client.taken("coding", coding())
    assert "匹配关系校验失败" in client.refused("coding", coding(**new))
    client.taken("persons", persons())
    assert "匹配关系校验失败" in client.refused("coding", coding(**new))
    client.taken("collection", collection(client.sandbox))
    client.taken("coding", coding(**new))
    newer = {"license_id": LICENSE + ".3", "replaces": LICENSE}
    assert "证书编号已存在" in client.refused("coding", coding(**newer))
    # Until the new one is there the old one stands.
    assert client.sandbox.state()["certificates"][0]["state"] == "collected"
    client.taken("persons", persons(**new))
    client.taken("collection", collection(client.sandbox, **new))
    assert client.sandbox.state()["certificates"][0]["state"] == "replaced"
    assert "匹配关系校验失败" in client.refused("status_change", status())


def test_corrections_change_fields_of_the_face_only(client: Client) -> None:
    good = entries.correct(case(), WORDS, {"project_name": "新"})
    assert "未查询到" in client.refused("correction", good)
    client.taken("coding", coding())
    client.taken("correction", good)
    for wrong in ({"certState": "05"}, {"certNum": "x"}):
        assert client.refused("correction", good | wrong)
    assert client.sandbox.certificate()["corrected"] == {"projectName": "新"}


def test_a_batch_takes_what_is_right_and_names_what_is_not(client: Client) -> None:
    one, two = coding(), coding(license_id="1.2.3", number="450100T(2024)0000002")
    found = client.call("coding", one, two | {"certNum": ""})
    assert found["ReturnCode"] == "0"
    assert [row["eCertID"] for row in found["ReturnData"]["SuccessData"]] == [one["eCertID"]]
    assert [row["ErrorGuid"] for row in found["ReturnData"]["ErrorData"]] == [two["eCertID"]]
    assert client.call("check", *[check()] * (answering.MAX_ENTRIES + 1))["ReturnCode"] == "0"


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"{}", b'{"AcceptData":{}}', b'{"AcceptData":[1]}', b"[" * 99_999]
)
def test_rubbish_is_refused_in_words(client: Client, body: bytes) -> None:
    path = f"/{WORDS.methods['check']}?access_token={client.token}"
    status, found = client.send(path, body)
    assert (status, found["ReturnCode"]) == (200, "0")


def test_without_a_good_token_nothing_is_done(client: Client) -> None:
    for token in ("", "x", client.secret):
        found = client.send(f"/{WORDS.methods['check']}?access_token={token}", b"{}")
        assert found == (401, {"error": "invalid_token"})
    for form in (
        {"secret": "x"},
        {"secret": ""},
        {"secret": client.secret, "client": "x"},
        {"secret": client.secret, "grant": "password"},
    ):
        assert client.form(**form) == (401, {"error": "invalid_client"})
    assert client.sandbox.state()["calls"] == []


def test_what_does_not_exist_and_what_is_too_large_is_refused(client: Client) -> None:
    assert client.send(f"/Nothing?access_token={client.token}", b"{}")[0] == 404
    assert client.sandbox.ask("GET", f"/{WORDS.methods['check']}")[0] == 405
    path = f"/{WORDS.methods['check']}?access_token={client.token}"
    connection = http.client.HTTPConnection("127.0.0.1", client.sandbox.port, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(MAX_BODY_BYTES + 1))
    connection.endheaders(b"{")
    assert "请求过大".encode() in connection.getresponse().read()
    connection.close()
    assert client.sandbox.state()["certificates"] == []


def test_each_type_has_its_own_numbers_room(client: Client) -> None:
    client.taken("coding", coding())
    permit = of_type("construction-permit")
    told = entries.code(case("construction-permit", license_id="1.2.3"), permit, PROVINCE)
    told["certNum"] = coding()["certNum"]
    body = json.dumps({"AcceptData": [told]}).encode()
    path = f"/{permit.methods['coding']}?access_token={client.token}"
    assert client.send(path, body)[1]["ReturnCode"] == "1"


def test_what_it_was_told_stays_over_a_restart(tmp_path: Path) -> None:
    with sandbox_in(tmp_path) as first:
        client = Client(first)
        given = client.taken("coding", coding())
        first.fail("check", "refuse", times=2)
        secret = client.secret
    with sandbox_in(tmp_path) as second:
        again = Client(second)
        assert again.secret == secret
        assert again.taken("coding", coding()) == given
        (fault,) = second.state()["faults"]
        assert (fault["step"], fault["times"]) == ("check", 2)


def test_nothing_secret_is_in_the_state(client: Client) -> None:
    client.taken("coding", coding())
    shown = json.dumps(client.sandbox.state())
    assert client.secret not in shown
    assert client.token not in shown


def test_one_number_sent_at_once_is_coded_once(client: Client) -> None:
    told = [coding(license_id=f"1.2.{n}") for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        codes = [
            found["ReturnCode"] for found in pool.map(lambda t: client.call("coding", t), told)
        ]
    assert sorted(codes) == ["0"] * 15 + ["1"]
