"""How this process reaches remote seal services: whom it trusts, and as whom it comes.

Set once, when an installation is opened; nothing of TLS is loaded before the first key is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MAX_TIMEOUT_S = 30.0
"""Longest time-out: the HTTP service gives up a request after as many seconds."""

MAX_TRIES = 10
"""Most tries: with pauses that double, the last would follow after half a minute."""


@dataclass(frozen=True)
class RemoteAccess:
    """Mutual TLS with the services behind `https:` keys, and how long to try.

    `ca` (PEM) certifies the services: it alone, not the system's authorities. `certificate` (PEM,
    with what leads to the services' own CA) and `key` (PEM, unencrypted, for its owner only) are
    ours.
    """

    ca: Path
    certificate: Path
    key: Path
    timeout_s: float = 5.0
    """Longest time in seconds for connecting, for the TLS handshake, and for one answer each."""
    tries: int = 3
    """How often one request is sent before it fails; always under the same identifier."""
    failures_to_open: int = 5
    """After so many failures in a row a service is left alone: it is down, not unlucky."""
    open_s: float = 15.0
    """Seconds until one request may try again; an issue waits no longer than that for nothing."""

    def __post_init__(self) -> None:
        """Raises ValueError where a number is none that works."""
        if not (0 < self.timeout_s <= MAX_TIMEOUT_S and 1 <= self.tries <= MAX_TRIES):
            raise ValueError(f"0 to {MAX_TIMEOUT_S:g} s and 1 to {MAX_TRIES} tries")


_current: RemoteAccess | None = None


def configure(access: RemoteAccess | None) -> None:
    """Put the access in force for this process; None: there is none."""
    global _current
    _current = access


def current() -> RemoteAccess | None:
    """The access in force, if there is one."""
    return _current
