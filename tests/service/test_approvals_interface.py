from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.access import KEYS_FILE, digest
from service.app import create_app
from service.errors import Misconfigured
from service.installation import TOKEN_FILE, Installation

API = "/api/v1/certificates"
Sample = Callable[..., dict[str, Any]]
NANNING_KEY, SHENYANG_KEY = "n" * 43, "s" * 43


def client_with(token: str, installation: Installation) -> FlaskClient:
    """An approval system with that key."""
    app = create_app(installation)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def bound_keys(installation: Installation) -> None:
    """Two keys, each bound to one authority."""
    rows = (
        f'[[key]]\nname = "{name}"\nsha256 = "{digest(token)}"\nauthorities = ["{code}"]\n'
        for name, token, code in (
            ("nanning", NANNING_KEY, "11450100MB0000001Q"),
            ("shenyang", SHENYANG_KEY, "11210100MB0000002X"),
        )
    )
    (installation.settings.home / KEYS_FILE).write_text("\n".join(rows), "utf-8")


def assert_problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The one shape of every error."""
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    document: dict[str, Any] = json.loads(response.data)
    assert {"type", "title", "status", "detail", "errors"} == set(document)
    assert document["status"] == status
    assert "Traceback" not in response.text
    return document


def test_a_certificate_is_created_read_and_downloaded(client: FlaskClient, sample: Sample) -> None:
    created = client.post(API, json=sample("01"))
    assert created.status_code == 201
    path = created.headers["Location"]
    assert path == f"{API}/{created.json['license_id']}"
    read = client.get(path)
    assert read.json["history"][0]["status"] == "valid"
    for kind, mime in (("pdf", "application/pdf"), ("ofd", "application/ofd")):
        file = client.get(created.json[kind])
        assert file.mimetype == mime
        assert hashlib.sha256(file.data).hexdigest() == created.json[f"{kind}_sha256"]
    assert client.get(f"{path}/preview.png").data.startswith(b"\x89PNG")


def test_repeating_a_request_gives_the_same_answer(client: FlaskClient, sample: Sample) -> None:
    answers = [
        client.post(API, json=sample("01"), headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert answers[0].json == answers[1].json


def test_an_idempotency_key_belongs_to_one_request(client: FlaskClient, sample: Sample) -> None:
    client.post(API, json=sample("01"), headers={"Idempotency-Key": "k1"})
    other = client.post(API, json=sample("02"), headers={"Idempotency-Key": "k1"})
    assert_problem(other, 409)
    assert client.post(API, json=sample("02"), headers={"Idempotency-Key": "k2"}).status_code == 201
    assert_problem(client.post(API, json=sample("02"), headers={"Idempotency-Key": "é"}), 422)


def test_mistakes_are_named_by_field_label_and_message(client: FlaskClient, sample: Sample) -> None:
    errors = assert_problem(client.post(API, json=sample("bad-1")), 422)["errors"]
    assert len(errors) == 5
    assert all(set(error) == {"field", "label", "message"} for error in errors)


def test_another_certificate_under_a_held_number_is_told_the_difference(
    client: FlaskClient, sample: Sample
) -> None:
    client.post(API, json=sample("01"))
    changed = client.post(API, json=sample("01", face__model="QTZ63"))
    (error,) = assert_problem(changed, 409)["errors"]
    assert error["field"] == "face.model"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"a":' * 9999])
def test_a_body_that_is_no_request_is_refused(client: FlaskClient, body: bytes) -> None:
    assert_problem(client.post(API, data=body), 400)


def test_a_body_of_fifty_megabytes_is_refused_unread(client: FlaskClient) -> None:
    response = client.post(API, environ_overrides={"CONTENT_LENGTH": str(50 * 2**20)})
    assert_problem(response, 413)


def test_cancelling_is_seen_at_once_and_happens_once(client: FlaskClient, sample: Sample) -> None:
    path = client.post(API, json=sample("01")).headers["Location"]
    cancelled = client.post(f"{path}/cancel", json={"reason": "设备已拆卸"})
    assert cancelled.json["status"] == "cancelled"
    assert [c["status"] for c in client.get(path).json["history"]] == ["valid", "cancelled"]
    assert_problem(client.post(f"{path}/cancel", json={"reason": "again"}), 409)
    assert client.get(f"{path}/preview.png").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": 5}, "reason"),
        ({"reason": "x", "effective_from": "soon"}, "effective_from"),
        ({"reason": "x", "effective_from": 5}, "effective_from"),
        ({"reason": "x", "why": "y"}, "why"),
    ],
)
def test_a_wrong_cancelling_is_refused_by_field(
    client: FlaskClient, sample: Sample, body: dict[str, Any], field: str
) -> None:
    path = client.post(API, json=sample("01")).headers["Location"]
    errors = assert_problem(client.post(f"{path}/cancel", json=body), 422)["errors"]
    assert [error["field"] for error in errors] == [field]


def test_what_was_never_issued_is_not_found(client: FlaskClient) -> None:
    for path in ("x", "x/pdf", "x/ofd", "x/preview.png"):
        assert_problem(client.get(f"{API}/{path}"), 404)
    assert_problem(client.get("/api/v1/nothing"), 404)
    assert_problem(client.delete(API), 405)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic eDp5", "Bearer \ud7ff"]
)
def test_without_a_known_key_nothing_is_told(
    installation: Installation, sample: Sample, header: str | None
) -> None:
    client = create_app(installation).test_client()
    headers = {} if header is None else {"Authorization": header.encode("utf-8").decode("latin-1")}
    for response in (
        client.post(API, json=sample("01"), headers=headers),
        client.get(f"{API}/x", headers=headers),
    ):
        assert_problem(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_acts_only_for_its_authorities(installation: Installation, sample: Sample) -> None:
    bound_keys(installation)
    nanning, shenyang = (client_with(key, installation) for key in (NANNING_KEY, SHENYANG_KEY))
    assert_problem(shenyang.post(API, json=sample("01")), 403)
    path = nanning.post(API, json=sample("01")).headers["Location"]
    assert nanning.get(path).status_code == 200
    assert_problem(shenyang.get(path), 404)
    assert_problem(shenyang.get(f"{path}/pdf"), 404)
    assert_problem(shenyang.post(f"{path}/cancel", json={"reason": "x"}), 404)


@pytest.mark.parametrize(
    "text", ["key = 5", "[[key]]\nname = 'x'", "[[key", "[[key]]\nname='x'\nsha256='y'"]
)
def test_a_broken_key_file_stops_the_service(installation: Installation, text: str) -> None:
    (installation.settings.home / KEYS_FILE).write_text(text, "utf-8")
    with pytest.raises(Misconfigured):
        create_app(installation)


def test_an_unforeseen_error_tells_nothing_of_its_inside(
    client: FlaskClient, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret path /etc/keys")

    monkeypatch.setattr("service.approvals.issue", broken)
    document = assert_problem(client.post(API, json=sample("01")), 500)
    assert "secret" not in json.dumps(document)


def test_the_two_sides_can_be_served_apart(installation: Installation) -> None:
    public = create_app(installation, "public").test_client()
    approvals = create_app(installation, "approvals").test_client()
    assert public.post(API, json={}).status_code == 404
    assert approvals.post("/api/v1/verifications", data=b"").status_code == 404
    for client in (public, approvals):
        assert client.get("/healthz").json == {"status": "ok"}
        assert client.get("/readyz").status_code == 200


def test_readiness_names_the_part_that_fails(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(installation.documents, "probe", full)
    answer = create_app(installation).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["parts"] == {"register": True, "documents": False, "keys": True}


def test_an_issued_certificate_verifies_by_code_file_and_number(
    client: FlaskClient, sample: Sample
) -> None:
    created = client.post(API, json=sample("01")).json
    digits = created["verify_url"].rsplit("/", 1)[1]
    answers = [client.get(f"/V/{digits}", headers={"Accept": "application/json"})]
    for kind in ("pdf", "ofd"):
        data = client.get(created[kind]).data
        answers.append(
            client.post("/api/v1/verifications", data=data, content_type="application/octet-stream")
        )
    query = {"number": "450100T（2024）0000001", "factory_number": "19020319"}
    answers.append(client.get("/api/v1/status", query_string=query))
    assert [answer.json["verdict"] for answer in answers] == ["valid"] * 4
    client.post(f"{API}/{created['license_id']}/cancel", json={"reason": "设备已拆卸"})
    again = client.get(f"/v/{digits}", headers={"Accept": "application/json"})
    assert again.json["verdict"] == "cancelled"


def test_home_is_readable_by_its_owner_only(home: Path) -> None:
    for path in (home / "config.toml", home / "keys" / TOKEN_FILE):
        assert path.stat().st_mode & 0o077 == 0
