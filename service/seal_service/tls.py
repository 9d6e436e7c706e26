"""TLS of a seal service: version 1.3, nobody without a certificate, nobody who dawdles."""

from __future__ import annotations

import errno
import ssl
import stat
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.errors import Misconfigured
from service.seal_service.config import SealServiceConfig
from signing.deadline_socket import DeadlineSocket

EXCHANGE_SECONDS = 10.0
"""Longest time for the handshake, and for one request and its answer: they take milliseconds. A
thread of the service is held that long at most by a caller who stops in the middle."""


class PunctualSocket(DeadlineSocket):
    """The server's end of a connection, as gunicorn's threads use it.

    They make it blocking when a request begins, and non-blocking while they wait for the next: so
    each request has its deadline. A caller who misses it is treated like one who hung up.
    """

    def setblocking(self, flag: bool) -> None:
        """Begin an exchange, or end it."""
        self.expire_in(EXCHANGE_SECONDS if flag else None)
        super().setblocking(flag)

    def do_handshake(self, block: bool = False) -> None:
        """Make the handshake, in time."""
        self.settimeout(EXCHANGE_SECONDS)
        try:
            super().do_handshake(block)
        except TimeoutError:
            raise _gone() from None
        self.expire_in(EXCHANGE_SECONDS)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 - see DeadlineSocket
        """Read until the deadline."""
        try:
            return super().read(len, buffer)
        except TimeoutError:
            raise _gone() from None

    def send(self, data: Any, flags: int = 0) -> int:
        """Send until the deadline."""
        try:
            return super().send(data, flags)
        except TimeoutError:
            raise _gone() from None


def context(config: SealServiceConfig) -> ssl.SSLContext:
    """The service's TLS; made anew when one of its files has changed. Raises Misconfigured."""
    paths = (config.certificate, config.key, config.client_ca, config.client_crl)
    try:
        states = tuple(None if path is None else _state(path) for path in paths)
    except OSError as error:
        raise Misconfigured(f"{error.filename}: {error.strerror}") from None
    return _context(*paths, states)


def _state(path: Path) -> Hashable:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=2)
def _context(
    certificate: Path, key: Path, client_ca: Path, client_crl: Path | None, _states: Hashable
) -> ssl.SSLContext:
    if key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misconfigured(f"{key}: others than its owner may use it; chmod 600 it")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.sslsocket_class = PunctualSocket
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    made.num_tickets = 0  # each connection shows its certificate anew; they are kept open for long
    try:
        # An empty passphrase: with none the library would ask at the terminal.
        made.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError):
        raise Misconfigured(
            f"{key}: no unencrypted key in PEM that belongs to {certificate}"
        ) from None
    try:
        made.load_verify_locations(cafile=client_ca)
        if client_crl is not None:
            made.load_verify_locations(cafile=client_crl)
            made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    except (OSError, ValueError):
        raise Misconfigured("client_ca or client_crl: not what it should be, in PEM") from None
    return made


def _gone() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the caller took too long")
