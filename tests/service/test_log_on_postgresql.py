"""The log on a real PostgreSQL, where several processes add leaves at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_world import fill, tamper
from postgresql_world import empty_database, needed, put_register_at
from processes import race

from service.installation import Installation
from service.transparency import checkpoints
from service.transparency.check import check

pytestmark = needed


@pytest.fixture
def home(home: Path) -> Iterator[Path]:
    """A home whose register is an empty database of its own on the server."""
    with empty_database() as url:
        put_register_at(home, url)
        yield home


def test_what_was_altered_deleted_and_inserted_is_found(installation: Installation) -> None:
    fill(installation)
    checkpoints.sign_if_grown(installation)
    keys = checkpoints.known_keys(installation)
    report = check(installation.database, keys)
    assert report.sound, [str(one) for one in report.findings]
    assert report.checkpoints == 1
    tamper(
        installation.database,
        [
            "UPDATE certificates SET number = 'x', dataset = 'x' WHERE id = 1",
            "UPDATE events SET detail = '{}' WHERE id = 1",
            "DELETE FROM documents WHERE id = 1",
            "INSERT INTO corrections (id, record_id, at, request, request_sha256) "
            "VALUES (1000, 1, now(), '', '')",
            "UPDATE log_leaves SET leaf = leaf || ' ' WHERE position = 1",
        ],
    )
    found = {
        (one.table, one.id, one.what.value, one.columns)
        for one in check(installation.database, keys).findings
    }
    assert found == {
        ("certificates", 1, "altered", ("number", "dataset")),
        ("events", 1, "altered", ("detail",)),
        ("documents", None, "deleted", ()),
        ("corrections", 1000, "inserted", ()),
        ("log_leaves", 1, "altered", ("leaf",)),
    }


def test_processes_at_once_make_one_log(home: Path, sample: Callable[..., dict[str, Any]]) -> None:
    own = [[sample("05", face__factory_number=f"{p}-{i}") for i in range(5)] for p in range(4)]
    race(home, sample("01"), own)
    installation = Installation.open(home)
    report = check(installation.database, [])
    installation.database.close()
    assert report.sound, [str(one) for one in report.findings]
    assert report.leaves >= 2 * 21
