"""A sandbox in this process, platforms that call it, and a server that answers what a test says."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from renderer import layout
from service import platform_settings
from service.commands import sandbox_platform
from service.platform.national import NationalPlatform
from service.platform.port import Case
from service.platform_settings import PlatformSettings

PREVIEW = "https://sealpress.example/api/v1/certificates/x/preview.png"


def case(kind: str = "crane-use-registration", **changes: Any) -> Case:
    """The certificate of a layout's sample."""
    data = layout.sample(layout.load(kind))
    made = Case(
        type=kind,
        number=data.get("number") or "450100T(2024)0000001",
        license_id="1.2.156.3005.2.11100000000013338W999.11450100MB0000001Q.450100T1.001.G",
        version=1,
        authority=data["authority"],
        holder=data["holder"],
        issued_on=data["issued_on"],
        face=data["face"],
        persons=data.get("persons") or [PERSON],
    )
    return replace(made, **changes)


PERSON = {"name": "张三", "id_type": "111", "id_number": "450100199001011234", "role": "05"}


class Sandbox:
    """The sandbox as tests hold it: its settings, faults and state."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        table = tomllib.loads(sandbox_platform.settings_table(port, folder / "state.db"))
        read = platform_settings.read(table["platform"], folder, development=True)
        assert read is not None
        self.settings: PlatformSettings = read

    def platform(self, **changes: Any) -> NationalPlatform:
        """A platform that calls it, and never sleeps."""
        return NationalPlatform(replace(self.settings, **changes), sleep=lambda _: None)

    def fail(self, step: str, kind: str, times: int = 1, **more: Any) -> None:
        """Order a fault."""
        status, _ = self.ask(
            "POST", "/sandbox/faults", {"step": step, "kind": kind, "times": times, **more}
        )
        assert status == 201

    def state(self) -> dict[str, Any]:
        """What it has been told."""
        status, found = self.ask("GET", "/sandbox/state")
        assert status == 200
        return dict(found)

    def certificate(self) -> dict[str, Any]:
        """The only certificate that it has been told of."""
        (only,) = self.state()["certificates"]
        return dict(only)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content) if content else None


@cache
def _province_key() -> bytes:
    """One key for all tests: it takes longer to make than a test to run."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def sandbox_in(folder: Path) -> Iterator[Sandbox]:
    """The sandbox with its state in a folder."""
    (folder / "state.db.province.pem").write_bytes(_province_key())
    (folder / "state.db.province.pem").chmod(0o600)
    server = sandbox_platform.server(0, folder / "state.db")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Sandbox(folder, server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_server(talk: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """A port at which `talk` is given each connection and its number, from 0."""
    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            held.append(connection)
            threading.Thread(target=begin, args=(connection, len(held) - 1), daemon=True).start()

    def begin(connection: socket.socket, number: int) -> None:
        try:
            talk(connection, number)
        except OSError:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        for one in held:
            one.close()


def request_on(connection: socket.socket) -> bytes:
    """All of a request, as its Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def response(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def scripted(*bodies: Any, status: str = "200 OK", headers: str = "", life: Any = 7200) -> Any:
    """A server that gives tokens, and answers calls with these bodies, the last for ever."""
    answered = []

    def talk(connection: socket.socket, _: int) -> None:
        if b"grant_type" in request_on(connection):
            token = {"access_token": "t", "expires_in": life}
            connection.sendall(response(json.dumps(token).encode()))
            return
        body = bodies[min(len(answered), len(bodies) - 1)]
        answered.append(body)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.sendall(response(content, status, headers))

    return raw_server(talk)


def at(sandbox: Sandbox, port: int, **changes: Any) -> NationalPlatform:
    """A platform at another port."""
    url = f"http://127.0.0.1:{port}"
    return sandbox.platform(url=url, token_url=f"{url}/token", **changes)
