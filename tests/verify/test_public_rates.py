"""How often may be asked, by one and by all; what an answer says; a store that is gone."""

from __future__ import annotations

import io
import os
import re
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from verify import client_address, rates, web, web_rates
from verify.client_address import MalformedNetwork, Proxies
from verify.defence import Defence
from verify.upload_places import UploadPlaces

_STATUS = "/api/v1/status"
_PAIR = {"number": "450100T(2024)0000001", "factory_number": "19020319"}
REDIS = os.environ.get("SEALPRESS_TEST_REDIS")
REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"


def public(world: Any, one: dict[str, int], everyone: Any = (), **settings: Any) -> FlaskClient:
    """The public side with other rates; proxies at 10.0.0.0/8 are believed."""
    defence = Defence(
        proxies=Proxies.read(["10.0.0.0/8"]), rates=rates.changed(one, dict(everyone)), **settings
    )
    made = Flask("public")
    made.register_blueprint(
        web.make_blueprint(
            world.register,
            lambda: world.anchors,
            world.base_url,
            lambda: world.now,
            defence=defence,
        )
    )
    return made.test_client()


def _by(address: str) -> dict[str, Any]:
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_one_address_is_answered_so_often_and_then_told_when_to_come_again(world: Any) -> None:
    client = public(world, {"number": 3})
    for left in (2, 1, 0):
        response = client.get(_STATUS, query_string=_PAIR, **_by("192.0.2.1"))
        assert response.status_code == 200
        assert response.headers["RateLimit-Policy"] == '"number";q=3;w=60'
        found = re.fullmatch(r'"number";r=(\d+);t=(\d+)', response.headers["RateLimit"])
        assert found is not None
        assert int(found[1]) == left
        assert 0 < int(found[2]) <= 60
    response = client.get(_STATUS, query_string=_PAIR, **_by("192.0.2.1"))
    assert response.status_code == 429
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["type"].endswith("/too-many-requests")
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert response.headers["RateLimit"].startswith('"number";r=0;t=')
    assert response.headers["Content-Security-Policy"]
    assert client.get(_STATUS, query_string=_PAIR, **_by("192.0.2.2")).status_code == 200


def test_nobody_is_told_to_wait_for_longer_than_a_window(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where the clock that is read for the answer differs from that of the window."""
    client = public(world, {"number": 1})
    began = time.time()
    monkeypatch.setattr(web_rates, "time", SimpleNamespace(time=lambda: began - 120))
    for _ in range(2):
        response = client.get(_STATUS, query_string=_PAIR, **_by("192.0.2.1"))
        assert response.headers["RateLimit"].endswith(";t=60")
    assert response.headers["Retry-After"] == "60"


def test_a_person_gets_a_page(world: Any) -> None:
    client = public(world, {"number": 1})
    for status in (200, 429):
        response = client.get("/v/", query_string=_PAIR, headers={"Accept": "text/html"})
        assert response.status_code == status
        assert response.mimetype == "text/html"


def test_numbers_are_counted_apart_from_codes_and_files(world: Any) -> None:
    client = public(world, {"number": 1, "upload": 1, "trust": 1})
    assert client.get(_STATUS, query_string=_PAIR).status_code == 200
    assert client.get("/v/", query_string=_PAIR, headers=_JSON).status_code == 429  # the same kind
    path = "/v/" + world.code(world.crane).rpartition("/")[2]
    assert client.get(path).status_code == 200
    assert client.get(_STATUS, query_string={"code": "1"}).status_code == 200
    for status in (200, 429):
        sent = {"data": b"noise", "content_type": "application/pdf"}
        assert client.post("/api/v1/verifications", **sent).status_code == status
    assert client.get("/").status_code == 200


_JSON = {"Accept": "application/json"}


def test_all_together_are_bounded_too(world: Any) -> None:
    client = public(world, {"number": 5}, {"number": 3}.items())
    statuses = [
        client.get(_STATUS, query_string=_PAIR, **_by(f"192.0.2.{last}")).status_code
        for last in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]


def test_an_upload_above_the_rate_is_not_read(world: Any) -> None:
    client = public(world, {"upload": 1})

    class Unread(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = readlines = readinto = read1 = read  # type: ignore[assignment]

    sent = {"data": b"noise", "content_type": "application/pdf"}
    assert client.post("/api/v1/verifications", **sent).status_code == 200
    refused = client.post(
        "/api/v1/verifications", input_stream=Unread(), content_type="application/pdf"
    )
    assert refused.status_code == 429


def test_without_a_place_for_an_upload_one_is_sent_away_and_codes_are_answered(world: Any) -> None:
    places = UploadPlaces(at_once=1)
    client = public(world, {}, places=places)
    sent = {"data": b"noise", "content_type": "application/pdf"}
    with places.place("192.0.2.9"):
        response = client.post("/api/v1/verifications", **sent)
        assert response.status_code == 503
        assert response.get_json()["type"].endswith("/busy")
        assert int(response.headers["Retry-After"]) > 0
        assert client.get("/v/1").status_code == 200
    assert client.post("/api/v1/verifications", **sent).status_code == 200


@pytest.mark.parametrize(
    ("remote", "forwarded", "counted"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # not sent by a proxy of ours
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"),  # the first is made up
        ("10.0.0.1", "203.0.113.5, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("", "198.51.100.7", "198.51.100.7"),
        ("", None, "unknown"),
    ],
)
def test_the_address_is_the_last_one_that_a_proxy_of_ours_names(
    remote: str, forwarded: str | None, counted: str
) -> None:
    environ = {"REMOTE_ADDR": remote}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address.of(environ, Proxies.read(["10.0.0.0/8"])) == counted


def test_without_proxies_nobody_is_believed() -> None:
    environ = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    assert client_address.of(environ, Proxies()) == "192.0.2.1"
    with pytest.raises(MalformedNetwork):
        Proxies.read(["10.0.0.0/33"])


def test_a_store_that_is_gone_neither_opens_nor_closes_the_door(world: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        store = f"redis://127.0.0.1:{free.getsockname()[1]}"
    client = public(world, {"number": 2}, rate_store=store)
    statuses = [client.get(_STATUS, query_string=_PAIR).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_store_that_does_not_answer_holds_nobody_up_for_long(world: Any) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        store = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        client = public(world, {"number": 2}, rate_store=store)
        started = time.monotonic()
        statuses = [client.get(_STATUS, query_string=_PAIR).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert time.monotonic() - started < 5


@pytest.mark.interop
@pytest.mark.skipif(
    REDIS is None and not REQUIRED,
    reason="needs a Redis (Debian: redis-server) and its URL in SEALPRESS_TEST_REDIS",
)
def test_processes_that_share_a_redis_count_together(world: Any) -> None:
    assert REDIS, "SEALPRESS_TEST_REDIS is not set"
    address = f"2001:db8:{os.getpid() % 65536:x}:{time.time_ns() % 65536:x}::1"
    sides = [public(world, {"number": 3}, rate_store=REDIS) for _ in range(2)]
    statuses = [
        side.get(_STATUS, query_string=_PAIR, **_by(address)).status_code
        for side in (*sides, *sides)
    ]
    assert statuses == [200, 200, 200, 429]


def test_no_address_is_logged(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    client = public(world, {"number": 1})
    for _ in range(3):
        client.get(_STATUS, query_string=_PAIR, **_by("192.0.2.77"))
    assert "192.0.2.77" not in caplog.text


def test_every_rate_has_a_reason_and_numbers_have_the_narrowest() -> None:
    for rate in rates.RATES.values():
        assert 0 < rate.one < rate.all
        assert len(rate.reason) > 20
    assert rates.RATES[rates.NUMBER].one < rates.RATES[rates.CODE].one / 10
