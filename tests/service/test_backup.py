"""A backup is taken while certificates are issued; what it is restored to has all of them."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from postgresql_world import empty_database, there

from service import replacing
from service import tables as t
from service.backup import making, restoring, rows
from service.backup.vessel import Damaged
from service.cancelling import cancel
from service.cli import main
from service.errors import Conflict
from service.installation import Installation
from service.issuing import issue
from service.request import Request, read
from verify.register import Entry

Sample = Callable[..., dict[str, Any]]
RequestOf = Callable[..., Request]


def opened(home: Path) -> Installation:
    return Installation.open(home)


def everything(installation: Installation) -> dict[str, list[Any]]:
    """Every row of every table, as it is written into a backup."""
    with rows.snapshot(installation.database) as connection:
        lines = io.BytesIO()
        rows.write(connection, lines)
    found: dict[str, list[Any]] = {}
    for line in map(json.loads, lines.getvalue().splitlines()):
        if isinstance(line, dict):
            found[line["table"]] = current = [line]
        else:
            current.append(line)
    return found


def require_same(entry: Entry, restored: Installation) -> None:
    """The certificate is there as it was answered, with both its files."""
    assert restored.register.by_license_id(entry.license_id) == entry
    for sha256 in (entry.pdf_sha256, entry.ofd_sha256):
        assert hashlib.sha256(restored.documents.get(sha256)).hexdigest() == sha256


@pytest.mark.parametrize("name", ["backup.tar", "backup"])
def test_what_was_issued_before_and_during_a_backup_is_restored_and_verifies(
    installation: Installation,
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    answered: list[Entry] = []
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            changed = sample("05", face__factory_number=f"N-{len(answered)}")
            answered.append(issue(installation, read(json.dumps(changed).encode())).entry)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        while len(answered) < 3:
            stop.wait(0.01)
        before = len(answered)
        made = making.make(installation, tmp_path / name, with_keys=name == "backup.tar")
        during = len(answered)
    finally:
        stop.set()
        thread.join()
    assert made.missing == ()

    home = tmp_path / "new"
    done = restoring.restore(tmp_path / name, home)
    restored = opened(home)
    try:
        for entry in answered[:before]:
            require_same(entry, restored)
        there = [one for one in answered if restored.register.by_license_id(one.license_id)]
        # What is there is there whole, and nothing came later than the backup.
        assert answered[: len(there)] == there
        assert before <= len(there) <= during + 1
        for entry in there:
            require_same(entry, restored)
        assert done.findings == ()
        assert done.documents == made.documents >= 2 * len(there)
    finally:
        restored.database.close()

    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    file = tmp_path / "certificate.pdf"
    file.write_bytes(installation.documents.get(answered[0].pdf_sha256))
    with_keys = (home / "keys" / "api-development.token").exists()
    assert with_keys is (name == "backup.tar")
    # In development keys are looked for when they are needed; the others are put back by hand.
    assert main(["verify", str(file)]) == (0 if with_keys else 1)
    capsys.readouterr()


def test_every_row_comes_back_as_it_was(
    installation: Installation, request_of: RequestOf, tmp_path: Path
) -> None:
    first = issue(installation, request_of("01")).entry
    change = replacing.read({"face": {"project_manager": "李四"}})
    second = replacing.replace(installation, first, change).entry
    cancel(installation, second, "设备已拆卸")
    making.make(installation, tmp_path / "b.tar", with_keys=True)
    home = tmp_path / "new"
    restoring.restore(tmp_path / "b.tar", home)
    restored = opened(home)
    try:
        assert everything(restored) == everything(installation)
        assert {path.name for path in home.iterdir()} >= {"config.toml", "keys", "documents"}
        # With its keys it goes on where the other stopped.
        assert issue(restored, request_of("02")).entry.number
    finally:
        restored.database.close()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for path in (home / "keys").rglob("*"):
        assert path.is_dir() or not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_private_keys_are_in_only_where_that_was_asked_for(
    installation: Installation, request_of: RequestOf, tmp_path: Path
) -> None:
    issue(installation, request_of("01"))
    token = (installation.keys / "api-development.token").read_bytes().strip()
    for with_keys in (False, True):
        target = tmp_path / f"{with_keys}.tar"
        making.make(installation, target, with_keys=with_keys)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        data = target.read_bytes()
        assert (b"PRIVATE KEY" in data) is with_keys
        assert (token in data) is with_keys
        with tarfile.open(target) as archive:
            names = archive.getnames()
        assert "home/keys/ring.json" in names
        assert names[-1] == "manifest.json"


def repacked(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same backup with its files changed, or left out where None is given."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            file = old.extractfile(entry)
            assert file is not None
            data = change(entry.name, file.read())
            if data is not None:
                entry.size = len(data)
                new.addfile(entry, io.BytesIO(data))
    return target


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "no manifest": lambda name, data: None if name == "manifest.json" else data,
    "a document changed": lambda name, data: _flip(data) if name.startswith("documents/") else data,
    "documents left out": lambda name, data: None if name.startswith("documents/") else data,
    "a row changed": lambda name, data: (
        data.replace(b"1.2.156", b"1.2.157") if name == "register.jsonl" else data
    ),
    "the register left out": lambda name, data: None if name == "register.jsonl" else data,
    "settings changed": lambda name, data: data + b"\n" if name.endswith("config.toml") else data,
    "a manifest of another edition": lambda _, data: data.replace(
        b'"sealpress_backup": 1', b'"sealpress_backup": 2'
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_makes_nothing(
    installation: Installation, request_of: RequestOf, tmp_path: Path, damage: str
) -> None:
    issue(installation, request_of("01"))
    making.make(installation, tmp_path / "good.tar", with_keys=False)
    broken = repacked(tmp_path / "good.tar", tmp_path / "broken.tar", DAMAGES[damage])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Damaged):
        restoring.restore(broken, tmp_path / "new")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["../x", "home/../../x", "/etc/x", "home/a/../b", "x"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        entry = tarfile.TarInfo(name)
        archive.addfile(entry, io.BytesIO())
    with pytest.raises(Damaged):
        restoring.restore(tmp_path / "bad.tar", tmp_path / "new")


def test_a_cut_tar_and_what_is_none_are_refused(
    installation: Installation, request_of: RequestOf, tmp_path: Path
) -> None:
    issue(installation, request_of("01"))
    making.make(installation, tmp_path / "b.tar", with_keys=False)
    data = (tmp_path / "b.tar").read_bytes()
    for cut in (0, 300, len(data) // 2, len(data) - 12_000):
        (tmp_path / "cut.tar").write_bytes(data[:cut])
        with pytest.raises(Damaged):
            restoring.restore(tmp_path / "cut.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_that_is_there_is_written_over(
    installation: Installation, request_of: RequestOf, tmp_path: Path
) -> None:
    issue(installation, request_of("01"))
    target = tmp_path / "b.tar"
    making.make(installation, target, with_keys=False)
    with pytest.raises(FileExistsError):
        making.make(installation, target, with_keys=False)
    with pytest.raises(Conflict):
        making.make(installation, installation.settings.home / "b.tar", with_keys=True)
    with pytest.raises(Conflict):
        restoring.restore(target, installation.settings.home)
    (tmp_path / "empty").mkdir()
    # Settings that name a database which is in use: that one is not touched.
    config = tmp_path / "config.toml"
    url = installation.settings.database_url
    text = (installation.settings.home / "config.toml").read_text("utf-8")
    config.write_text(text.replace('\nurl = ""', f'\nurl = "{url}"'), "utf-8")
    with pytest.raises(Conflict):
        restoring.restore(target, tmp_path / "empty", config)
    restoring.restore(target, tmp_path / "empty")
    assert (tmp_path / "empty" / "register.db").exists()


def test_a_missing_document_is_told_and_the_rest_is_kept(
    installation: Installation,
    request_of: RequestOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = issue(installation, request_of("01")).entry
    installation.documents.path(entry.pdf_sha256).unlink()
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    assert main(["backup", str(tmp_path / "b.tar")]) == 1
    assert json.loads(capsys.readouterr().out)["missing"] == [entry.pdf_sha256]
    assert main(["restore", str(tmp_path / "b.tar"), "--home", str(tmp_path / "new")]) == 1
    assert json.loads(capsys.readouterr().out)["missing"] == [entry.pdf_sha256]
    restored = opened(tmp_path / "new")
    assert restored.documents.get(entry.ofd_sha256)
    restored.database.close()


def test_a_register_that_was_altered_before_is_noticed_by_its_log(
    installation: Installation, request_of: RequestOf, tmp_path: Path
) -> None:
    issue(installation, request_of("01"))
    with installation.database.write() as connection:
        connection.execute(sa.update(t.certificates).values(issued_on="2020-01-01"))
    making.make(installation, tmp_path / "b.tar", with_keys=False)
    (finding,) = restoring.restore(tmp_path / "b.tar", tmp_path / "new").findings
    assert "issued_on" in finding


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty database of its own."""
    with empty_database() as url:
        yield url


@pytest.mark.interop
@there
def test_a_register_moves_to_postgresql_and_back(
    installation: Installation, request_of: RequestOf, tmp_path: Path, postgresql_url: str
) -> None:
    entry = issue(installation, request_of("01")).entry
    cancel(installation, entry, "设备已拆卸")
    making.make(installation, tmp_path / "sqlite.tar", with_keys=True)
    plain = (installation.settings.home / "config.toml").read_text("utf-8")
    config = tmp_path / "config.toml"
    config.write_text(plain.replace('\nurl = ""', f'\nurl = "{postgresql_url}"'), "utf-8")
    restoring.restore(tmp_path / "sqlite.tar", tmp_path / "pg", config)
    on_server = opened(tmp_path / "pg")
    try:
        assert everything(on_server) == everything(installation)
        # The counters go on, and what is append-only stays so.
        second = issue(on_server, request_of("05")).entry
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            on_server.database.write() as connection,
        ):
            connection.execute(sa.delete(t.events))
        making.make(on_server, tmp_path / "pg.tar", with_keys=True)
        with pytest.raises(Conflict):
            restoring.restore(tmp_path / "pg.tar", tmp_path / "again")
        (tmp_path / "plain.toml").write_text(plain, "utf-8")
        restoring.restore(tmp_path / "pg.tar", tmp_path / "back", tmp_path / "plain.toml")
        back = opened(tmp_path / "back")
        assert everything(back) == everything(on_server)
        require_same(second, back)
        back.database.close()
    finally:
        on_server.database.close()
