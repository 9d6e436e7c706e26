"""The public side can write nothing and read no request: on a real PostgreSQL, and on SQLite."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgresql_world import empty_database, put_register_at, server, there

from service import public_role
from service import tables as t
from service.app import create_app
from service.cancelling import cancel
from service.cli import main
from service.database import Database
from service.errors import Misconfigured
from service.installation import Installation
from service.issuing import issue
from service.public_side import PublicInstallation
from service.request import Request
from service.transparency import checkpoints
from service.transparency.proofs import SqlLog


@pytest.fixture
def apart(home: Path) -> Iterator[Path]:
    """A home whose register is on PostgreSQL, read by the public side in a role of its own."""
    login = f"login_{uuid.uuid4().hex}"
    with empty_database() as url:
        public = sa.make_url(url).set(username=login).render_as_string(hide_password=False)
        put_register_at(home, url, f'\npublic_url = "{public}"')
        installation = Installation.open(home)
        installation.refresh_trust()
        installation.database.close()
        with server() as connection:
            # Somebody of that role: as one installation's login; roles are the whole server's.
            connection.exec_driver_sql(f"CREATE ROLE {login} LOGIN IN ROLE {public_role.ROLE}")
        yield home
    with server() as connection:
        connection.exec_driver_sql(f"DROP ROLE {login}")


def _public(home: Path) -> PublicInstallation:
    return PublicInstallation.open(home)


@pytest.mark.interop
@there
def test_the_public_role_answers_and_can_neither_write_nor_read_requests(
    apart: Path, request_of: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    approvals = Installation.open(apart)
    first = issue(approvals, request_of("01")).entry
    gone = issue(approvals, request_of("02")).entry
    cancel(approvals, gone, "设备已拆卸")
    checkpoints.sign_if_grown(approvals)
    public = _public(apart)
    client = create_app(public, "public").test_client()
    for entry, word in ((first, "valid"), (gone, "cancelled")):
        asked = {"number": entry.number, "factory_number": entry.face["factory_number"]}
        found = client.get("/api/v1/status", query_string=asked).get_json()
        assert found["verdict"] == word, found
    data = approvals.documents.get(first.pdf_sha256)
    found = client.post("/api/v1/verifications", data=data, content_type="application/pdf")
    assert found.get_json()["verdict"] == "valid"
    log = SqlLog(public.database)
    assert log.checkpoint() is not None
    assert log.proof(first.license_id) is not None
    assert log.consistency(1, 1) is not None
    assert main_of("public-role", apart, monkeypatch) == 0  # granted again, it is the same
    approvals.database.close()
    # The role alone must refuse: its own sessions may well be allowed to write.
    engine = sa.create_engine(public.settings.public_database_url)
    tables, told = sa.inspect(engine).get_table_names(), public_role.READABLE
    assert {"certificates", "records", "events", "steps", "idempotency_keys"} <= set(tables)
    for table in tables:
        columns = [column["name"] for column in sa.inspect(engine).get_columns(table)]
        for statement in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET {columns[0]} = {columns[0]}",
            f"INSERT INTO {table} DEFAULT VALUES",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"SELECT * FROM {table}",
        ):
            if statement.startswith("SELECT") and set(columns) <= set(told.get(table, ())):
                continue
            _refused(engine, statement)
    for statement in (
        "SELECT request FROM certificates",
        "SELECT answer FROM steps",
        "SELECT nextval('events_id_seq')",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE certificates ADD COLUMN more int",
        "SET ROLE postgres",
    ):
        _refused(engine, statement)
    engine.dispose()
    public.database.close()


def main_of(command: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    return main([command])


def test_on_sqlite_there_is_no_role_to_grant_to(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_of("public-role", home, monkeypatch) != 0
    assert "PostgreSQL" in capsys.readouterr().err


def _refused(engine: sa.Engine, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as refused:
        connection.exec_driver_sql(statement)
    assert refused.value.orig is not None
    assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value)


def test_what_may_be_read_exists_and_holds_no_request() -> None:
    for table, columns in public_role.READABLE.items():
        if table == "alembic_version":
            continue
        assert set(columns) <= {column.name for column in t.metadata.tables[table].c}
    told = {column for columns in public_role.READABLE.values() for column in columns}
    assert not told & {"request", "request_sha256", "answer", "words", "detail", "claim", "binding"}


def test_on_sqlite_the_register_is_opened_for_reading(
    installation: Installation, home: Path, request_of: Callable[..., Request]
) -> None:
    entry = issue(installation, request_of("01")).entry
    installation.refresh_trust()
    public = _public(home)
    assert public.register.by_license_id(entry.license_id) == entry
    for statement in ("DELETE FROM records", "CREATE TABLE mine (id int)", "PRAGMA user_version=7"):
        with (
            public.database.engine.connect() as connection,
            pytest.raises(sa.exc.OperationalError, match="readonly"),
        ):
            connection.exec_driver_sql(statement)
    with pytest.raises(Misconfigured), public.database.write():
        pass
    public.database.close()


def test_on_one_machine_the_public_routes_read_only_too(installation: Installation) -> None:
    reader = installation.database.reader(installation.settings.public_database_url)
    with (
        reader.engine.connect() as connection,
        pytest.raises(sa.exc.OperationalError, match="readonly"),
    ):
        connection.exec_driver_sql("DELETE FROM records")


def test_without_a_register_the_public_side_says_who_makes_it(home: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none.db'}", read_only=True)
    with pytest.raises(Misconfigured):
        database.require_schema()
    database.close()
    assert not (tmp_path / "none.db").exists()
    public = _public(home)
    with pytest.raises(Misconfigured, match="approvals side first"):
        public.anchors()
    with pytest.raises(Misconfigured):
        assert public.keys


def test_the_public_side_needs_no_key(
    installation: Installation, home: Path, request_of: Callable[..., Request]
) -> None:
    entry = issue(installation, request_of("01")).entry
    data = installation.documents.get(entry.ofd_sha256)
    installation.refresh_trust()
    for path in (home / "keys").rglob("*"):
        if path.is_file():
            path.unlink()
    public = _public(home)
    client = create_app(public, "public").test_client()
    found = client.post("/api/v1/verifications", data=data, content_type="application/ofd")
    assert found.get_json()["verdict"] == "valid"
    assert client.get("/trust/pdf-root.pem").status_code == 200
    assert client.get("/trust/status-list.jwt").status_code == 200
    assert client.get("/readyz").get_json()["parts"] == {"register": True, "trust": True}
    public.database.close()
