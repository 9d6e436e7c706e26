"""A key's records are found by its districts: of a hundred thousand others none is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from postgresql_world import empty_database, there
from sqlalchemy.dialects import sqlite

from service import districts, listing, tables
from service.access import Caller
from service.database import Database
from service.listing_query import Query
from service.scope import Scope, scope

NANNING, SHENYANG = "11450100MB0000001Q", "11210100MB0000001X"
GUANGXI = "11450000MB0000001T"
ROWS = {"sqlite": 100_000, "postgresql": 25_000}
"""Records; the newest thousand are those of Guangxi itself in Nanning, the others Nanning's."""

_FILL = """
INSERT INTO certificates (id, license_id, type, layout_version, number, number_normal, version,
    authority_code, issued_on, request, request_sha256, dataset, status_index, development,
    created_at, platform)
SELECT n, 'l' || n, 'crane-use-registration', 'C0330-2023', 'n' || n, 'n' || n, 1,
    {code}, '2024-09-25', {request}, 'r' || n, {dataset}, n, {false}, '2026-01-01 00:00:00', 'none'
FROM ({numbers}) AS rows
"""
_RECORDS = """
INSERT INTO records (id, certificate_id, kind, step, certificate_status, process_status, reason,
    applied_at, authority_code, division)
SELECT n, n, 'new', 'finished', 'valid', 'collected', '', '2026-01-01 00:00:00', {code}, '450100'
FROM ({numbers}) AS rows
"""


def fill(database: Database) -> None:
    """As many records as a large city has."""
    rows = ROWS[database.engine.dialect.name]
    postgresql = not _is_sqlite(database)
    numbers = (
        f"SELECT generate_series(1, {rows}) AS n"
        if postgresql
        else f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) "
        "SELECT n FROM c"
    )

    def dataset(code: str) -> str:
        text = json.dumps({"authority": {"name": "x", "code": code, "division": "450100"}})
        return f"convert_to('{text}', 'UTF8')" if postgresql else f"CAST('{text}' AS BLOB)"

    def either(ours: str, others: str) -> str:
        return f"CASE WHEN n <= {rows - 1000} THEN {ours} ELSE {others} END"

    code = either(f"'{NANNING}'", f"'{GUANGXI}'")
    with database.write() as connection:
        for statement in (_FILL, _RECORDS):
            text = statement.format(
                code=code,
                numbers=numbers,
                dataset=either(dataset(NANNING), dataset(GUANGXI)),
                request="'{}'::bytea" if postgresql else "CAST('{}' AS BLOB)",
                false="false" if postgresql else "0",
            )
            connection.exec_driver_sql(text.replace("%", "%%"))
        if postgresql:
            connection.exec_driver_sql("ANALYZE")


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('districts') / 'register.db'}")
    database.migrate()
    fill(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[Database]:
    with empty_database() as url:
        database = Database(url)
        database.migrate()
        fill(database)
        yield database
        database.close()


KEYS = {
    "nothing of another province": (scope([], ["21"]), 0),
    "nothing of another city": (scope([], ["4502"]), 0),
    "nothing of another district": (scope([], ["450103"]), 0),
    "nothing of another authority": (scope([SHENYANG], []), 0),
    "nothing of an authority in another division": (scope([SHENYANG], ["45"]), 0),
    "what the province did is not the city's": (scope([], ["4501"]), 50),
    "all of a province": (scope([], ["45"]), 50),
    "a province and a city of another": (scope([], ["45", "2101"]), 50),
    "one authority": (scope([GUANGXI], []), 50),
    "everything": (Scope(), 50),
}
FEW = 2_000
"""Rows that a page may touch."""


@pytest.mark.parametrize("name", KEYS)
def test_on_sqlite_a_page_touches_few_rows(on_sqlite: Database, name: str) -> None:
    bound, seen = KEYS[name]
    page = listing.find(on_sqlite, Query(), Caller("key", bound))
    assert len(page.rows) == seen
    if bound.divisions == {"4501"}:
        assert {json.loads(row.dataset)["authority"]["code"] for row in page.rows} == {NANNING}
    plans = plans_of(on_sqlite, bound)
    assert not any("TEMP B-TREE" in plan for plan in plans), plans
    assert all("SCAN" not in plan for plan in plans) or bound.everything, plans


def plans_of(database: Database, bound: Scope) -> list[str]:
    """How the database reads each part of what a key sees, one line each."""
    with database.read() as connection:
        return [
            " / ".join(
                str(row[-1])
                for row in connection.execute(
                    sa.text(f"EXPLAIN {'QUERY PLAN ' * _is_sqlite(database)}{statement}")
                )
            )
            for statement in statements(database, bound)
        ]


def _is_sqlite(database: Database) -> bool:
    return database.engine.dialect.name == "sqlite"


def statements(database: Database, bound: Scope) -> list[str]:
    """The queries of a first page, with their values in them."""
    dialect = sqlite.dialect() if _is_sqlite(database) else database.engine.dialect
    query = listing._rows().order_by(sa.text("records.id DESC")).limit(listing.BATCH)
    return [
        str(query.where(*part).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        for part in districts.within(bound)
    ]


@pytest.mark.interop
@there
@pytest.mark.parametrize("name", KEYS)
def test_on_postgresql_a_page_is_read_along_an_index(on_postgresql: Database, name: str) -> None:
    bound, seen = KEYS[name]
    page = listing.find(on_postgresql, Query(), Caller("key", bound))
    assert len(page.rows) == seen
    with on_postgresql.read() as connection:
        for statement in statements(on_postgresql, bound):
            asked = sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            (plan,) = connection.execute(asked).scalar_one()
            read = rows_read(plan["Plan"])
            assert read.pop("records", 0) <= FEW, (read, statement)


def rows_read(plan: dict[str, Any]) -> dict[str, int]:
    """How many rows of each table a plan has looked at, those included that it left out."""
    found: dict[str, int] = {}
    for part in plan.get("Plans", ()):
        for name, rows in rows_read(part).items():
            found[name] = found.get(name, 0) + rows
    if "Relation Name" in plan:
        table = str(plan["Relation Name"])
        looked = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        found[table] = found.get(table, 0) + int(looked * plan["Actual Loops"])
    return found


DIVISIONS = ["450100", "450103", "450200", "210100", "210102"]
BOUNDS = st.frozensets(st.sampled_from(["45", "21", "4501", "4502", "2101", "450103", "210102"]))
CODES = [f"11{division}MB0000001Q" for division in DIVISIONS]


@pytest.fixture(scope="module")
def every_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    """Records of every authority in every division."""
    path: Path = tmp_path_factory.mktemp("places") / "places.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE records (id INTEGER PRIMARY KEY, authority_code TEXT, division TEXT)"
        )
        for code in CODES:
            for division in DIVISIONS:
                connection.exec_driver_sql(
                    "INSERT INTO records (authority_code, division) VALUES (?, ?)",
                    (code, division),
                )
        yield connection
    engine.dispose()


@settings(max_examples=60, deadline=None)
@given(bound=st.builds(Scope, st.frozensets(st.sampled_from(CODES), max_size=3), BOUNDS))
def test_the_parts_are_what_a_key_sees_each_once(every_place: sa.Connection, bound: Scope) -> None:
    r = tables.records
    found = [
        tuple(row)
        for part in districts.within(bound)
        for row in every_place.execute(sa.select(r.c.authority_code, r.c.division).where(*part))
    ]
    seen = [
        (code, division)
        for code in CODES
        for division in DIVISIONS
        if bound.everything or bound.covers(code, division)
    ]
    assert sorted(found) == sorted(seen)


def test_a_key_of_very_many_districts_is_still_answered() -> None:
    many = scope([], [f"45{n:02}" for n in range(1, 30)])
    assert districts.within(many) == [()]
