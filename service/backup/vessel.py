"""What a backup is kept in: a tar file, or a folder with the same names in it.

Both can be read without us. Both are readable by their owner only: they hold persons, and the
digests of access keys; with keys they hold those.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from service.errors import ServiceError
from signing import atomic

MANIFEST = "manifest.json"
REGISTER = "register.jsonl"

_NAMES = re.compile(
    r"manifest\.json|register\.jsonl|documents/[0-9a-f]{2}/[0-9a-f]{64}"
    r"|home/(?:[^/\0]+/){0,8}[^/\0]+"
)
"""What may stand in a backup; a name that leads out of it never does."""

_PIECE = 1 << 20


class Damaged(ServiceError):
    """A backup is not as it was made, or is none."""

    slug = "damaged-backup"
    title = "备份不可用 (the backup cannot be used)"


@dataclass(frozen=True)
class Kept:
    """What was put in: its name, SHA-256 and bytes."""

    name: str
    sha256: str
    size: int


class Vessel(Protocol):
    """Where a backup is written."""

    def put(self, name: str, source: IO[bytes]) -> Kept:
        """Keep all that a file holds."""
        ...


class _Tar:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def put(self, name: str, source: IO[bytes]) -> Kept:
        kept = _measured(name, source)
        source.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = kept.size, atomic.PRIVATE_FILE
        self._archive.addfile(entry, source)
        return kept


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, source: IO[bytes]) -> Kept:
        target = self._folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _private(target) as file:
            return _measured(name, source, file)


@contextmanager
def making(target: Path) -> Iterator[Vessel]:
    """A vessel to be filled; it has its name only once it is full, and nothing stays if it fails.

    Raises:
        OSError: there is something of that name already, or it cannot be written.
    """
    if target.exists():
        raise FileExistsError(17, "已存在 (it is there already)", str(target))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if target.suffix == ".tar":
            with _private(part) as file, tarfile.open(fileobj=file, mode="w") as archive:
                yield _Tar(archive)
        else:
            part.mkdir(mode=0o700)
            yield _Folder(part)
        os.sync()
        part.rename(target)
        atomic.sync_folder(target.parent)
    except BaseException:
        discard(part)
        raise


def entries(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of all that a backup holds; each is read before the next is asked for.

    Raises:
        Damaged: it is no backup, or a name in it is none of a backup's.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Damaged(f"备份中有特殊文件 (no plain file): {path.name}")
            if path.is_file():
                with path.open("rb") as file:
                    yield _checked(path.relative_to(source).as_posix()), file
        return
    try:
        with tarfile.open(source, "r:") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None:
                    raise Damaged(f"备份中有特殊文件 (no plain file): {entry.name[:80]}")
                yield _checked(entry.name), content
    except tarfile.TarError as error:
        raise Damaged(f"不是完整的备份 (no whole backup): {error}") from None


def copied(name: str, source: IO[bytes], target: Path) -> Kept:
    """Write what a backup holds into a file that only its owner may read."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _private(target) as file:
        return _measured(name, source, file)


def from_bytes(data: bytes) -> IO[bytes]:
    """Bytes as a file to be put in."""
    return io.BytesIO(data)


def discard(path: Path) -> None:
    """Remove what was begun and shall not stay."""
    import shutil

    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _checked(name: str) -> str:
    if not _NAMES.fullmatch(name) or {".", ".."} & set(name.split("/")):
        raise Damaged(f"备份中有未知的文件 (no file of a backup): {name[:80]}")
    return name


def _measured(name: str, source: IO[bytes], target: IO[bytes] | None = None) -> Kept:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        if target is not None:
            target.write(piece)
    return Kept(name, digest.hexdigest(), size)


def _private(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, atomic.PRIVATE_FILE), "wb")
