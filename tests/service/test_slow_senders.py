"""A real server: who sends slowly holds nobody up, and no log names who asked what."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served_process import Served

_NUMBER = "450100T(2024)7654321"
_FACTORY = "A19020319"


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = shutil.copytree(template, tmp_path_factory.mktemp("served") / "home")
    with (home / "config.toml").open("a") as config:
        config.write("\n[public.rates]\nupload = 1000\n")
    server = Served(home, home.parent / "log")
    yield server
    server.stop()


_HEAD = b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"


def test_heads_that_do_not_end_are_cut_off_and_others_are_answered(served: Served) -> None:
    slow = [served.open(b"GET /v/123 HTTP/1.1\r\nHost: x\r\nX-") for _ in range(8)]
    started = time.monotonic()
    assert served.get("/healthz") == 200
    assert time.monotonic() - started < 4
    for connection in slow:
        assert b"200 OK" not in connection.recv(1000)
        connection.close()


@pytest.mark.parametrize(
    "sent",
    [
        _HEAD + b"Content-Length: 1000\r\n\r\n%PDF",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n",
    ],
)
def test_bodies_that_do_not_come_are_ended_and_hold_nobody_up(served: Served, sent: bytes) -> None:
    slow = [served.open(sent) for _ in range(8)]
    started = time.monotonic()
    assert served.get("/") == 200
    assert time.monotonic() - started < 3
    for connection in slow:
        assert re.match(rb"HTTP/1.1 (4\d\d|503)", connection.recv(1000))
        connection.close()


def test_a_body_that_drips_is_ended_too(served: Served) -> None:
    slow = served.open(_HEAD + b"Content-Length: 1000\r\n\r\n")
    started = time.monotonic()
    try:
        for _ in range(100):
            slow.sendall(b"%")
            time.sleep(0.1)
    except OSError:
        pass
    assert time.monotonic() - started < 8
    slow.close()


def test_an_announced_size_above_the_limit_is_answered_at_once(served: Served) -> None:
    large = served.open(_HEAD + b"Content-Length: 50000000\r\n\r\n")
    assert large.recv(1000).startswith(b"HTTP/1.1 413")
    large.close()


def test_no_log_names_numbers_codes_or_addresses(served: Served) -> None:
    query = f"number={_NUMBER}&factory_number={_FACTORY}"
    assert served.get(f"/api/v1/status?{query}") == 200
    assert served.get(f"/v/{'7' * 400}") == 200
    assert served.get(f"/no/such/{_FACTORY}") == 404
    for broken in (
        f"GE@T /v/{_NUMBER} HTTP/1.1\r\n\r\n",
        f"GET /v/{_NUMBER} HTTP/9.9\r\n\r\n",
        f"GET /v/{_NUMBER}\x00 HTTP/1.1\r\n\r\n",
        f"GET /{_NUMBER * 300} HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\nBad header {_NUMBER}\r\n\r\n",
    ):
        connection = served.open(broken.encode())
        connection.recv(1000)
        connection.close()
    logged = served.log.read_text()
    assert "Invalid request" in logged
    listening = logged.replace(f"http://127.0.0.1:{served.port}", "")
    for told in (_NUMBER, _FACTORY, "7" * 20, "127.0.0.1"):
        assert told not in listening
