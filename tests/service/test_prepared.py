"""Prepared look-ups: the same rows as SQLAlchemy's own, and its errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import look_ups
from service import tables as t
from service.database import Database
from service.installation import Installation
from service.issuing import issue
from service.prepared import Prepared
from service.register_rows import BY_LICENSE_ID, WANTED, entries_of
from service.request import Request


def test_an_entry_is_the_same_by_either_way(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    entry = issue(installation, request_of("01")).entry
    with installation.database.read() as connection:
        others = entries_of(connection, BY_LICENSE_ID, entry.license_id)
    engine = installation.database.engine
    assert look_ups.by_license_id(engine, entry.license_id) == others
    assert look_ups.by_document(engine, entry.ofd_sha256) == others
    assert look_ups.by_document(engine, entry.pdf_sha256) == others
    assert look_ups.by_number(engine, "no such number") == []


def test_errors_are_those_of_sqlalchemy_and_tell_no_parameter(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    query = Prepared(sa.select(t.counters.c.last).where(t.counters.c.scope == WANTED))
    with pytest.raises(sa.exc.OperationalError) as caught:
        query.rows(database.engine, "somebody's number")
    assert "somebody's number" not in str(caught.value)
    with database.write() as connection:  # the pool is as before
        t.counters.create(connection)
        connection.execute(t.counters.insert().values(scope="x", last=7))
    assert [row.last for row in query.rows(database.engine, "x")] == [7]
    database.close()
