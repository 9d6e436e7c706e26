"""Connections to one remote seal service: mutual TLS, kept open between requests, and bounded.

One request is sent and one answer read, whatever the answer is. Each step has its time, and what
is read has its size.
"""

from __future__ import annotations

import http.client
import ssl
import stat
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from signing.deadline_socket import DeadlineSocket
from signing.errors import SigningError
from signing.remote_access import RemoteAccess
from signing.remote_protocol import MAX_ANSWER_BYTES, MEDIA_TYPE

KEPT_CONNECTIONS = 8
"""Idle connections held to a service: one for each thread that issues at once."""

KEPT_SECONDS = 50.0
"""How long an idle connection is used again: less than the 75 s after which the service ends it."""

HEADERS = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE, "User-Agent": "sealpress"}


class Unreachable(SigningError):
    """No answer came; `retryable` says whether another try may bring one."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        self.retryable = retryable
        super().__init__(reason)


@dataclass(frozen=True)
class Answer:
    """What a service answered: the status of HTTP, the media type, and the body."""

    status: int
    media_type: str
    content: bytes


class _HungUp(Unreachable):
    """The service has closed the connection before it began to answer."""


class Connections:
    """The connections to the service at a host and port; may be used by several threads."""

    def __init__(self, host: str, port: int, access: RemoteAccess) -> None:
        self._host, self._port, self._access = host, port, access
        self._lock = threading.Lock()
        self._idle: list[tuple[float, http.client.HTTPSConnection]] = []

    def exchange(self, method: str, path: str, body: bytes | None) -> Answer:
        """Send a request and read the answer; raises Unreachable.

        A connection that the service has closed meanwhile is no failure: the request is sent again
        over a new one. So a request may arrive twice, and must carry an identifier.
        """
        while (kept := self._take()) is not None:
            try:
                return self._over(kept, method, path, body)
            except _HungUp:
                continue
        return self._over(self._opened(), method, path, body)

    def close(self) -> None:
        """Close the connections that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def abandon(self) -> None:
        """Close this process's end of them after a fork; the parent goes on with its own.

        No lock is taken, for a thread of the parent may have held it.
        """
        for _, connection in self._idle:
            connection.close()

    def _over(
        self, connection: http.client.HTTPSConnection, method: str, path: str, body: bytes | None
    ) -> Answer:
        """The answer over a connection, which is kept if it came to its end."""
        try:
            cast("DeadlineSocket", connection.sock).expire_in(self._access.timeout_s)
            connection.request(method, path, body, HEADERS)
            response = connection.getresponse()
            content = _content(response)
            whole = response.isclosed() and not response.will_close
        except BaseException as error:
            connection.close()
            raise self._told(error) from None
        if whole:
            self._keep(connection)
        else:
            connection.close()
        return Answer(response.status, response.headers.get_content_type(), content)

    def _opened(self) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(
            self._host,
            self._port,
            timeout=self._access.timeout_s,
            context=_context(self._access, _states(self._access)),
        )
        try:
            connection.connect()
        except BaseException as error:
            connection.close()
            raise self._told(error) from None
        return connection

    def _take(self) -> http.client.HTTPSConnection | None:
        """The connection that was idle shortest, if one is young enough."""
        with self._lock:
            if self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < KEPT_SECONDS:
                    return connection
                old = [connection, *(one for _, one in self._idle)]  # the rest is older still
                self._idle.clear()
            else:
                old = []
        for one in old:
            one.close()
        return None

    def _keep(self, connection: http.client.HTTPSConnection) -> None:
        with self._lock:
            if len(self._idle) < KEPT_CONNECTIONS:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()

    def _told(self, error: BaseException) -> BaseException:
        """What went wrong with a connection, in words; what is none of that stays what it is."""
        if isinstance(error, TimeoutError):
            reason = f"no answer within {self._access.timeout_s:g} s"
            return Unreachable(reason, retryable=True)
        if isinstance(error, OSError | http.client.HTTPException):
            return _unreachable(error)
        return error


def _content(response: http.client.HTTPResponse) -> bytes:
    """The body, or one byte more than the limit of a longer one."""
    content = response.read(MAX_ANSWER_BYTES + 1)
    if response.length and len(content) <= MAX_ANSWER_BYTES:
        raise http.client.IncompleteRead(content, response.length)
    return content


def _unreachable(error: OSError | http.client.HTTPException) -> Unreachable:
    if isinstance(error, ssl.SSLError):
        return _tls_failed(error)
    if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError):
        return _HungUp("it broke off before it answered", retryable=True)
    if isinstance(error, http.client.IncompleteRead):
        return Unreachable("it broke off in the middle of its answer", retryable=True)
    if isinstance(error, OSError):
        return Unreachable(error.strerror or type(error).__name__, retryable=True)
    return Unreachable(f"its answer is not HTTP ({type(error).__name__})", retryable=False)


def _tls_failed(error: ssl.SSLError) -> Unreachable:
    """TLS's troubles: a refusal, by either side, stays one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"its certificate is not trusted: {error.verify_message}"
        return Unreachable(said, retryable=False)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _HungUp("it broke off before it answered", retryable=True)
    reason = (error.reason or "unknown").lower().replace("_", " ")
    if "alert" in reason:
        return Unreachable(f"it refuses our certificate or TLS: {reason}", retryable=False)
    return Unreachable(f"TLS failed: {reason}", retryable=True)


def _states(access: RemoteAccess) -> Hashable:
    """What changes when one of the files is replaced: certificates are renewed while we run."""
    found = []
    for path in (access.ca, access.certificate, access.key):
        try:
            at = path.stat()
        except OSError as error:
            raise _unusable(path, error.strerror or "unreadable") from None
        found.append((at.st_ino, at.st_size, at.st_mtime_ns))
    return tuple(found)


@lru_cache(maxsize=4)
def _context(access: RemoteAccess, _states: Hashable) -> ssl.SSLContext:
    if access.key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _unusable(access.key, "others than its owner may use it; chmod 600 it")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = DeadlineSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cafile=access.ca)
    except (OSError, ValueError):
        raise _unusable(access.ca, "no certificates in PEM") from None
    try:
        # An empty passphrase: with none the library would ask at the terminal.
        context.load_cert_chain(access.certificate, access.key, password="")
    except (OSError, ValueError):
        raise _unusable(
            access.key, f"no unencrypted key in PEM that belongs to {access.certificate}"
        ) from None
    return context


def _unusable(path: Path, reason: str) -> Unreachable:
    return Unreachable(f"our own file {path} cannot be used: {reason}", retryable=False)
