"""Asking a remote seal service: again where that may help, and not where it cannot.

The same bytes are sent at every try, so the service sees one request. What it answers is read as
problem document (RFC 9457) where it refuses.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from dataclasses import dataclass

from signing.circuit_breaker import CircuitBreaker
from signing.errors import KeyUnavailable
from signing.remote_access import RemoteAccess
from signing.remote_connections import Answer, Connections, Unreachable
from signing.remote_protocol import MAX_ANSWER_BYTES, MEDIA_TYPE

FIRST_PAUSE_S = 0.1
"""Seconds before the second try, give or take a half; each further pause is twice as long."""

MAX_DETAIL_CHARACTERS = 200
"""How much of a service's own words goes into an error."""

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be others in a moment (RFC 9110 chapter 15, RFC 6585)."""

_OUT_OF_ORDER = frozenset({500, 502, 503, 504})
"""Statuses by which the service itself, or what stands before it, is at fault."""


@dataclass(frozen=True)
class Service:
    """The service at a host and port, asked with that access."""

    host: str
    port: int
    access: RemoteAccess


class _Line:
    """What is kept of a service between requests."""

    def __init__(self, service: Service) -> None:
        access = service.access
        self.connections = Connections(service.host, service.port, access)
        self.breaker = CircuitBreaker(access.failures_to_open, access.open_s)
        self.last_failure = ""


_LINES_LOCK = threading.Lock()
_lines: dict[Service, _Line] = {}  # as few as there are services in the settings


def ask(service: Service, uri: str, method: str, path: str, body: bytes | None = None) -> bytes:
    """The body of the answer to a request about the key of that URI; raises KeyUnavailable."""
    line = _line(service)
    pause = FIRST_PAUSE_S
    for _ in range(service.access.tries - 1):
        try:
            return _ask_once(line, uri, method, path, body)
        except KeyUnavailable as error:
            if not error.retryable or line.breaker.is_open():
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing
        pause *= 2
    return _ask_once(line, uri, method, path, body)


def hang_up() -> None:
    """Close what is open to services, and forget how they did."""
    with _LINES_LOCK:
        for line in _lines.values():
            line.connections.close()
        _lines.clear()


def _line(service: Service) -> _Line:
    with _LINES_LOCK:
        return _lines.setdefault(service, _Line(service))


def _begin_anew() -> None:
    """After a fork: the connections are the parent's, and so are whatever locks were held."""
    global _LINES_LOCK
    _LINES_LOCK = threading.Lock()
    for line in _lines.values():
        line.connections.abandon()
    _lines.clear()


os.register_at_fork(after_in_child=_begin_anew)


def _ask_once(line: _Line, uri: str, method: str, path: str, body: bytes | None) -> bytes:
    if (wait := line.breaker.seconds_to_wait()) > 0:
        raise KeyUnavailable(
            uri,
            f"its service is left alone for {wait:.0f} s more, after {line.last_failure}",
            retryable=True,
        )
    try:
        answer = line.connections.exchange(method, path, body)
    except Unreachable as error:
        line.last_failure = str(error)
        line.breaker.failed()
        raise KeyUnavailable(
            uri, f"its service cannot be reached: {error}", retryable=error.retryable
        ) from None
    if answer.status in _OUT_OF_ORDER:
        line.last_failure = f"status {answer.status}"
        line.breaker.failed()
    else:
        line.breaker.succeeded()
    return _content(answer, uri)


def _content(answer: Answer, uri: str) -> bytes:
    if len(answer.content) > MAX_ANSWER_BYTES:
        raise KeyUnavailable(uri, f"its service answers with more than {MAX_ANSWER_BYTES} bytes")
    if answer.status != 200:
        passing = answer.status in _PASSING
        said = f"its service answers {answer.status}{_detail(answer.content)}"
        raise KeyUnavailable(uri, said, retryable=passing)
    if answer.media_type != MEDIA_TYPE:
        raise KeyUnavailable(uri, "its service answers with something else than JSON")
    return answer.content


def _detail(content: bytes) -> str:
    """What a problem document says, as far as it can be shown."""
    try:
        detail = json.loads(content)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    if not isinstance(detail, str):
        return ""
    shown = "".join(one if one.isprintable() else " " for one in detail[:MAX_DETAIL_CHARACTERS])
    return f": {shown}" if shown.strip() else ""
