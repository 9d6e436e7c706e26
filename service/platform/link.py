"""One POST to the platform and one answer, bounded in time and bytes; http for practice, or https.

No address, query or header of a request is ever put into an error: the token stands in the query.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from service.exchange_watch import Watch
from service.platform.answers import MAX_ANSWER_BYTES
from service.platform.errors import PlatformUnreachable

MAX_RETRY_AFTER_S = 86_400
"""Longest wait that is believed: whoever asks for more than a day means that it is broken."""

USER_AGENT = "sealpress"


@dataclass(frozen=True)
class HttpAnswer:
    """The status, the body (one byte longer than the limit where it is longer), the wait asked."""

    status: int
    content: bytes
    retry_after: int | None


def post(
    url: str,
    query: Mapping[str, str],
    content_type: str,
    body: bytes,
    *,
    timeout_s: float,
    ca: Path | None = None,
) -> HttpAnswer:
    """Send a body and read the answer, within `timeout_s` seconds in all.

    Raises:
        PlatformUnreachable: no whole answer came.
    """
    connection = _connection(url, timeout_s, ca)
    watch = Watch(timeout_s)
    sent = False
    try:
        connection.connect()
        watch.begin(connection.sock)
        sent = True
        connection.request("POST", _target(url, query), body, _headers(content_type))
        answer = _read(connection.getresponse())
        # A body without a length ends where the watch ends it.
        watch.require_in_time()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise _told(error, overdue=watch.overdue, sent=sent, timeout_s=timeout_s) from None
    else:
        return answer
    finally:
        watch.end()
        connection.close()


def _connection(url: str, timeout_s: float, ca: Path | None) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    try:
        context = _context(ca, ca.stat().st_mtime_ns if ca else 0)
    except (OSError, ssl.SSLError):
        raise PlatformUnreachable(
            "[platform] ca 中的证书无法读取 (its CA file cannot be read)",
            retryable=False,
            may_have_acted=False,
        ) from None
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=context)


@lru_cache(maxsize=4)
def _context(ca: Path | None, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - of the cache
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _target(url: str, query: Mapping[str, str]) -> str:
    path = urlsplit(url).path or "/"
    return f"{path}?{urlencode(query)}" if query else path


def _headers(content_type: str) -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Content-Type": content_type,
        "User-Agent": USER_AGENT,
        "Connection": "close",
    }


def _read(response: http.client.HTTPResponse) -> HttpAnswer:
    content = response.read(MAX_ANSWER_BYTES + 1)
    if response.length and len(content) <= MAX_ANSWER_BYTES:
        raise http.client.IncompleteRead(content, response.length)
    return HttpAnswer(response.status, content, _retry_after(response.headers.get("Retry-After")))


def _retry_after(value: str | None) -> int | None:
    """Seconds; a date is not read, so that no clock of theirs counts."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    return min(int(value), MAX_RETRY_AFTER_S)


def _told(error: Exception, *, overdue: bool, sent: bool, timeout_s: float) -> PlatformUnreachable:
    if overdue or isinstance(error, TimeoutError):
        reason = f"{timeout_s:.1f} 秒内没有答复 (no answer in time)"
        return PlatformUnreachable(reason, retryable=True, may_have_acted=sent)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"平台证书不可信 (its certificate is not trusted): {error.verify_message}"
        return PlatformUnreachable(reason, retryable=False, may_have_acted=False)
    if not sent:
        reason = f"无法连接 (cannot be reached): {_named(error)}"
        return PlatformUnreachable(reason, retryable=True, may_have_acted=False)
    reason = f"连接中断 (the connection broke off): {_named(error)}"
    return PlatformUnreachable(reason, retryable=True, may_have_acted=True)


def _named(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
