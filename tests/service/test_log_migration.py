"""A register from before there was a log is taken in, and is watched over from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from log_world import BOUND, fill, sample, tamper
from postgresql_world import empty_database, needed, put_register_at
from scripted_platform import ScriptedPlatform

from service import migrations
from service import tables as t
from service.cancelling import cancel
from service.database import Database
from service.installation import Installation
from service.issuing import issue
from service.transparency import checkpoints, leaf
from service.transparency.check import check
from service.transparency.proofs import SqlLog

POSTGRESQL = pytest.param("postgresql", marks=needed)


@pytest.fixture
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    with empty_database() as url:
        yield url


@pytest.mark.parametrize("old_url", ["sqlite", POSTGRESQL], indirect=True)
def test_what_happened_before_is_taken_in(installation: Installation, old_url: str) -> None:
    valid = fill(installation)[-1].entry
    _before_the_log(installation.database, old_url)
    home = installation.settings.home
    installation.database.close()
    put_register_at(home, old_url)
    migrated = Installation.open(home)
    vars(migrated)["platform"] = ScriptedPlatform()
    try:
        report = check(migrated.database, [])
        assert report.sound, [str(one) for one in report.findings]
        with migrated.database.read() as connection:
            events = connection.execute(sa.select(t.events).order_by(t.events.c.id)).all()
            rows = connection.execute(sa.select(t.log_leaves).order_by("position")).all()
        told = [json.loads(row.leaf) for row in rows]
        assert [one["events"] for one in told] == [[event.kind] for event in events]
        assert [one["at"] for one in told] == [leaf.moment(event.at) for event in events]
        assert all(one["adopted"] for one in told)
        checkpoints.sign_if_grown(migrated)
        proof = SqlLog(migrated.database).proof(valid.license_id)
        assert proof is not None
        assert json.loads(proof.leaf)["standing"]["pdf_sha256"] == valid.pdf_sha256
        issue(migrated, sample("05", factory_number="another"))
        cancel(migrated, valid, "设备已拆卸")
        assert check(migrated.database, checkpoints.known_keys(migrated)).sound
        tamper(migrated.database, ["UPDATE steps SET words = 'x' WHERE id = 1"])
        (found,) = check(migrated.database, checkpoints.known_keys(migrated)).findings
        assert (found.table, found.id, found.columns) == ("steps", 1, ("words",))
    finally:
        migrated.database.close()


@pytest.mark.parametrize("old_url", ["sqlite"], indirect=True)
def test_an_empty_register_gets_an_empty_log(old_url: str) -> None:
    database = Database(old_url)
    database.migrate()
    report = check(database, [])
    assert (report.sound, report.leaves, report.notes) == (True, 0, [])
    database.close()


def _before_the_log(database: Database, url: str) -> None:
    """Move every row into a register of the schema before the log."""
    old = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with old.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    with database.read() as source, old.engine.connect() as target:
        for name in BOUND:
            table = t.metadata.tables[name]
            there = {column["name"] for column in sa.inspect(target).get_columns(name)}
            kept = [column for column in table.c if column.name in there]
            for row in source.execute(sa.select(*kept)).mappings().all():
                target.execute(table.insert().inline(), {c.name: row[c.name] for c in kept})
            if target.dialect.name == "postgresql":
                target.exec_driver_sql(
                    f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"
                )
        target.commit()
    old.close()
