"""A file with a secret to hand over: it was not there before, and only its owner reads it."""

from __future__ import annotations

import os
from pathlib import Path

from signing import atomic


def write(path: Path, text: str) -> None:
    """Write a file (ASCII) that only its owner may read and that was not there before.

    Raises:
        OSError: it was, or the folder cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, atomic.PRIVATE_FILE), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
