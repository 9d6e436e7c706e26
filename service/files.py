"""Reading and writing the files that a person names on the command line."""

from __future__ import annotations

from pathlib import Path

from service.errors import Unreadable
from signing import atomic


def read_at_most(path: Path, limit: int) -> bytes:
    """The file's bytes, at most `limit` and one more, so that a larger file is seen as such.

    Raises:
        Unreadable: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"{path.name}: 无法读取 (cannot be read): {error.strerror}") from None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is never seen half written.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, data, atomic.PUBLIC_FILE)
