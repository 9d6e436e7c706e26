"""The interface's description says what is served, checked and answered; no more and no less."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from access_keys_world import give_key
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse
from work_world import work

from renderer.layout import available, load
from service import schema_check
from service.app import create_app
from service.installation import Installation
from service.openapi import document

SAMPLES = Path(__file__).parent.parent / "samples"
API = "/api/v1/certificates"
CONTINUE = "/api/v1/records/{record_id}/continue"
PAGES = {"/", "/v/", "/V/", "/V/{code}"}
"""What only people open."""
Sample = Callable[..., dict[str, Any]]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    response = client.application.test_client().get("/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    return dict(response.json)


def operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items())


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from inside(inner)


def validator(described: Mapping[str, Any], name: str) -> Draft202012Validator:
    """For one of the components, with the formats that requests are checked for."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    return schema_check._validator(schema)


def test_what_is_served_is_described_and_nothing_else(installation: Installation) -> None:
    for side in ("all", "approvals", "public"):
        app = create_app(installation, side)
        served = {
            (path, method.lower())
            for rule in app.url_map.iter_rules()
            for path in document.path_of(rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if path not in PAGES
        }
        described = app.test_client().get("/openapi.json").json
        assert {(path, method) for path, method, _ in operations(described)} == served


def test_the_document_holds_together(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert described["servers"] == [{"url": "https://sealpress.example"}]
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for found in inside(described):
        target: Any = described
        for step in found.get("$ref", "#").split("/")[1:]:
            target = target[step]
    for path, method, operation in operations(described):
        assert method in METHODS
        given = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
        assert given == re.findall(r"{(\w+)}", path)
        assert any(status.startswith("2") for status in operation["responses"])
        assert ("key" in json.dumps(operation["security"])) == path.startswith(
            (API, "/api/v1/records", "/api/v1/receipts", "/api/v1/dismantlings", "/api/v1/batches")
        )


def test_every_schema_is_one(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        Draft202012Validator.check_schema(schema)


def test_others_find_the_document_sound(described: dict[str, Any]) -> None:
    judge = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator: missing")
    judge.validate(described)


def test_requests_are_described_by_what_checks_them(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    own = {key: value for key, value in schemas["Request"].items() if key != "oneOf"}
    checked = dict(schema_check.request_schema())
    checked.pop("$schema")
    assert own == checked
    for name in available():
        schema = dict(load(name).schema)
        schema.pop("$schema")
        assert schemas[f"Face.{name}"] == schema


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name[:5])
def test_the_description_takes_what_the_check_takes(described: dict[str, Any], path: Path) -> None:
    judge = validator(described, "Request")
    data = json.loads(path.read_text("utf-8"))
    for changed in (data, *_changes(data)):
        layout = load(data["type"])
        problems = schema_check.request_problems(changed)
        if isinstance(changed.get("face"), dict):
            problems += schema_check.face_problems(changed["face"], layout)
        assert judge.is_valid(changed) == (not problems), changed


def _changes(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The request with each member, and each field of its face, missing or of a wrong kind."""
    for name in data:
        if name != "type":  # the check of a face needs to know whose it is
            yield {key: value for key, value in data.items() if key != name}
            yield data | {name: 5}
    for name in data["face"]:
        for value in ("", 5, "\n"):
            yield data | {"face": data["face"] | {name: value}}
        yield data | {"face": {k: v for k, v in data["face"].items() if k != name}}
    yield data | {"extra": 1}
    yield data | {"face": data["face"] | {"extra": "x"}}


class Described:
    """Sends requests, and holds each answer against what is said of it."""

    def __init__(self, client: FlaskClient, described: Mapping[str, Any]) -> None:
        self.client, self.described = client, described
        self.met: set[tuple[str, str]] = set()

    def send(self, method: str, path: str, url: str, **how: Any) -> TestResponse:
        operation = self.described["paths"][path][method]
        response = self.client.open(url, method=method.upper(), **how)
        said = operation["responses"][str(response.status_code)]
        if "$ref" in said:
            said = self.described["components"]["responses"][said["$ref"].rsplit("/", 1)[1]]
        schema = said["content"][response.mimetype]["schema"]
        if schema.get("$ref"):
            self.holds(schema["$ref"].rsplit("/", 1)[1], response.json)
        for name in said.get("headers", {}):
            assert name in response.headers or name == "Link"
        self.met.add((operation["operationId"], str(response.status_code)))
        return response

    def holds(self, name: str, value: Any) -> None:
        validator(self.described, name).validate(value)
        self.known(self.described["components"]["schemas"][name], value)

    def known(self, schema: Mapping[str, Any], value: Any) -> None:
        """Nothing is answered that is not described."""
        if "$ref" in schema:
            schema = self.described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if isinstance(value, dict) and "properties" in schema:
            assert set(value) <= set(schema["properties"])
            for name, inner in value.items():
                self.known(schema["properties"][name], inner)
        if isinstance(value, list):
            for inner in value:
                self.known(schema["items"], inner)


def test_answers_are_as_described(
    installation: Installation, client: FlaskClient, described: dict[str, Any], sample: Sample
) -> None:
    told, one = Described(client, described), API + "/{license_id}"
    issued = told.send("post", API, API, json=sample("01"))
    url = issued.headers["Location"]
    told.send("post", API, API, json=sample("01", face__model="QTZ63"))
    told.send("post", API, API, json=sample("bad-1"))
    told.send("post", API, API, data=b"{")
    told.send("post", API, API, data=b" " * (2**20))
    told.send("get", API, API)
    told.send("get", API, f"{API}?status=old")
    for name in ("pdf", "ofd", "preview.png"):
        told.send("get", f"{one}/{name}", f"{url}/{name}")
    told.send("post", f"{one}/cancel", f"{url}/cancel", json={})
    told.send("get", one, url)
    told.send("post", f"{one}/cancel", f"{url}/cancel", json={"reason": "设备已拆卸"})
    told.send("post", f"{one}/cancel", f"{url}/cancel", json={"reason": "设备已拆卸"})
    told.send("get", one, url)
    told.send("get", f"{one}/records", f"{url}/records")
    told.send("get", one, f"{API}/x")
    record = client.get(API).json["records"][-1]["record"]
    for number in (record, 99):
        told.send("post", CONTINUE, CONTINUE.replace("{record_id}", str(number)))
    other = told.send("post", API, API, json=sample("02")).json
    replace = {"face": {"model": "SC200/200X"}, "reason": "照面信息变更"}
    at = f"{API}/{other['license_id']}"
    told.send("post", f"{one}/replace", f"{at}/replace", json=replace)
    told.send("get", one, at)
    notice = {"factory_number": sample("02")["face"]["factory_number"]}
    for body in (notice, notice, {"factory_number": "-"}, {}):
        told.send("post", "/api/v1/dismantlings", "/api/v1/dismantlings", json=body)
    _batches(told, sample)
    work(installation)
    _batches(told, sample)
    slow = {"Authorization": f"Bearer {give_key(installation, 'slow', per_minute=1)}"}
    for _ in range(2):
        told.send("get", API, API, headers=slow)
    told.send("get", API, API, headers={"Authorization": "Bearer x"})
    as_json = {"Accept": "application/json"}
    code = issued.json["verify_url"].rsplit("/", 1)[1]
    told.send("get", "/v/{code}", f"/v/{code}", headers=as_json)
    told.send("get", "/api/v1/status", f"/api/v1/status?code={code}")
    signed = {"Accept": "application/jwt"}
    told.send("get", "/api/v1/status", f"/api/v1/status?code={code}", headers=signed)
    told.send("get", "/api/v1/status", "/api/v1/status")
    for asked in ({"code": code, "inspector": "张工"}, {"code": code}):
        told.send("post", "/api/v1/receipts", "/api/v1/receipts", json=asked)
    file = (io.BytesIO(client.get(f"{url}/pdf").data), "a.pdf")
    told.send("post", "/api/v1/verifications", "/api/v1/verifications", data={"file": file})
    told.send("post", "/api/v1/verifications", "/api/v1/verifications", data="x")
    installation.refresh_trust(installation.register.issuing_authorities())
    (authority,) = installation.register.issuing_authorities()
    for form in ("jwt", "cwt"):
        told.send("get", f"/trust/status-list.{form}", f"/trust/status-list.{form}")
        listed = f"/trust/status/{authority}.{form}"
        told.send("get", f"/trust/status/{{authority}}.{form}", listed)
    told.send("get", "/trust/status/{authority}.jwt", "/trust/status/x.jwt", headers=as_json)
    told.send("get", "/trust/status-lists.json", "/trust/status-lists.json")
    for name in ("pdf-root.pem", "pdf.crl", "code-keys.json"):
        told.send("get", "/trust/{name}", f"/trust/{name}")
    for path in ("/healthz", "/readyz", "/openapi.json"):
        told.send("get", path, path)
    assert {status for _, status in told.met} >= {"200", "201", "400", "401", "404", "409", "413"}
    assert {status for _, status in told.met} >= {"415", "422", "429"}


def _batches(told: Described, sample: Sample) -> None:
    """A batch whose first row is issued and whose second is refused."""
    path, one = "/api/v1/batches", "/api/v1/batches/{batch_id}"
    rows = b"\n".join([json.dumps(sample("02")).encode(), b"{"])
    key = {"Idempotency-Key": "batch"}
    url = told.send("post", path, path, data=rows, headers=key).headers["Location"]
    told.send("post", path, path, data=b"")
    for end in ("", "/rows", "/report"):
        told.send("get", one + end, url + end)
        told.send("get", one + end, f"{path}/99{end}")
    told.send("get", f"{one}/rows", f"{url}/rows?state=old")


def test_a_method_that_is_not_served_is_told_which_are(client: FlaskClient) -> None:
    for path in (API, "/v/1", "/healthz", "/trust/pdf.crl"):
        refused = client.delete(path)
        assert refused.status_code == 405
        assert "GET" in refused.headers["Allow"]


@pytest.mark.parametrize("name", ["status", "process"])
def test_every_word_of_the_description_can_be_asked_for(
    client: FlaskClient, described: dict[str, Any], name: str
) -> None:
    (parameter,) = (
        one for one in described["paths"][API]["get"]["parameters"] if one["name"] == name
    )
    for word in parameter["schema"]["enum"]:
        assert client.get(API, query_string={name: word}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "设备已拆卸"},
        {"reason": "x", "effective_from": "2099-01-01"},
        {},
        {"reason": ""},
        {"reason": 5},
        {"reason": "x" * 501},
        {"reason": "x", "why": "y"},
        {"reason": "x", "effective_from": 5},
    ],
)
def test_a_cancelling_is_described_as_it_is_checked(
    client: FlaskClient, described: dict[str, Any], sample: Sample, body: dict[str, Any]
) -> None:
    url = client.post(API, json=sample("01")).headers["Location"]
    refused = client.post(f"{url}/cancel", json=body).status_code == 422
    fits = validator(described, "Cancelling").is_valid(body)
    # A moment in the future is for the register to refuse, not for a schema.
    assert refused is not fits or (fits and "effective_from" in body)
