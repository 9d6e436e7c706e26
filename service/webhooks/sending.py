"""One try to post a notification: to addresses that are allowed, within a time, once.

The host's name is resolved once. Every address that it has must be allowed, and the connection is
made to one of these very addresses: a name that points somewhere else a moment later (DNS
rebinding) leads nowhere. No redirect is followed and no proxy used.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from service.exchange_watch import Watch
from service.webhook_settings import WebhookSettings
from service.webhooks.addresses import Address, Network, allowed
from service.webhooks.target import Target

MAX_ANSWER_BYTES = 64 * 1024
"""What is read of an answer, bytes; only its status counts."""

MAX_ADDRESSES = 4
"""To so many addresses of a host a connection is tried; the rest comes with the next try."""

USER_AGENT = "sealpress-webhooks"


class NotTold(Exception):
    """The receiver did not take it; the message may be shown: no path, query or secret is in it.

    `works` says that the host itself is well: it answered, and refused this one.
    """

    def __init__(self, message: str, *, works: bool = False) -> None:
        self.works = works
        super().__init__(message)


OF_A_HOST = frozenset({408, 429})
"""Refusals that speak of the host's state, not of what it was sent (RFC 9110, RFC 6585)."""


Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them.

    Raises:
        OSError: it has none. The system's own resolver says how long that takes.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    settings: WebhookSettings,
    resolve: Resolve = resolve,
) -> int:
    """Post a body; gives the status, which is a 2xx.

    Raises:
        NotTold: it was not taken, or may not have been.
    """
    try:
        # A name is resolved in its ASCII form; what has none is no name.
        addresses = _permitted(resolve(target.host, target.port), settings.allow_private)
    except (OSError, UnicodeError):
        raise NotTold("主机名无法解析 (the host's name cannot be resolved)") from None
    watch = Watch(settings.timeout_s)
    try:
        status = _exchange(target, body, headers, settings, addresses, watch)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotTold(_reason(error, overdue=watch.overdue, settings=settings)) from None
    finally:
        watch.end()
    if not 200 <= status < 300:
        redirect = "，不跟随重定向 (redirects are not followed)" if 300 <= status < 400 else ""
        raise NotTold(f"HTTP {status}{redirect}", works=status < 500 and status not in OF_A_HOST)
    return status


def _permitted(found: Sequence[str], private: Sequence[Network]) -> Sequence[Address]:
    """The addresses of a host, if each of them is allowed."""
    addresses = [ipaddress.ip_address(text) for text in found]
    if refused := [one for one in addresses if not allowed(one, private)]:
        raise NotTold(f"不允许的地址 (this address is not allowed): {refused[0]}")
    return addresses[:MAX_ADDRESSES]


def _exchange(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    settings: WebhookSettings,
    addresses: Sequence[Address],
    watch: Watch,
) -> int:
    kind = http.client.HTTPSConnection if target.tls else http.client.HTTPConnection
    connection = kind(target.host, target.port)
    held = _connect(addresses, target.port, settings.timeout_s)
    # TLS takes the socket over; its twin ends the same connection when time is up.
    with held, socket.socket(fileno=os.dup(held.fileno())) as twin:
        watch.begin(twin)
        connection.sock = _secured(held, target, settings.ca) if target.tls else held
        try:
            connection.request("POST", target.path, body, dict(headers) | _HEADERS)
            with connection.getresponse() as response:
                # The end that the watch makes looks like the end of the headers.
                watch.require_in_time()
                # The answer is in the status; the rest is read so that it can be said.
                with suppress(OSError, http.client.HTTPException, ValueError):
                    response.read(MAX_ANSWER_BYTES)
                return response.status
        finally:
            connection.close()


_HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": USER_AGENT,
    "Connection": "close",
}


def _connect(addresses: Sequence[Address], port: int, timeout_s: float) -> socket.socket:
    """A connection to the first address that has somebody listening."""
    until, last = time.monotonic() + timeout_s, OSError("no address")
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            held = socket.create_connection((str(address), port), timeout=left)
        except OSError as error:
            last = error
            continue
        held.settimeout(timeout_s)
        return held
    raise last


def _secured(held: socket.socket, target: Target, ca: Path | None) -> ssl.SSLSocket:
    """TLS, for the name that was asked for, whatever its address."""
    context = _context(ca, ca.stat().st_mtime_ns if ca else 0)
    return context.wrap_socket(held, server_hostname=target.host)


@lru_cache(maxsize=4)
def _context(ca: Path | None, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - of the cache
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reason(error: Exception, *, overdue: bool, settings: WebhookSettings) -> str:
    if overdue or isinstance(error, TimeoutError):
        return f"{settings.timeout_s:g} 秒内没有答复 (no answer in time)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"对方证书不可信 (its certificate is not trusted): {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS 失败 (TLS failed): {error.reason or type(error).__name__}"
    if isinstance(error, http.client.HTTPException | ValueError):
        return f"答复无法识别 (no HTTP answer): {type(error).__name__}"
    named = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
    return f"无法连接或连接中断 (cannot be reached, or broke off): {named}"
