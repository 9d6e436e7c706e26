"""One HTTP exchange with a time stamping authority (RFC 3161 3.4), bounded in time and size.

No redirect is followed, no proxy asked and no password sent: an authority stands at the address
that was configured, and what it says is signed.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from http.client import HTTP_PORT, HTTPS_PORT, HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import SplitResult, urlsplit

from signing.errors import TimeStampUnavailable

MAX_ANSWER_BYTES: Final = 64 << 10
"""Largest answer read, bytes: a token with three certificates on RSA 4096 has about 6 KB."""

_OK: Final = 200
_BUSY: Final = frozenset({408, 425, 429})
"""What a server says who can be asked again, beside all of 500 to 599."""

_SERVER_ERROR: Final = 500

_HEADERS: Final = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "Connection": "close",
}


def post(url: str, question: bytes, timeout_s: float, ca_file: str | None = None) -> bytes:
    """The body of the answer, within `timeout_s` seconds; raises TimeStampUnavailable.

    (What the system takes to look up the host's name, and to try a second address of it where the
    first is silent, comes on top.)
    """
    parts = _address(url)
    deadline = time.monotonic() + timeout_s
    context = _context_of(url, ca_file) if parts.scheme == "https" else None
    try:
        with _deadline(_line(parts, timeout_s), deadline) as line:
            return _exchange(url, parts, question, line, context)
    except (OSError, HTTPException) as error:
        if time.monotonic() >= deadline or isinstance(error, TimeoutError):
            reason = f"no answer within {timeout_s:g} s"
        else:
            reason = f"the connection failed ({error or type(error).__name__})"
        untrusted = isinstance(error, ssl.SSLCertVerificationError)
        raise TimeStampUnavailable(url, reason, retryable=not untrusted) from error


def _line(parts: SplitResult, timeout_s: float) -> socket.socket:
    port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
    line = socket.create_connection((parts.hostname or "", port), timeout_s)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


@contextmanager
def _deadline(line: socket.socket, deadline: float) -> Iterator[socket.socket]:
    """The line, which is cut at the deadline: a socket's own time-out begins anew at every byte.

    It is cut by a second descriptor of it, which nobody closes or wraps meanwhile.
    """
    with line, line.dup() as switch:

        def cut() -> None:
            with suppress(OSError):
                switch.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(deadline - time.monotonic(), 0), cut)
        timer.daemon = True
        timer.start()
        try:
            yield line
            if time.monotonic() >= deadline:
                raise TimeoutError  # what was read may end where the line was cut
        finally:
            timer.cancel()
            timer.join()


def _exchange(
    url: str,
    parts: SplitResult,
    question: bytes,
    line: socket.socket,
    context: ssl.SSLContext | None,
) -> bytes:
    host = parts.hostname or ""
    connection = HTTPConnection(host, parts.port)
    if context is not None:
        line = context.wrap_socket(line, server_hostname=host)
    connection.sock = line
    try:
        connection.request("POST", _target(parts), question, _HEADERS)
        with connection.getresponse() as response:
            return _body(url, response)
    finally:
        connection.close()


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise TimeStampUnavailable(url, "this is no http or https address", retryable=False)
    if parts.username is not None or parts.password is not None:
        raise TimeStampUnavailable(
            "(withheld)", "an address must hold no user and no password", retryable=False
        )
    return parts


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _context_of(url: str, ca_file: str | None) -> ssl.SSLContext:
    try:
        return _context(ca_file)
    except OSError as error:
        raise TimeStampUnavailable(
            url, f"the roots of its TLS certificate cannot be read: {error}", retryable=False
        ) from error


@lru_cache(4)
def _context(ca_file: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _body(url: str, response: HTTPResponse) -> bytes:
    if response.status != _OK:
        busy = response.status in _BUSY or response.status >= _SERVER_ERROR
        raise TimeStampUnavailable(
            url, f"it answers with HTTP status {response.status}", retryable=busy
        )
    body = response.read(MAX_ANSWER_BYTES + 1)
    if len(body) > MAX_ANSWER_BYTES:
        raise TimeStampUnavailable(
            url, f"its answer is larger than {MAX_ANSWER_BYTES} bytes", retryable=False
        )
    if response.length:  # what is still to come of what it announced
        raise TimeStampUnavailable(url, "its answer is cut off", retryable=True)
    kind = response.headers.get_content_type()
    if kind != "application/timestamp-reply":
        shown = kind if kind.isprintable() else "something else"
        raise TimeStampUnavailable(
            url, f"it answers with {shown[:80]}, not with a time stamp", retryable=False
        )
    return body
