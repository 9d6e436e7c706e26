"""`sealpress bench load`: a real server is asked; large registers are made of copied rows."""

from __future__ import annotations

import itertools
import json
import random
import zlib
from pathlib import Path

import postgresql_world
import pytest
import sqlalchemy as sa

from service import clock, status_publishing
from service import tables as t
from service.bench import load as bench_load
from service.bench import load_rows, report_load, verdicts
from service.bench import rows as bench_rows
from service.bench.data import requests
from service.cli import main
from service.installation import Installation
from service.issuing import issue
from service.request import read
from service.status_publishing import folder_of
from signing import status_list
from verify.dataset import parse
from verify.list_files import JWT, path_of


def test_a_server_issues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(tmp_path))
    assert main(["bench", "load", "--seconds", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    issuing = found["issuing"]["SQLite"]
    assert issuing["answered"] > 0
    assert 0 < issuing["median_ms"] <= issuing["p95_ms"]
    assert issuing["cpu_ms"] > 1
    assert "faults" not in issuing
    assert issuing["a batch"]["per_s"] > 0
    assert found["issuing"]["PostgreSQL"] == bench_load.MISSING
    text = "\n".join(report_load.section(found))
    assert f"| SQLite | {issuing['per_s']} | {issuing['median_ms']} |" in text
    assert f"| PostgreSQL | {bench_load.MISSING} |" in text


def test_copied_rows_leave_room_for_what_is_issued_after(
    installation: Installation,
) -> None:
    bodies = requests()
    first = issue(installation, read(next(bodies))).entry
    load_rows.fill(installation, first.license_id, 500)
    c, d = t.certificates.c, t.documents.c
    with installation.database.read() as connection:
        for column in (c.license_id, c.number_normal, c.status_index, c.request_sha256, c.code):
            assert connection.execute(sa.select(sa.func.count(column.distinct()))).scalar() == 501
        files = connection.execute(sa.select(d.sha256).where(d.certificate_id > 1)).scalars().all()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert len(set(files)) == 1000
    assert {len(sha256) for sha256 in files} == {64}
    copied = installation.register.by_number(first.number[:-7] + str(bench_rows.FIRST_SERIAL + 500))
    assert [one.title for one in copied] == [first.title]
    assert installation.register.by_document(files[-1]) is not None
    for body in itertools.islice(bodies, 3):
        assert issue(installation, read(body)).entry.number < copied[0].number


def test_a_copy_is_as_wide_as_a_certificate_and_says_of_itself_what_its_columns_say(
    installation: Installation,
) -> None:
    first = issue(installation, read(next(requests()))).entry
    load_rows.fill(installation, first.license_id, 20, 2)
    with installation.database.read() as connection:
        real, *copies = connection.execute(sa.select(t.certificates)).mappings().all()
    for copy in copies:
        for name, value in real.items():
            if isinstance(value, str | bytes):
                # Another place in the status list may take some digits more or fewer.
                room = 12 if name in {"dataset", "code"} else 0
                assert abs(len(copy[name]) - len(value)) <= room, name
        said = parse(copy["dataset"])
        names = ("license_id", "number", "status_index")
        assert [getattr(said, name) for name in names] == [copy[name] for name in names]
        assert said.face["factory_number"] == copy["factory_number"] != real["factory_number"]
        assert said.face["filing_number"] == copy["filing_number"] != real["filing_number"]
        assert copy["filing_number"] in copy["request"].decode()


def test_indexes_and_triggers_are_as_they_were(installation: Installation) -> None:
    first = issue(installation, read(next(requests()))).entry
    query = (
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 2"
    )
    with installation.database.read() as connection:
        before = connection.exec_driver_sql(query).all()
    load_rows.fill(installation, first.license_id, 3)
    with installation.database.read() as connection:
        assert connection.exec_driver_sql(query).all() == before


def test_given_codes_are_valid_and_spread_over_the_register(installation: Installation) -> None:
    first = issue(installation, read(next(requests()))).entry
    given = load_rows.fill(installation, first.license_id, 1_000, 10)
    assert len(given) == 10
    for one in given:
        verdicts.by_code(installation, one.code)
        verdicts.by_number(installation, one.number, one.factory_number)
        found = installation.register.by_document(one.pdf_sha256)
        assert found is not None
        assert found.license_id == one.license_id
    serials = sorted(int(one.number[-7:]) for one in given)
    assert {later - sooner for sooner, later in itertools.pairwise(serials)} == {100}
    with installation.database.read() as connection:
        others = connection.execute(
            sa.select(t.certificates.c.code).where(
                t.certificates.c.code.not_in([first.code, *(one.code for one in given)])
            )
        ).scalars()
        with pytest.raises(AssertionError):
            verdicts.by_code(installation, next(iter(others)) or "")


def test_a_filled_register_publishes_its_status_lists(installation: Installation) -> None:
    bodies = requests()
    first = issue(installation, read(next(bodies))).entry
    given = load_rows.fill(installation, first.license_id, 3_000, 5)
    after = issue(installation, read(next(bodies))).entry
    status_publishing.refresh(installation, clock.now())
    path = folder_of(installation) / path_of(first.authority_code, JWT)
    listed = status_list.decode(path.read_text("ascii"), installation.anchors().list_keys)
    entries = [installation.register.by_license_id(one.license_id) for one in given]
    places = [one.status_index for one in (first, after, *entries) if one is not None]
    assert len(set(places)) == 7
    assert not any(listed.get(place) for place in places)


@pytest.mark.parametrize("taken", [set(), {0, 5, 63}])
def test_places_are_free_ones_of_the_list_each_once(taken: set[int]) -> None:
    found = list(bench_rows.places(taken, 64))
    assert sorted([*found, *taken]) == list(range(64))


def test_places_have_no_pattern_by_which_a_list_would_pack() -> None:
    places = itertools.islice(bench_rows.places(set(), 1 << 18), 1 << 17)
    packed = zlib.compress(status_list.pack((), 1 << 18, places), 9)
    drawn = random.Random(1).sample(range(1 << 18), 1 << 17)  # noqa: S311 - nothing secret
    assert len(packed) > 0.95 * len(zlib.compress(status_list.pack((), 1 << 18, drawn), 9))


def test_more_rows_than_serials_are_refused(installation: Installation) -> None:
    with pytest.raises(ValueError, match="rows"):
        load_rows.fill(installation, "", load_rows.MOST_ROWS + 1)


@pytest.mark.interop
@postgresql_world.there
def test_a_register_on_postgresql_is_filled_as_well(home: Path) -> None:
    with postgresql_world.empty_database() as url:
        postgresql_world.put_register_at(home, url)
        installation = Installation.open(home)
        bodies = requests()
        first = issue(installation, read(next(bodies))).entry
        queries = (
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
            "FROM pg_constraint ORDER BY 1, 2",
        )
        with installation.database.read() as connection:
            before = [connection.exec_driver_sql(query).all() for query in queries]
        given = load_rows.fill(installation, first.license_id, 1_000, 10)
        for one in given:
            verdicts.by_code(installation, one.code)
        status_publishing.refresh(installation, clock.now())
        after = issue(installation, read(next(bodies))).entry
        assert all(after.number < one.number for one in given)
        with installation.database.read() as connection:
            assert [connection.exec_driver_sql(query).all() for query in queries] == before
        installation.database.close()
