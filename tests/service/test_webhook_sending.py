"""One try is bounded in time and bytes, goes to an allowed address, and follows nobody away."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from platform_world import raw_server, request_on, response
from tls_world import served_as
from webhook_world import HOST, receiver

from service.webhook_settings import WebhookSettings
from service.webhooks import sending
from service.webhooks.sending import MAX_ANSWER_BYTES, NotTold
from service.webhooks.target import Target

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
SETTINGS = WebhookSettings(allow_private=LOOPBACK, allow_http=True, timeout_s=1.0)


def post(port: int, settings: WebhookSettings = SETTINGS, path: str = "/told") -> int:
    target = Target.of(f"http://127.0.0.1:{port}{path}")
    return sending.post(target, b'{"a":1}', {"X-Told": "yes"}, settings)


def refused(port: int, settings: WebhookSettings = SETTINGS) -> str:
    began = time.monotonic()
    with pytest.raises(NotTold) as raised:
        post(port, settings, "/secretpath?token=hidden")
    assert time.monotonic() - began < settings.timeout_s + 2
    assert "secretpath" not in str(raised.value)
    assert "hidden" not in str(raised.value)
    return str(raised.value)


def test_it_is_one_post_with_its_headers_and_body() -> None:
    seen = []

    def talk(connection: socket.socket, _: int) -> None:
        seen.append(request_on(connection))
        connection.sendall(response(b"", "204 No Content"))

    with raw_server(talk) as port:
        assert post(port, path="/told?a=b") == 204
    (request,) = seen
    assert request.startswith(b"POST /told?a=b HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in request
    for line in (b"X-Told: yes", b"Content-Type: application/json"):
        assert b"\r\n" + line + b"\r\n" in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 X"])
def test_no_redirect_is_followed(status: str) -> None:
    seen: list[int] = []

    def talk(connection: socket.socket, number: int) -> None:
        seen.append(number)
        request_on(connection)
        connection.sendall(response(b"", status, f"Location: http://127.0.0.1:{port}/x\r\n"))

    with raw_server(talk) as port:
        assert "不跟随重定向" in refused(port)
    assert seen == [0]


@pytest.mark.parametrize("status", ["400 Bad", "404 Not Found", "410 Gone", "500 Oops", "503 Busy"])
def test_only_a_success_is_one(status: str) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(response(b"<h1>no</h1>", status))

    with raw_server(talk) as port:
        assert refused(port) == f"HTTP {status[:3]}"


def test_who_is_not_there_is_not_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert "cannot be reached" in refused(port)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200", b"H"])
def test_who_is_silent_is_left_in_time(said: bytes) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(said)
        time.sleep(5)

    with raw_server(talk) as port:
        assert "no answer in time" in refused(port)


def test_drops_of_an_answer_are_not_waited_for() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(50):
            connection.sendall(b"X-%d: y\r\n" % number)
            time.sleep(0.1)

    with raw_server(talk) as port:
        assert "no answer in time" in refused(port)


@pytest.mark.parametrize(
    "said", [b"\0\1\2\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 x y\r\n\r\n", b"H" * 100_000, None]
)
def test_rubbish_is_no_answer(said: bytes | None) -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        if said:
            connection.sendall(said)

    with raw_server(talk) as port:
        assert "no HTTP answer" in refused(port) or "broke off" in refused(port)


def test_of_an_endless_answer_little_is_read() -> None:
    sent = []

    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent.append(connection.send(b"x" * 65536))

    began = time.monotonic()
    with raw_server(talk) as port:
        assert post(port) == 200
    assert time.monotonic() - began < 2
    # What the two sockets' buffers hold is sent beside what is read.
    assert sum(sent) < MAX_ANSWER_BYTES + 16 * 2**20


def test_a_success_counts_though_its_body_never_ends() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        request_on(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        time.sleep(5)

    with raw_server(talk) as port:
        assert post(port) == 200


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["0.0.0.0"],  # noqa: S104 - refused
        ["169.254.169.254"],
    ],
)
def test_nothing_is_connected_where_one_address_is_not_allowed(addresses: Sequence[str]) -> None:
    connected: list[int] = []
    with raw_server(lambda _, number: connected.append(number)) as port:
        target = Target.of(f"http://approvals.example:{port}/")
        with pytest.raises(NotTold, match="不允许的地址"):
            sending.post(target, b"{}", {}, WebhookSettings(), lambda *_: addresses)
    assert connected == []


def test_a_name_is_resolved_once_and_that_address_used_with_the_names_certificate(
    tmp_path: Path,
) -> None:
    """A second answer of the name server (DNS rebinding) is never asked for."""
    answers = [["127.0.0.1"], ["203.0.113.1"]]
    context = served_as(x509.DNSName("approvals.example"), tmp_path)
    names: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    seen = []

    def talk(connection: socket.socket, _: int) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            seen.append(request_on(wrapped))
            wrapped.sendall(response(b""))

    settings = WebhookSettings(allow_private=LOOPBACK, ca=tmp_path / "ca.pem", timeout_s=2.0)
    with raw_server(talk) as port:
        target = Target.of(f"https://approvals.example:{port}/")
        resolve = lambda *_: answers.pop(0)  # noqa: E731
        assert sending.post(target, b"{}", {}, settings, resolve) == 200
    assert answers == [["203.0.113.1"]]
    assert names == ["approvals.example"]
    assert f"Host: approvals.example:{port}\r\n".encode() in seen[0]


def test_the_next_address_is_tried_where_nobody_listens_at_the_first() -> None:
    with raw_server(lambda c, _: c.sendall(response(request_on(c)[:0]))) as port:
        target = Target.of(f"http://approvals.example:{port}/")
        found = sending.post(target, b"{}", {}, SETTINGS, lambda *_: ["::1", "127.0.0.1"])
    assert found == 200


def test_a_certificate_must_be_trusted_and_bear_the_name(tmp_path: Path) -> None:
    settings = WebhookSettings(allow_private=LOOPBACK, ca=tmp_path / "ca.pem", timeout_s=2.0)
    with receiver(tmp_path) as told:
        assert sending.post(Target.of(told.url), b"{}", {}, settings) == 200
        untrusting = WebhookSettings(allow_private=LOOPBACK, timeout_s=2.0)
        for url, how in (
            (told.url, untrusting),
            (told.url.replace(HOST, "other.example"), settings),
        ):
            with pytest.raises(NotTold, match="证书不可信"):
                sending.post(Target.of(url), b"{}", {}, how, lambda *_: ["127.0.0.1"])
    assert len(told.got) == 1


def test_a_name_without_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(NotTold, match="无法解析"):
        sending.post(Target.of("https://nobody.example/"), b"{}", {}, SETTINGS)
