"""Takes a backup while the service runs.

The register is read in one view of it. A certificate's files are on the disk before its row says
so, and never change, so whatever that view speaks of can be copied afterwards, at leisure.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from service import clock
from service import tables as t
from service.backup import rows, vessel
from service.backup.vessel import Kept, Vessel
from service.errors import Conflict, NotFound, ServiceError
from service.installation import Installation
from verify import times

FORMAT = 1
"""The edition of what a backup looks like."""

NOT_KEPT = frozenset({"documents", "locks", "register.db", "register.db-wal", "register.db-shm"})
"""What of a home is kept otherwise, or means nothing elsewhere."""

PUBLIC_KEY_FILES = frozenset({".pem", ".crl", ".esl", ".json", ".cer", ".der"})
"""Of the keys' folder, the kinds of files that are nobody's secret unless a private key is in."""

SETTINGS = ("config.toml", "api-keys.toml")


@dataclass(frozen=True)
class Made:
    """A backup: how much is in it, and what should be in it and could not be read."""

    rows: int
    documents: int
    log_size: int
    missing: tuple[str, ...]


def make(installation: Installation, target: Path, *, with_keys: bool) -> Made:
    """Write a backup; it stands there when this returns, and was not there before.

    Raises:
        Conflict: it would stand in the installation itself.
        OSError: something is there already, or cannot be read or written.
    """
    home = installation.settings.home
    target = target.absolute()
    if target.resolve().is_relative_to(home.resolve()):
        raise Conflict("备份不能放在所备份的目录内 (a backup stands outside of what it is of)")
    with vessel.making(target) as into:
        kept = [_put_file(into, home, path) for path in _settings(home, with_keys)]
        with rows.snapshot(installation.database) as connection:
            revision = rows.revision(connection)
            # The register's lines are spooled where the backup will be: it has room for them.
            with tempfile.TemporaryFile(dir=target.parent) as spool:
                counts = rows.write(connection, spool)
                spool.seek(0)
                kept.append(into.put(vessel.REGISTER, spool))
            wanted = _documents(connection)
            log_size = _log_size(connection)
        documents, missing = 0, []
        for sha256 in wanted:
            try:
                data = installation.documents.get(sha256)
            except (NotFound, ServiceError):
                missing.append(sha256)
                continue
            into.put(_name_of(sha256), vessel.from_bytes(data))
            documents += 1
        manifest = {
            "sealpress_backup": FORMAT,
            "made_at": times.iso(clock.now()),
            "revision": revision,
            "with_keys": with_keys,
            "rows": counts,
            "log_size": log_size,
            "documents": documents,
            "missing": missing,
            "files": {one.name: {"sha256": one.sha256, "size": one.size} for one in kept},
        }
        # Last, so that a backup that broke off has none.
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        into.put(vessel.MANIFEST, vessel.from_bytes(text.encode()))
    return Made(sum(counts.values()), documents, log_size, tuple(missing))


def _name_of(sha256: str) -> str:
    return f"documents/{sha256[:2]}/{sha256}"


def _put_file(into: Vessel, home: Path, path: Path) -> Kept:
    with path.open("rb") as file:
        return into.put(f"home/{path.relative_to(home).as_posix()}", file)


def _settings(home: Path, with_keys: bool) -> Iterator[Path]:
    """The files of a home that go along."""
    if with_keys:
        for path in sorted(home.rglob("*")):
            first = path.relative_to(home).parts[0]
            unwanted = (
                first in NOT_KEPT or path.name == ".lock" or path.name.startswith("error.log")
            )
            if path.is_file() and not unwanted:
                yield path
        return
    yield from (home / name for name in SETTINGS if (home / name).is_file())
    # The status lists among what is published: their sequence shall not fall.
    yield from (path for path in sorted((home / "trust").rglob("*")) if path.is_file())
    for path in sorted((home / "keys").rglob("*")):
        if path.is_file() and path.suffix in PUBLIC_KEY_FILES and _is_public(path):
            yield path


def _is_public(path: Path) -> bool:
    return b"PRIVATE KEY" not in path.read_bytes()


def _documents(connection: Connection) -> list[str]:
    d = t.documents.c
    return list(connection.execute(sa.select(d.sha256).order_by(d.id)).scalars())


def _log_size(connection: Connection) -> int:
    query = sa.select(sa.func.count()).select_from(t.log_leaves)
    return int(connection.execute(query).scalar_one())
