"""Makes a home from a backup: in a folder beside it, which gets its name once all is well."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service import settings as settings_file
from service import tables as t
from service.backup import rows, vessel
from service.backup.making import FORMAT
from service.backup.vessel import Damaged
from service.database import SCHEMA_REVISION, Database
from service.errors import Conflict, Misconfigured
from service.transparency import check
from signing import atomic, log_keys


@dataclass(frozen=True)
class Restored:
    """A new home: what is in it, which documents were missing when the backup was made.

    `findings` say where the register is not as its log has it.
    """

    rows: int
    documents: int
    log_size: int
    missing: tuple[str, ...]
    findings: tuple[str, ...] = ()


def restore(source: Path, home: Path, config: Path | None = None) -> Restored:
    """Make a home from a backup, with other settings where `config` is given.

    Raises:
        Conflict: the home or the database that the settings name is not empty.
        Damaged: the backup is none, not whole, or not as it was made; nothing was made then.
        Misconfigured: the settings cannot be used here.
        OSError: something cannot be read or written.
    """
    _must_be_empty(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        try:
            manifest = _unpack(source, place)
        except tarfile.TarError as error:
            raise Damaged(f"不是完整的备份 (no whole backup): {error}") from None
        if config is not None:
            (place / "config.toml").unlink(missing_ok=True)
            atomic.write(place / "config.toml", config.read_bytes())
        done = _fill(place, manifest)
        (place / vessel.REGISTER).unlink()
        os.sync()
        if home.exists():
            home.rmdir()
        place.rename(home)
        atomic.sync_folder(home.parent)
    except BaseException:
        vessel.discard(place)
        raise
    return replace(done, findings=_check_log(home))


def _check_log(home: Path) -> tuple[str, ...]:
    """Where the new register is not as its log has it, one line each."""
    settings = settings_file.load(home)
    database = Database(settings.database_url)
    try:
        keys = log_keys.of_folder(settings.keys, settings.log_origin, revoked=True)
        return tuple(str(one) for one in check.check(database, keys).findings)
    finally:
        database.close()


def _must_be_empty(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Conflict(f"目录不为空，不能恢复到此处 (not an empty folder): {home}")


def _unpack(source: Path, place: Path) -> Mapping[str, Any]:
    """All of a backup on the disk, checked against its manifest, which is given."""
    found: dict[str, dict[str, Any]] = {}
    documents, manifest = 0, None
    for name, content in vessel.entries(source):
        if name == vessel.MANIFEST:
            manifest = _manifest(content.read())
            continue
        kept = vessel.copied(name, content, place / name.removeprefix("home/"))
        if name.startswith("documents/"):
            documents += 1
            if name != f"documents/{kept.sha256[:2]}/{kept.sha256}":
                raise Damaged(f"备份中的文件已损坏 (a document is damaged): {name}")
        else:
            found[name] = {"sha256": kept.sha256, "size": kept.size}
    if manifest is None:
        raise Damaged("不是完整的备份 (no whole backup: there is no manifest)")
    for name in sorted(found.keys() | manifest["files"].keys()):
        if found.get(name) != manifest["files"].get(name):
            raise Damaged(f"与备份清单不符 (not as the manifest says): {name}")
    if documents != manifest["documents"]:
        raise Damaged(f"文件数量与清单不符 (other documents than the manifest says): {documents}")
    return manifest


def _manifest(data: bytes) -> Mapping[str, Any]:
    try:
        manifest: Mapping[str, Any] = json.loads(data)
        known = manifest["sealpress_backup"] == FORMAT
        members = {"revision", "rows", "log_size", "documents", "missing", "files"}
        if known and members <= manifest.keys():
            return manifest
    except (ValueError, KeyError, TypeError):
        pass
    raise Damaged("备份清单无法读取 (the manifest cannot be read)")


def _fill(place: Path, manifest: Mapping[str, Any]) -> Restored:
    """Make the register, and compare it with the manifest and with the documents."""
    if manifest["revision"] > SCHEMA_REVISION:
        raise Misconfigured(
            f"备份来自更新的版本 {manifest['revision']}，请先升级 (of a newer version: upgrade)"
        )
    database = Database(settings_file.load(place).database_url)
    try:
        with database.engine.connect() as connection:
            if sa.inspect(connection).get_table_names():
                raise Conflict("目标数据库不为空 (the database is not empty)")
        database.migrate(manifest["revision"])
        with (place / vessel.REGISTER).open("rb") as lines, database.write() as connection:
            counts = rows.read(connection, lines)
            if counts != manifest["rows"]:
                raise Damaged("登记库与清单不符 (other rows than the manifest says)")
            wanted = set(connection.execute(sa.select(t.documents.c.sha256)).scalars())
        database.migrate()
    finally:
        database.close()
    there = {path.name for path in (place / "documents").glob("*/*")}
    missing = set(manifest["missing"])
    if wanted - missing != there:
        raise Damaged("登记的文件与备份中的文件不符 (other documents than the register says)")
    return Restored(sum(counts.values()), len(there), manifest["log_size"], tuple(sorted(missing)))
