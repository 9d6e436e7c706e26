"""The finished files, in a folder that is addressed by content.

A file's name is its SHA-256, so writing one twice does no harm, and a file that was changed behind
our back is noticed when it is read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path

from service import turns
from service.errors import NotFound, ServiceError
from signing import atomic

WRITERS = 8
"""Documents that are written beside others at once: as many as a server has threads."""


class DocumentStore:
    """Documents below `folder`, spread over 256 sub-folders by their first two digits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the document with that digest (lower-case hex) stands, or would stand."""
        return self.folder / sha256[:2] / sha256

    def probe(self) -> None:
        """Try whether documents can be written.

        Raises:
            OSError: they cannot.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.folder):
            pass

    def put(self, data: bytes) -> str:
        """Keep a document; gives its SHA-256. When it returns, the bytes are on the disk.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(target, data)
        return sha256

    def put_both(self, first: bytes, second: bytes) -> tuple[str, str]:
        """Keep two documents as `put` does, at once: the disk's waiting is waited for once.

        Raises:
            OSError: as `put`.
        """
        with turns.LOCK.paused():
            kept = _other(os.getpid()).submit(self.put, first)
            try:
                second_sha256 = self.put(second)
            finally:
                wait([kept])
            return kept.result(), second_sha256

    def get(self, sha256: str) -> bytes:
        """The document with that digest, checked against it.

        Raises:
            NotFound: there is none.
            ServiceError: the bytes on the disk are no longer those that were kept.
        """
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("文件不存在 (no such document)") from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ServiceError("存储的文件已损坏 (the stored document is damaged)")
        return data


@lru_cache(maxsize=1)
def _other(_process: int) -> ThreadPoolExecutor:
    """The threads of this process that write beside the one that asks; none survives a fork."""
    return ThreadPoolExecutor(WRITERS, "documents")
