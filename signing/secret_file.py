"""Files that hold a secret: a key, its passphrase, the PIN of a token.

Only their owner may use them, and the rights looked at are those of the very file that is read.
Errors name the key by URI and the file's fault, never what is in the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Hashable
from pathlib import Path

from signing.errors import KeyUnavailable

MAX_LINE_BYTES = 1024
"""Longest passphrase or PIN: PKCS#12 and tokens allow far less, and people type none longer."""


def state(path: Path, uri: str, name: str = "the file") -> Hashable:
    """What changes when the file does: its node, size and time of change in nanoseconds.

    `name` says in errors which of a key's files it is. Raises KeyUnavailable.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(uri, name, error) from None
    _require_private(found, uri, name)
    return found.st_ino, found.st_size, found.st_mtime_ns


def read(path: Path, uri: str, max_bytes: int, name: str = "the file") -> bytes:
    """The content of the file; raises KeyUnavailable, also where it is longer than `max_bytes`."""
    try:
        # Not to wait where a pipe was put in the file's place.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            _require_private(os.fstat(descriptor), uri, name)
            content = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(uri, name, error) from None
    if len(content) > max_bytes:
        raise KeyUnavailable(uri, f"{name} is larger than {max_bytes} bytes")
    return content


def line(path: Path, uri: str, name: str) -> bytes:
    """The passphrase or PIN in a file: its content without one line end behind it.

    Raises KeyUnavailable, also where nothing is in it, or a NUL, which would cut it short in C.
    """
    content = read(path, uri, MAX_LINE_BYTES, name)
    secret = content.removesuffix(b"\n").removesuffix(b"\r")
    if not secret or b"\0" in secret:
        raise KeyUnavailable(uri, f"{name} holds no secret")
    return secret


def _require_private(found: os.stat_result, uri: str, name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyUnavailable(uri, f"{name} is no regular file")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(found.st_mode)
        raise KeyUnavailable(
            uri, f"others than its owner may use {name} (mode {mode:04o}); chmod 600 it"
        )


def _unreadable(uri: str, name: str, error: OSError | ValueError) -> KeyUnavailable:
    reason = error.strerror if isinstance(error, OSError) else None
    return KeyUnavailable(uri, f"{name}: {reason or 'it cannot be read'}")
