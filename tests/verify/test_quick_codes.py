"""The quick answer to a scanned code is Flask's own to the byte, and everything else is Flask's."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from verify import rates, web, web_codes
from verify.defence import Defence

_JSON = {"Accept": "application/json"}
_COUNTED = "RateLimit"


@pytest.fixture
def client(world: Any) -> FlaskClient:
    return _public(world)


def _public(world: Any, **one: int) -> FlaskClient:
    made = Flask("public")
    made.register_blueprint(
        web.make_blueprint(
            world.register,
            lambda: world.anchors,
            world.base_url,
            lambda: world.now,
            defence=Defence(rates=rates.changed(one, {})),
        )
    )
    return made.test_client()


def _path(world: Any) -> str:
    return "/v/" + str(world.code(world.crane)).rpartition("/")[2]


def _fields(response: TestResponse) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in response.headers if name != _COUNTED)


@pytest.mark.parametrize("changed", ["", "7", "0"])
def test_both_ways_answer_alike(
    world: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    path = _path(world)[:-1] + changed if changed else _path(world)
    quick = client.get(path, headers=_JSON)
    monkeypatch.setattr(web_codes.QuickCodes, "_digits", lambda *_: None)
    usual = client.get(path, headers=_JSON)
    assert quick.status_code == usual.status_code == 200
    assert quick.get_data() == usual.get_data()
    assert _fields(quick) == _fields(usual)
    left = [
        int(one.headers[_COUNTED].partition("r=")[2].partition(";")[0]) for one in (quick, usual)
    ]
    assert left[0] - left[1] == 1  # counted once each, in the same place


def test_a_genuine_code_is_answered_without_flask(
    world: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(Flask, "full_dispatch_request", never)
    for path in (_path(world), _path(world).replace("/v/", "/V/")):
        response = client.get(path, headers=_JSON)
        assert json.loads(response.get_data())["verdict"] == "valid"


def test_everything_else_goes_to_flask(world: Any, client: FlaskClient) -> None:
    path = _path(world)
    assert client.get(path, headers={"Accept": "text/html"}).mimetype == "text/html"
    assert client.head(path, headers=_JSON).get_data() == b""
    assert client.post(path, headers=_JSON).status_code == 405
    plate = client.get(path, query_string={"plate": "another"}, headers=_JSON)
    assert json.loads(plate.get_data())["verdict"] == "altered"
    for other in ("/v/", "/v/12a", "/v/１２", "/v/12/", "/w/12"):
        assert client.get(other, headers=_JSON).status_code in {200, 404}


def test_one_code_too_many_is_refused_in_flasks_words(world: Any) -> None:
    client = _public(world, code=2)
    answers = [client.get(_path(world), headers=_JSON) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].mimetype == "application/problem+json"
    assert int(answers[2].headers["Retry-After"]) > 0


def test_an_accident_is_told_and_logged_as_flask_does(
    world: Any,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no secret of the register")

    monkeypatch.setattr(type(world.register), "by_number", broken)
    with caplog.at_level(logging.ERROR):
        response = client.get(_path(world), headers=_JSON)
    assert response.status_code == 500
    assert response.get_json()["type"].endswith("/error")
    assert "RuntimeError" in caplog.text
    assert "no secret" not in caplog.text + response.get_data(as_text=True)
