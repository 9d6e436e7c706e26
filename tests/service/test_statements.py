"""A statement that is compiled once does what SQLAlchemy does with it, within the transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgresql_world import empty_database, there
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.database import Database
from service.statements import Statement
from service.tables import UtcDateTime

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=8)))

things = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("at", UtcDateTime),
    sa.Column("detail", sa.JSON),
    sa.Column("body", sa.LargeBinary),
    sa.Column("ready", sa.Boolean),
)
ADD = Statement(things.insert().returning(things.c.id))
BY_NAME = Statement(sa.select(things).where(things.c.name == sa.bindparam("wanted")))
CHANGE = Statement(things.update().where(things.c.id == sa.bindparam("this_thing")))
ALL = sa.select(things).order_by(things.c.id)


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.interop, there])],
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of each kind with the table, empty."""
    file = tmp_path_factory.mktemp("statements") / "things.db"
    with nullcontext(f"sqlite:///{file}") if request.param == "sqlite" else empty_database() as url:
        made = Database(url)
        things.create(made.engine)
        yield made
        made.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    with database.engine.connect() as made:
        yield made


def test_rows_are_added_found_and_changed(connection: Connection) -> None:
    values = {
        "name": "a",
        "at": MOMENT,
        "detail": {"n": [1, "中"]},
        "body": b"\0\xff",
        "ready": True,
    }
    first = ADD.scalar(connection, values)
    second = ADD.scalar(connection, {"name": "b"})
    assert BY_NAME.rows(connection, {"wanted": "a"}) == [(first, *values.values())]
    assert BY_NAME.rows(connection, {"wanted": "b"}) == [(second, "b", None, None, None, None)]
    assert CHANGE.change(connection, {"this_thing": second, "ready": False, "at": MOMENT}) == 1
    assert BY_NAME.rows(connection, {"wanted": "b"})[0][-1] is False
    assert CHANGE.change(connection, {"this_thing": second + 1, "ready": False}) == 0
    assert BY_NAME.scalar(connection, {"wanted": "c"}) is None
    assert BY_NAME.rows(connection, {"wanted": "c"}) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    detail=st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 9)),
    body=st.none() | st.binary(max_size=9),
    ready=st.none() | st.booleans(),
)
def test_it_writes_and_reads_what_sqlalchemy_does(connection: Connection, **values: Any) -> None:
    with connection.begin_nested() as trial:
        ADD.scalar(connection, values)
        read_by_it = BY_NAME.rows(connection, {"wanted": values["name"]})
        (written_by_it,) = connection.execute(ALL).all()
        connection.execute(things.delete())
        connection.execute(things.insert().values(**values))
        (written_by_sqlalchemy,) = connection.execute(ALL).all()
        assert tuple(written_by_it)[1:] == tuple(written_by_sqlalchemy)[1:] == read_by_it[0][1:]
        trial.rollback()


def test_other_columns_are_another_statement(connection: Connection) -> None:
    thing = ADD.scalar(connection, {"name": "a", "ready": True})
    CHANGE.change(connection, {"this_thing": thing, "body": b"1"})
    CHANGE.change(connection, {"this_thing": thing, "name": "b"})
    assert BY_NAME.rows(connection, {"wanted": "b"}) == [(thing, "b", None, None, b"1", True)]


def test_values_that_stand_in_the_statement_are_its_own(connection: Connection) -> None:
    ready = Statement(
        sa.select(things.c.name, sa.literal("kept")).where(
            things.c.ready == sa.true(), things.c.name != "c", things.c.id > 0
        )
    )
    for name in "abc":
        ADD.scalar(connection, {"name": name, "ready": name != "b"})
    assert ready.rows(connection, {}) == [("a", "kept")]


def test_what_it_wrote_goes_with_the_transaction(database: Database) -> None:
    with database.engine.connect() as held:
        ADD.scalar(held, {"name": "a"})
        held.rollback()
        assert held.execute(ALL).all() == []


def test_the_first_of_a_transaction_sees_what_the_others_see(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        pytest.skip("READ COMMITTED: there each statement sees what is committed by then")
    with database.read() as reading:
        assert BY_NAME.rows(reading, {"wanted": "late"}) == []
        with database.engine.begin() as writing:
            writing.execute(things.insert().values(name="late"))
        assert reading.execute(ALL).all() == []
    with database.engine.begin() as writing:
        writing.execute(things.delete())


def test_a_refusal_is_sqlalchemys_own_and_hides_the_values(connection: Connection) -> None:
    ADD.scalar(connection, {"name": "secret-name"})
    with pytest.raises(IntegrityError) as refused:
        ADD.scalar(connection, {"name": "secret-name", "body": b"secret-body"})
    assert "secret-body" not in str(refused.value)
    assert refused.value.params is None


def test_a_connection_that_broke_is_not_used_again(connection: Connection) -> None:
    held: Any = connection.connection.dbapi_connection
    held.close()
    with pytest.raises(DBAPIError):
        BY_NAME.rows(connection, {"wanted": "a"})
