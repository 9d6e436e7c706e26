"""`log check` finds every row that was altered, deleted or inserted behind our back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from log_world import BOUND, fill, tamper

from service import clock
from service import tables as t
from service.database import Database
from service.installation import Installation
from service.ledger import Ledger
from service.transparency import leaf
from service.transparency.check import check
from service.transparency.finding import Finding, Report


@pytest.fixture(scope="module")
def filled_register(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register in which something of every kind has happened."""
    home = Path(shutil.copytree(template, tmp_path_factory.mktemp("filled") / "home"))
    installation = Installation.open(home)
    fill(installation)
    installation.database.close()
    return home / "register.db"


@pytest.fixture
def filled(filled_register: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of it, to be tampered with."""
    database = Database(f"sqlite:///{shutil.copy(filled_register, tmp_path)}")
    yield database
    database.close()


def found(database: Database) -> set[tuple[str, int | None, str, tuple[str, ...]]]:
    report = check(database, [])
    return {(one.table, one.id, one.what.value, one.columns) for one in report.findings}


def test_what_was_done_through_the_front_door_is_sound(filled: Database) -> None:
    report = check(filled, [])
    assert report.sound, [str(one) for one in report.findings]
    with filled.read() as connection:
        rows = {name: _count(connection, name) for name in (*BOUND, "log_leaves")}
    assert all(rows.values())
    assert report.rows == sum(rows[name] for name in BOUND)
    assert report.leaves == rows["log_leaves"]
    assert check(filled, []).root == report.root


def test_every_column_is_bound_or_said_not_to_be() -> None:
    for name in BOUND:
        columns = {f"{name}.{column.name}" for column in t.metadata.tables[name].c}
        bound = {f"{name}.{column}" for column in leaf.COLUMNS[name]}
        if name in leaf.CHANGING:
            bound.add(f"{name}.id")
        unbound = {column for column in leaf.UNBOUND if column.startswith(f"{name}.")}
        assert columns == bound | unbound
        assert not bound & unbound


ALTERED = [
    ("certificates", column, 2)
    for column in ("license_id", "number", "claim", "authority_code", "request", "dataset", "code")
]
ALTERED += [("certificates", "status_index", 1), ("certificates", "created_at", 1)]
ALTERED += [("records", column, 2) for column in ("certificate_status", "reason", "effective_from")]
ALTERED += [("steps", column, 1) for column in ("outcome", "answer", "attempt", "advice")]
ALTERED += [("corrections", "request", 1), ("documents", "sha256", 1), ("documents", "size", 2)]
ALTERED += [("events", "kind", 1), ("events", "detail", 3), ("events", "at", 2)]
MOMENTS = ("created_at", "effective_from", "at")
NUMBERS = ("status_index", "attempt", "size")


def test_an_altered_column_is_named_with_its_row(filled: Database) -> None:
    values = {
        **dict.fromkeys(MOMENTS, "'2020-01-01 00:00:00.000000'"),
        **dict.fromkeys(NUMBERS, "77"),
        "detail": """'{"other": 1}'""",
        "request": "CAST('{}' AS BLOB)",
        "dataset": "CAST('{}' AS BLOB)",
    }
    tamper(
        filled,
        [
            f"UPDATE {table} SET {column} = {values.get(column, repr('x'))} WHERE id = {row}"
            for table, column, row in ALTERED
        ],
    )
    expected: dict[tuple[str, int], set[str]] = {}
    for table, column, row in ALTERED:
        expected.setdefault((table, row), set()).add(column)
    assert {(table, row): set(columns) for table, row, _, columns in found(filled)} == expected
    assert {what for _, _, what, _ in found(filled)} == {"altered"}


@pytest.mark.parametrize("table", BOUND)
def test_a_deleted_row_is_missed(filled: Database, table: str) -> None:
    before = check(filled, [])
    tamper(filled, [f"DELETE FROM {table} WHERE id = 1"])
    report = check(filled, [])
    missed = [one for one in report.findings if one.table == table]
    assert [one.what.value for one in missed] == ["deleted"]
    assert missed[0].id == (1 if table in leaf.CHANGING else None)
    assert missed[0].certificate is not None
    assert missed[0].leaf is not None
    assert report.root == before.root


@pytest.mark.parametrize("table", BOUND)
def test_an_inserted_row_is_found(filled: Database, table: str) -> None:
    unique = {"license_id", "request_sha256", "status_index", "sha256", "claim"}
    unique |= {"platform_code"}
    columns = [column.name for column in t.metadata.tables[table].c]
    values = [f"{name} || '9'" if name in unique else name for name in columns]
    values[0] = "1000"
    copy = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}"
    tamper(filled, [f"{copy} WHERE id = 1"])
    assert (table, 1000, "inserted", ()) in found(filled)


def test_two_rows_alike_are_two(filled: Database) -> None:
    tamper(
        filled,
        [
            "INSERT INTO events (id, at, kind, certificate_id, record_id, detail) "
            "SELECT 99, at, kind, certificate_id, record_id, detail FROM events WHERE id = 1"
        ],
    )
    assert {(table, what) for table, _, what, _ in found(filled)} == {("events", "inserted")}


def test_a_file_given_to_another_certificate_is_found(filled: Database) -> None:
    tamper(filled, ["UPDATE documents SET certificate_id = 2 WHERE id = 1"])
    whats = {(table, what) for table, _, what, _ in found(filled)}
    assert whats == {("documents", "inserted"), ("documents", "deleted")}


def test_steps_of_a_record_that_is_gone_are_found(filled: Database) -> None:
    tamper(filled, ["DELETE FROM records WHERE id = 1"])
    report = found(filled)
    assert ("records", 1, "deleted", ()) in report
    assert ("steps", 1, "broken", ("record_id",)) in report


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE log_leaves SET leaf = replace(leaf, '20', '19') WHERE position = 2", 2),
        ("UPDATE log_leaves SET binding = replace(binding, '1', '2') WHERE position = 3", 3),
        ("UPDATE log_leaves SET binding = 'x' WHERE position = 3", 3),
        ("UPDATE log_leaves SET leaf = '[]' WHERE position = 3", 3),
        ("UPDATE log_leaves SET hashes = zeroblob(32) WHERE position = 4", 4),
        ("UPDATE log_leaves SET hashes = zeroblob(7) WHERE position = 4", 4),
        ("UPDATE log_leaves SET certificate_id = 3 WHERE position = 1", 1),
        ("UPDATE log_leaves SET standing = NOT standing WHERE position = 1", 1),
        ("DELETE FROM log_leaves WHERE position = 3", 3),
        ("UPDATE log_leaves SET position = 1000 WHERE position = 0", 0),
    ],
)
def test_a_leaf_that_was_touched_is_named(filled: Database, statement: str, row: int) -> None:
    tamper(filled, [statement])
    found = [one for one in check(filled, []).findings if one.table == "log_leaves"]
    assert row in {one.id for one in found}, [str(one) for one in found]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_tree SET size = size - 1",
        "UPDATE log_tree SET frontier = zeroblob(length(frontier))",
        "DELETE FROM log_tree",
        "DELETE FROM log_leaves WHERE position = (SELECT max(position) FROM log_leaves)",
    ],
)
def test_a_tree_that_is_not_that_of_its_leaves_is_found(filled: Database, statement: str) -> None:
    tamper(filled, [statement])
    assert "log_tree" in {one.table for one in check(filled, []).findings}


def test_nothing_is_told_of_what_was_rolled_back(filled: Database) -> None:
    before = check(filled, []).leaves
    with pytest.raises(sa.exc.IntegrityError), filled.write() as connection:
        Ledger(connection).event("issued", 999, 999, clock.now(), {})
    assert check(filled, []).leaves == before


def test_findings_can_be_read(filled: Database) -> None:
    tamper(filled, ["UPDATE records SET reason = 'x' WHERE id = 1"])
    report = check(filled, [])
    line = str(report.findings[0])
    assert line.startswith("records 1: 被改动 (altered); reason; 证书 (certificate) 1.2.156.3005")
    assert report.as_json()["findings"][0]["columns"] == ["reason"]
    assert not report.as_json()["sound"]
    assert isinstance(report, Report)
    assert isinstance(report.findings[0], Finding)


def _count(connection: sa.Connection, name: str) -> int:
    table = t.metadata.tables[name]
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
