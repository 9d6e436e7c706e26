"""A call is bounded in time and bytes, and says whether the platform may have acted."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from platform_world import raw_server, request_on, response
from tls_world import served_as

from service.platform import link
from service.platform.answers import MAX_ANSWER_BYTES
from service.platform.errors import PlatformUnreachable

TOKEN = "verysecrettoken"  # noqa: S105


def post(port: int, timeout_s: float = 5.0, **more: object) -> link.HttpAnswer:
    return link.post(
        f"http://127.0.0.1:{port}/api/X_Check",
        {"access_token": TOKEN},
        "application/json",
        "{中}".encode(),
        timeout_s=timeout_s,
        **more,  # type: ignore[arg-type]
    )


def failed(port: int, timeout_s: float = 5.0, **more: object) -> PlatformUnreachable:
    with pytest.raises(PlatformUnreachable) as raised:
        post(port, timeout_s, **more)
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None
    return raised.value


def test_a_request_is_one_post_with_its_query_and_body() -> None:
    seen = []

    def talk(connection: socket.socket, _: int) -> None:
        seen.append(request_on(connection))
        connection.sendall(response(b"{}", headers="Retry-After: 7\r\n"))

    with raw_server(talk) as port:
        assert post(port) == link.HttpAnswer(200, b"{}", 7)
    (request,) = seen
    assert request.startswith(f"POST /api/X_Check?access_token={TOKEN} HTTP/1.1\r\n".encode())
    assert request.endswith("\r\n\r\n{中}".encode())


@pytest.mark.parametrize(
    ("value", "read"),
    [("0", 0), ("99999999", link.MAX_RETRY_AFTER_S), ("-1", None), ("soon", None), ("1.5", None)],
)
def test_how_long_to_wait_is_read_in_seconds(value: str, read: int | None) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(response(b"", "429 Slow", f"Retry-After: {value}\r\n"))

    with raw_server(talk) as port:
        assert post(port) == link.HttpAnswer(429, b"", read)


def test_where_nobody_listens_nobody_has_acted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    error = failed(port)
    assert (error.retryable, error.may_have_acted) == (True, False)


def drop(connection: socket.socket, _: int) -> None:
    request_on(connection)


def half(connection: socket.socket, _: int) -> None:
    request_on(connection)
    connection.sendall(response(b"x" * 100)[:-50])


def half_chunk(connection: socket.socket, _: int) -> None:
    request_on(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")


def no_http(connection: socket.socket, _: int) -> None:
    request_on(connection)
    connection.sendall(b"SSH-2.0-OpenSSH\r\n")


def long_header(connection: socket.socket, _: int) -> None:
    request_on(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999 + b"\r\n\r\n")


@pytest.mark.parametrize("talk", [drop, half, half_chunk, no_http, long_header])
def test_what_breaks_off_may_have_acted(talk: Callable[[socket.socket, int], None]) -> None:
    with raw_server(talk) as port:
        error = failed(port)
    assert (error.retryable, error.may_have_acted) == (True, True)


def silence(connection: socket.socket, _: int) -> None:
    request_on(connection)
    time.sleep(3)


def _dripping(head: bytes) -> Callable[[socket.socket, int], None]:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(head)
        for _drop in range(60):
            connection.sendall(b"x")
            time.sleep(0.05)

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        silence,
        _dripping(b"HTTP/1.1 200 OK\r\nX: "),
        _dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        # Without a length, whatever has come until the end would seem whole.
        _dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
def test_who_is_too_slow_is_left(talk: Callable[[socket.socket, int], None]) -> None:
    with raw_server(talk) as port:
        begun = time.monotonic()
        error = failed(port, timeout_s=0.3)
        assert time.monotonic() - begun < 2.0
    assert (error.retryable, error.may_have_acted) == (True, True)
    assert "0.3" in error.reason


def test_no_watch_outlives_its_call() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(response(b"{}"))

    with raw_server(talk) as port:
        post(port, timeout_s=30.0)
    assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]


def test_no_more_is_read_than_is_allowed() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with raw_server(talk) as port:
        assert len(post(port).content) == MAX_ANSWER_BYTES + 1


def test_https_asks_for_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    context = served_as(x509.IPAddress(ipaddress.ip_address("127.0.0.1")), tmp_path)

    def talk(connection: socket.socket, _: int) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            request_on(wrapped)
            wrapped.sendall(response(b"{}"))

    with raw_server(talk) as port:
        url, body = f"https://127.0.0.1:{port}/", b"{}"
        ca = tmp_path / "ca.pem"
        answer = link.post(url, {}, "application/json", body, timeout_s=5.0, ca=ca)
        assert answer.status == 200
        with pytest.raises(PlatformUnreachable, match="证书不可信") as raised:
            link.post(url, {}, "application/json", body, timeout_s=5.0)
        assert (raised.value.retryable, raised.value.may_have_acted) == (False, False)
        ca.write_text("no certificate", "ascii")
        with pytest.raises(PlatformUnreachable, match="ca") as raised:
            link.post(url, {}, "application/json", body, timeout_s=5.0, ca=ca)
        assert (raised.value.retryable, raised.value.may_have_acted) == (False, False)
