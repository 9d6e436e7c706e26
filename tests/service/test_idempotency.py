"""One idempotency key stands for one request; what differs in another is told field by field."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from access_keys_world import client_with, give_key
from flask.testing import FlaskClient
from scripted_platform import ScriptedPlatform, refused
from werkzeug.test import TestResponse

from service.installation import Installation

API = "/api/v1/certificates"
Sample = Callable[..., dict[str, Any]]


def post(client: FlaskClient, data: dict[str, Any], key: str = "k1") -> TestResponse:
    return client.post(API, json=data, headers={"Idempotency-Key": key})


def test_the_same_key_and_request_give_the_same_answer(client: FlaskClient, sample: Sample) -> None:
    first = post(client, sample("01", number=None))
    again = post(client, sample("01", number=None))
    assert (first.status_code, first.json) == (again.status_code, again.json) == (201, again.json)
    assert len(client.get(API).json["records"]) == 1


def test_spelling_of_the_number_and_the_place_to_notify_make_no_other_request(
    client: FlaskClient, sample: Sample
) -> None:
    data = sample("01")
    first = post(client, data)
    number = data["number"].replace("(", "（").replace(")", "）")
    again = post(client, data | {"number": number, "notify_url": "https://example.com/x"})
    assert (again.status_code, again.json["license_id"]) == (201, first.json["license_id"])


@pytest.mark.parametrize(
    ("changes", "field", "values"),
    [
        ({"face__model": "QTZ63"}, "face.model", ("QTZ63",)),
        ({"number": "450100T(2024)0000002"}, "number", ("0000001", "0000002")),
        ({"number": None}, "number", ("0000001", "（无）")),
        ({"holder__name": "另一单位"}, "holder.name", ("另一单位",)),
    ],
)
def test_another_request_under_the_key_is_told_the_difference(
    client: FlaskClient, sample: Sample, changes: dict[str, Any], field: str, values: tuple[str]
) -> None:
    number = post(client, sample("01")).json["number"]
    refused = post(client, sample("01", **changes))
    assert refused.status_code == 409
    (error,) = refused.json["errors"]
    assert error["field"] == field
    assert error["label"] != field
    assert all(value in error["message"] for value in values)
    assert number in refused.json["detail"]


def test_another_type_under_the_key_is_told_too(client: FlaskClient, sample: Sample) -> None:
    post(client, sample("01"))
    refused = post(client, sample("06"))
    assert refused.status_code == 409
    assert "type" in [error["field"] for error in refused.json["errors"]]


def test_a_refused_request_binds_nothing(client: FlaskClient, sample: Sample) -> None:
    assert post(client, sample("bad-1")).status_code == 422
    assert post(client, sample("01")).status_code == 201


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    other = client_with(give_key(installation, "other"), installation)
    assert post(client, sample("01")).status_code == 201
    assert post(other, sample("02")).status_code == 201


def test_of_two_requests_at_once_one_gets_the_key(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    installation.authority_seal(
        sample("01")["authority"]["name"], sample("01")["authority"]["code"]
    )
    answers: list[int] = []

    token = client.environ_base["HTTP_AUTHORIZATION"]

    def send(name: str) -> None:
        own = client.application.test_client()
        own.environ_base["HTTP_AUTHORIZATION"] = token
        answers.append(post(own, sample(name), "race").status_code)

    threads = [threading.Thread(target=send, args=(name,)) for name in ("01", "02")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]


CANCELLING = {"reason": "设备已拆卸"}


@pytest.fixture
def issued(client: FlaskClient, sample: Sample) -> str:
    """Where a certificate is cancelled."""
    return f"{post(client, sample('01')).headers['Location']}/cancel"


def cancel(client: FlaskClient, path: str, data: dict[str, Any], key: str = "c1") -> TestResponse:
    return client.post(path, json=data, headers={"Idempotency-Key": key})


def test_a_cancelling_is_answered_again_under_its_key_only(
    client: FlaskClient, issued: str
) -> None:
    first, again = (cancel(client, issued, CANCELLING) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json) == (200, again.json)
    assert cancel(client, issued, CANCELLING, "c2").status_code == 409
    assert client.post(issued, json=CANCELLING).status_code == 409
    assert len(client.get(API).json["records"]) == 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"reason": "另一原因"}, ["reason"]),
        ({"effective_from": "2025-01-01"}, ["effective_from"]),
        ({"effective_from": None}, []),
        ({"reason": "x", "effective_from": "2025-01-01"}, ["reason", "effective_from"]),
    ],
)
def test_another_cancelling_under_the_key_is_told_the_difference(
    client: FlaskClient, issued: str, changes: dict[str, Any], fields: list[str]
) -> None:
    cancel(client, issued, CANCELLING)
    refused = cancel(client, issued, CANCELLING | changes)
    assert refused.status_code == 409
    assert "幂等键" in refused.json["detail"]
    assert [error["field"] for error in refused.json["errors"]] == fields


def test_a_refused_cancelling_binds_nothing(client: FlaskClient, issued: str) -> None:
    assert (
        cancel(client, issued, {"reason": "x", "effective_from": "2020-01-01"}).status_code == 422
    )
    assert cancel(client, issued, CANCELLING).status_code == 200
    assert cancel(client, issued, CANCELLING, "é").status_code == 422


def test_a_key_of_an_issuing_cancels_nothing(client: FlaskClient, issued: str) -> None:
    assert cancel(client, issued, CANCELLING, "k1").status_code == 409
    assert [row["status"] for row in client.get(API).json["records"]] == ["valid"]


def send(client: FlaskClient, path: str, data: dict[str, Any], key: str = "r1") -> TestResponse:
    return client.post(path, json=data, headers={"Idempotency-Key": key})


@pytest.fixture
def at(client: FlaskClient, sample: Sample) -> str:
    """Where a certificate is."""
    return str(post(client, sample("01")).headers["Location"])


REPLACEMENT = {"face": {"model": "QTZ63X"}, "reason": "型号更正"}


def test_a_replacement_is_answered_again_under_its_key(client: FlaskClient, at: str) -> None:
    first, again = (send(client, f"{at}/replace", REPLACEMENT) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json) == (201, again.json)
    assert len(client.get(API).json["records"]) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"face": {"model": "QTZ80"}}, "face.model"), ({"reason": "另一原因"}, "reason")],
)
def test_another_replacement_under_the_key_is_told_the_difference(
    client: FlaskClient, at: str, changes: dict[str, Any], field: str
) -> None:
    send(client, f"{at}/replace", REPLACEMENT)
    newest = client.get(at).json["replaced_by"]
    for path in (at, f"{API}/{newest}"):
        refused = send(client, f"{path}/replace", REPLACEMENT | changes)
        assert refused.status_code == 409
    refused = send(client, f"{at}/replace", REPLACEMENT | changes)
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert "幂等键" in refused.json["detail"]


def test_a_refused_replacement_binds_nothing(client: FlaskClient, at: str) -> None:
    assert send(client, f"{at}/replace", {"face": {"model": None}}).status_code == 422
    assert send(client, f"{at}/replace", {}).status_code == 422
    assert send(client, f"{at}/replace", REPLACEMENT).status_code == 201
    assert send(client, f"{at}/replace", REPLACEMENT, "é").status_code == 422


NOTICE = {"factory_number": "202001718"}
DISMANTLINGS = "/api/v1/dismantlings"


def test_a_notice_is_answered_again_under_its_key_though_the_machine_stands_again(
    client: FlaskClient, sample: Sample
) -> None:
    data = sample("02")
    first_id = post(client, data).json["license_id"]
    first = send(client, DISMANTLINGS, NOTICE)
    assert (first.status_code, first.json["license_id"]) == (200, first_id)
    other = post(client, data | {"number": data["number"][:-1] + "8"}, "k2")
    assert other.status_code == 201
    again = send(client, DISMANTLINGS, NOTICE)
    assert (again.status_code, again.json) == (200, first.json)
    assert client.get(other.headers["Location"]).json["status"] == "valid"
    anew = send(client, DISMANTLINGS, NOTICE, "r2")
    assert (anew.status_code, anew.json["license_id"]) == (200, other.json["license_id"])


def test_another_notice_under_the_key_is_told_the_difference(
    client: FlaskClient, sample: Sample
) -> None:
    for name, key in (("01", "k1"), ("02", "k2")):
        post(client, sample(name), key)
    assert send(client, DISMANTLINGS, {"factory_number": "-"}).status_code == 404
    assert send(client, DISMANTLINGS, NOTICE).status_code == 200
    for number in (sample("01")["face"]["factory_number"], "-"):
        refused = send(client, DISMANTLINGS, {"factory_number": number})
        assert refused.status_code == 409
        (error,) = refused.json["errors"]
        assert error["field"] == "factory_number"
        assert "202001718" in error["message"]


def test_continuing_goes_on_and_is_answered_again_under_its_key(
    installation: Installation, client: FlaskClient, sample: Sample
) -> None:
    platform = vars(installation)["platform"] = ScriptedPlatform()
    platform.script = {"persons": [refused("角色有误"), refused("仍有误")]}
    stopped = post(client, sample("05"))
    assert stopped.status_code == 422
    path = stopped.json["continue"]
    persons = [{**person, "role": "06"} for person in sample("05")["persons"]]
    assert send(client, path, {"persons": "x"}).status_code == 422
    assert send(client, path, {"persons": persons}).status_code == 422
    other = send(client, path, {})
    assert other.status_code == 409
    assert "persons.0.role" in [error["field"] for error in other.json["errors"]]
    first, again = (send(client, path, {"persons": persons}) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json) == (200, again.json)
    assert platform.asked.count("persons") == 3
    assert platform.asked.count("collection") == 1
    assert client.post(path, json={}).status_code == 409


def test_a_key_stands_for_one_thing_of_all(client: FlaskClient, at: str) -> None:
    assert send(client, f"{at}/replace", REPLACEMENT, "k1").status_code == 409
    notice = {"factory_number": "202001718"}
    assert send(client, DISMANTLINGS, notice, "k1").status_code in (404, 409)
    assert send(client, f"{at}/cancel", CANCELLING, "c9").status_code == 200
    assert send(client, "/api/v1/records/1/continue", {}, "c9").status_code == 409
