"""A seal service that does what a test tells it: real TLS on loopback, and made-up answers."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

from service.seal_service import trial as seal_service_trial
from signing import keys, remote_access, remote_calls

PATIENCE = 20.0
"""Seconds after which a handler gives up, so that no test hangs."""


def context(folder):
    """TLS as the real service has it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(folder / "server.pem", folder / "server.key")
    made.load_verify_locations(folder / "ca.pem")
    made.verify_mode = ssl.CERT_REQUIRED
    return made


class Service:
    """Answers one request after another by the functions in `answers`, then by `otherwise`.

    Each is given the request (method, path, body) and gives bytes or pieces, and None to hang up.
    What came is in `requests`, and how many connections in `connections`.
    """

    def __init__(self, folder):
        self.tls = context(folder)
        self._listener = socket.create_server((seal_service_trial.HOST, 0))
        self.port = self._listener.getsockname()[1]
        self.requests, self.answers, self.otherwise = [], [], lambda *_: None
        self.connections = 0
        self._open = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def uri(self, name="p256"):
        return f"https://{seal_service_trial.HOST}:{self.port}/v1/keys/{name}"

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(PATIENCE)
            thread = threading.Thread(target=self._serve, args=(plain,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain):
        try:
            with self.tls.wrap_socket(plain, server_side=True) as connection:
                self._open.append(connection)
                self.connections += 1
                while (request := read(connection)) is not None:
                    self.requests.append(request)
                    answer = (self.answers.pop(0) if self.answers else self.otherwise)(*request)
                    if answer is None:
                        return
                    for piece in [answer] if isinstance(answer, bytes) else answer:
                        if piece is None:
                            return
                        connection.sendall(piece)
        except OSError:
            plain.close()


def read(connection):
    """The next request of a connection: method, path, body; None at its end."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *headers = head.decode("ascii").split("\r\n")
    length = next((int(h[15:]) for h in headers if h.lower().startswith("content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return method, path, body


def http(body, status="200 OK", media_type="application/json", length=None):
    """An answer of HTTP."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


def problem(status, detail):
    """A problem document."""
    body = json.dumps({"status": int(status[:3]), "detail": detail}).encode()
    return http(body, status, "application/problem+json")


def key_answer(key, name="p256", algorithm="ecdsa-sha256"):
    """The answer to what a key is; `key` its public half in DER."""
    members = {"key": name, "algorithm": algorithm, "public_key": base64.b64encode(key).decode()}
    return http(json.dumps(members).encode())


def signature_answer(body, sign, **changes):
    """The right answer to a request to sign, but for the changes."""
    asked = json.loads(body)
    signature = sign(base64.b64decode(asked["digest"]))
    members = {
        "request_id": asked["request_id"],
        "key": "p256",
        "algorithm": asked["algorithm"],
        "signature": base64.b64encode(signature).decode(),
    }
    return http(json.dumps(members | changes).encode())


def slowly(answer, seconds):
    """The answer byte by byte."""
    for at in range(len(answer)):
        time.sleep(seconds)
        yield answer[at : at + 1]


@contextmanager
def reached(access):
    """Seal services reached so, and by nothing that is left of other tests."""
    remote_access.configure(access)
    try:
        yield
    finally:
        remote_calls.hang_up()
        remote_access.configure(None)
        keys.configure(keys.KeyPolicy())
