"""A register of the first schema is brought up to date with what was issued in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from service import dismantling, listing, migrations
from service import tables as t
from service.access import Caller
from service.database import Database
from service.installation import Installation
from service.issuing import issue
from service.listing_query import Query
from service.request import Request
from service.scope import scope


def to_first_schema(database: Database, path: Path) -> None:
    """Move every row into a register of the first schema."""
    old = Database(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with old.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with database.read() as source, old.engine.connect() as target:
        for name in ("certificates", "records", "documents", "events"):
            table = t.metadata.tables[name]
            there = {column["name"] for column in sa.inspect(target).get_columns(name)}
            kept = [c for c in table.c if c.name in there]
            for row in source.execute(sa.select(*kept)).mappings().all():
                target.execute(table.insert().inline(), {c.name: row[c.name] for c in kept})
        target.commit()
    old.close()


def test_what_was_issued_before_is_valid_and_found_by_its_plate(
    home: Path, request_of: Callable[..., Request], tmp_path: Path
) -> None:
    installation = Installation.open(home)
    before = issue(installation, request_of("01")).entry
    to_first_schema(installation.database, tmp_path / "old.db")
    installation.database.close()
    for suffix in ("", "-wal", "-shm"):
        (home / f"register.db{suffix}").unlink(missing_ok=True)
    (tmp_path / "old.db").rename(home / "register.db")

    migrated = Installation.open(home)
    try:
        assert migrated.register.by_license_id(before.license_id) == before
        notice = dismantling.read({"filing_number": "桂AA-T202400001"})
        assert dismantling.dismantle(migrated, notice).as_json()["status"] == "cancelled"
        nanning = Caller("nanning", scope([], ["4501"]))
        assert len(listing.find(migrated.database, Query(), nanning).rows) == 2
    finally:
        migrated.database.close()
