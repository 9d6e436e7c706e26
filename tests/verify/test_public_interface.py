"""The public interface for programs: verdicts, errors in one shape, uploads within bounds."""

from __future__ import annotations

import http.client
import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from verify import limits, web

_UPLOAD = "/api/v1/verifications"
_STATUS = "/api/v1/status"
_AS_JSON = {"Accept": "application/json"}
_NUMBER = "450100T(2024)0000001"


def public(world: Any, **settings: Any) -> Flask:
    """The public side alone, over the world's register."""
    made = Flask("public")
    made.register_blueprint(
        web.make_blueprint(
            world.register, lambda: world.anchors, world.base_url, lambda: world.now, **settings
        )
    )
    return made


@pytest.fixture
def app(world: Any, tmp_path: Path) -> Flask:
    (tmp_path / "status-list.jwt").write_text(world.token())
    return public(world, status_lists=tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _verdict(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    found = json.loads(response.get_data())
    assert set(found) == {"verdict", "reason", "certificate", "status", "checks", "altered"}
    return dict(found)


def _problem(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    found = json.loads(response.get_data())
    assert set(found) == {"type", "title", "status", "detail", "errors"}
    assert found["status"] == status
    assert found["type"].startswith("https://sealpress.example/problems/")
    for mistake in found["errors"]:
        assert set(mistake) == {"field", "label", "message"}
    assert "Traceback" not in response.get_data(as_text=True)
    return dict(found)


def test_a_code_is_answered_in_json_where_that_is_preferred(
    world: Any, client: FlaskClient
) -> None:
    path = "/v/" + world.code(world.crane).rpartition("/")[2]
    found = _verdict(client.get(path, headers={"Accept": "application/json"}))
    assert found["verdict"] == "valid"
    assert list(found["certificate"])[:2] == ["factory_number", "filing_number"]
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", ""):
        assert client.get(path, headers={"Accept": accept}).mimetype == "text/html"


def test_the_status_of_a_code_is_told_by_its_text_or_its_digits(
    world: Any, client: FlaskClient
) -> None:
    text = world.code(world.crane)
    for code in (text, text.lower(), text.rpartition("/")[2]):
        found = _verdict(client.get(_STATUS, query_string={"code": code}))
        assert found["verdict"] == "valid"


def test_a_foreign_code_is_refused_by_name(client: FlaskClient) -> None:
    found = _verdict(client.get(_STATUS, query_string={"code": "https://evil.example/v/1"}))
    assert found["verdict"] == "unknown"
    assert "evil.example" in found["reason"]


def test_the_status_is_told_for_a_moment_with_both_times(world: Any, client: FlaskClient) -> None:
    world.cancel(world.crane)
    asked = {"number": _NUMBER, "factory_number": "19020319"}
    now = _verdict(client.get(_STATUS, query_string=asked))
    assert now["verdict"] == "cancelled"
    assert now["status"] == {
        "state": "cancelled",
        "effective_from": "2026-11-20T10:30:00+08:00",
        "known_since": "2026-11-20T11:30:00+08:00",
        "as_of": "2026-11-21T10:30:00+08:00",
        "list": None,
    }
    then = _verdict(client.get(_STATUS, query_string=asked | {"at": "2026-11-20T10:29:59+08:00"}))
    assert then["verdict"] == "valid"


def test_an_unescaped_plus_in_a_time_is_understood(world: Any, client: FlaskClient) -> None:
    found = _verdict(
        client.get(
            f"{_STATUS}?number={_NUMBER}&factory_number=19020319&at=2026-01-01T00:00:00+08:00"
        )
    )
    assert found["status"]["as_of"] == "2026-01-01T00:00:00+08:00"


def test_a_wrong_pair_and_no_such_number_have_the_same_body(client: FlaskClient) -> None:
    bodies = {
        client.get(_STATUS, query_string={"number": number, "factory_number": factory}).data
        for number, factory in (
            (_NUMBER, "19020310"),
            (_NUMBER, "x" * 5000),
            ("450100T(2024)9999999", "19020319"),
            ("\x00", "\x00"),
        )
    }
    assert len(bodies) == 1


def test_a_plate_is_compared(world: Any, client: FlaskClient) -> None:
    code = world.code(world.crane)
    for plate, word in (("19020319", "valid"), ("20990001", "altered"), ("9" * 5000, "altered")):
        found = _verdict(client.get(_STATUS, query_string={"code": code, "plate": plate}))
        assert found["verdict"] == word


def test_a_plate_is_compared_beside_a_number_too(client: FlaskClient) -> None:
    asked = {"number": _NUMBER, "factory_number": "19020319"}
    for plate, word in (("19020319", "valid"), ("20990001", "altered")):
        found = _verdict(client.get(_STATUS, query_string=asked | {"plate": plate}))
        assert found["verdict"] == word


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, ["code"]),
        ({"code": "1", "number": "1"}, ["code"]),
        ({"number": "1"}, ["factory_number"]),
        ({"number": "", "factory_number": " "}, ["number", "factory_number"]),
        ({"code": "1", "at": "yesterday"}, ["at"]),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_mistakes(
    client: FlaskClient, query: dict[str, str], fields: list[str]
) -> None:
    found = _problem(client.get(_STATUS, query_string=query), 422)
    assert [mistake["field"] for mistake in found["errors"]] == fields


def _form(data: bytes, **more: str) -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(data), "a.pdf"), **more}}


@pytest.mark.parametrize(
    "sent",
    [
        {"data": b"noise", "content_type": "application/pdf"},
        {"data": b"noise", "content_type": "application/ofd"},
        {"data": b"noise", "content_type": "application/octet-stream"},
        {"data": b"", "content_type": "application/octet-stream"},
        _form(b"noise"),
        _form(b""),
    ],
)
def test_a_file_is_taken_as_body_or_as_form_and_noise_is_unreadable(
    client: FlaskClient, sent: dict[str, Any]
) -> None:
    assert _verdict(client.post(_UPLOAD, **sent))["verdict"] == "unreadable"


@pytest.fixture
def narrow(world: Any) -> FlaskClient:
    """The same routes with a bound of 10,000 bytes for a file."""
    return public(world, max_file_bytes=10_000).test_client()


def test_a_file_of_the_largest_size_is_taken_and_one_byte_more_refused(
    narrow: FlaskClient,
) -> None:
    most, more = bytes(10_000), bytes(10_001)
    _verdict(narrow.post(_UPLOAD, data=most, content_type="application/pdf"))
    _verdict(narrow.post(_UPLOAD, **_form(most)))
    _problem(narrow.post(_UPLOAD, data=more, content_type="application/pdf"), 413)
    _problem(narrow.post(_UPLOAD, **_form(more)), 413)


class _Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = readlines = readinto = read1 = read  # type: ignore[assignment]


@pytest.mark.parametrize("kind", ["application/pdf", "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("path", [_UPLOAD, "/v/"])
def test_an_announced_size_is_refused_before_the_body_is_read(
    client: FlaskClient, kind: str, path: str
) -> None:
    response = client.post(
        path,
        input_stream=_Unread(),
        headers={"Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": str(50 * 2**20)},
        content_type=kind,
    )
    _problem(response, 413)


_LONG_FIELD = b"\r\n".join(
    (
        b"--b",
        b'Content-Disposition: form-data; name="plate"',
        b"",
        b"9" * 1_000_000,
        b"--b--",
        b"",
    )
)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"x", "content_type": "text/plain"}, 415),
        ({"data": b"x"}, 415),
        ({"json": {"file": "x"}}, 415),
        ({"data": {"other": (io.BytesIO(b"x"), "a.pdf")}}, 422),
        ({"data": {"file": "not a file", "pad": (io.BytesIO(b"x"), "a")}}, 422),
        ({"data": b"no form", "content_type": "multipart/form-data"}, 422),
        (
            {"data": {f"f{n}": "x" for n in range(9)}, "content_type": "multipart/form-data"},
            413,
        ),
        (
            {
                "data": _LONG_FIELD,
                "content_type": "multipart/form-data; boundary=b",
            },
            413,
        ),
    ],
)
def test_what_is_no_upload_is_refused_in_one_shape(
    client: FlaskClient, sent: dict[str, Any], status: int
) -> None:
    _problem(client.post(_UPLOAD, **sent), status)


def test_other_methods_are_left_to_the_application(client: FlaskClient) -> None:
    assert client.delete(_UPLOAD).status_code == 405


def test_what_nobody_foresaw_tells_nothing_and_logs_no_data(
    world: Any,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_number: str) -> None:
        raise RuntimeError("王示例 19020319")

    monkeypatch.setattr(world.register, "by_number", broken)
    with caplog.at_level(logging.DEBUG):
        response = client.get(_STATUS, query_string={"number": "1", "factory_number": "2"})
    found = _problem(response, 500)
    assert "RuntimeError" not in json.dumps(found)
    assert "RuntimeError" in caplog.text
    assert "王示例" not in caplog.text
    assert "19020319" not in caplog.text


def test_the_status_list_is_served_as_it_lies_there(
    world: Any, client: FlaskClient, tmp_path: Path
) -> None:
    first = client.get("/trust/status-list.jwt")
    assert first.mimetype == "application/statuslist+jwt"
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.last_modified == world.now
    unchanged = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/trust/status-list.jwt", headers=unchanged).status_code == 304
    world.now += timedelta(minutes=58)
    assert client.get("/trust/status-list.jwt").headers["Cache-Control"] == "public, max-age=120"
    world.now += timedelta(minutes=5)
    assert client.get("/trust/status-list.jwt").headers["Cache-Control"] == "public, max-age=0"
    (tmp_path / "status-list.jwt").write_text(world.token(3))
    changed = client.get("/trust/status-list.jwt", headers=unchanged)
    assert changed.status_code == 200
    assert changed.data != first.data


def test_lists_are_told_with_their_age(world: Any, client: FlaskClient) -> None:
    world.now += timedelta(days=2)
    (told,) = json.loads(client.get("/trust/status-lists.json").data)["lists"]
    assert told["uri"] == "https://sealpress.example/trust/status-list.jwt"
    assert told["cwt"] == "https://sealpress.example/trust/status-list.cwt"
    assert (told["authority"], told["sequence"], told["freshness"]) == (None, 1, "ageing")
    assert told["age_seconds"] == 2 * 24 * 3600


def test_a_list_that_no_key_of_ours_signed_is_not_served(
    world: Any, client: FlaskClient, tmp_path: Path
) -> None:
    (tmp_path / "status-list.jwt").write_text(world.token()[:-4] + "AAAA")
    _problem(client.get("/trust/status-list.jwt", headers=_AS_JSON), 404)
    assert json.loads(client.get("/trust/status-lists.json").data) == {"lists": []}


def test_a_list_lies_under_the_name_of_its_authority(client: FlaskClient, tmp_path: Path) -> None:
    uscc = "11450100007565735X"
    (tmp_path / "status").mkdir()
    (tmp_path / "status-list.jwt").rename(tmp_path / "status" / f"{uscc}.jwt")
    for name in (f"status/{uscc}.jwt", "status/x.jwt", "status/status-list.jwt"):
        _problem(client.get(f"/trust/{name}", headers=_AS_JSON), 404)
    assert client.get("/trust/status/..%2fstatus-list.jwt").status_code == 404


def test_where_no_list_is_published_there_is_none(world: Any) -> None:
    app = Flask("public")
    app.register_blueprint(
        web.make_blueprint(world.register, lambda: world.anchors, world.base_url, lambda: world.now)
    )
    response = app.test_client().get(
        "/trust/status-list.jwt", headers={"Accept": "application/json"}
    )
    _problem(response, 404)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("size", "status"), [(1000, 200), (limits.FILE_BYTES, 200), (limits.FILE_BYTES + 1, 413)]
)
def test_a_body_of_unannounced_length_is_read_up_to_the_limit(
    port: int, size: int, status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    chunks = [bytes(64 * 1024)] * (size // (64 * 1024)) + [bytes(size % (64 * 1024))]
    connection.request(
        "POST",
        _UPLOAD,
        body=iter(chunk for chunk in chunks if chunk),
        headers={"Content-Type": "application/pdf"},
        encode_chunked=True,
    )
    assert connection.getresponse().status == status
    connection.close()
