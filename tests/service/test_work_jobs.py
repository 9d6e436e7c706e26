"""Jobs are taken by one at a time, come back when their worker dies, and go when they are done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.database import Database
from service.errors import Conflict
from service.work import jobs
from service.work.jobs import Again
from service.work.tables import jobs as table

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty register in which jobs of any kind may be."""
    monkeypatch.setattr(jobs, "HANDLERS", {"record": "x:y", "other": "x:y"})
    opened = Database(f"sqlite:///{tmp_path / 'register.db'}")
    opened.migrate()
    yield opened
    opened.close()


def added(database: Database, reference: str = "1", due_at: datetime = NOW) -> int:
    with database.write() as connection:
        return jobs.add(connection, "record", reference, due_at, {"n": reference})


def left(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_what_is_due_is_taken_once_and_goes_when_it_is_done(database: Database) -> None:
    late, early = added(database, "late"), added(database, "early", NOW - SECOND)
    added(database, "tomorrow", NOW + timedelta(days=1))
    taken = jobs.take(database, NOW, 5)
    assert [job.id for job in taken] == [early, late]
    assert (taken[0].reference, taken[0].payload, taken[0].attempts) == ("early", {"n": "early"}, 1)
    assert jobs.take(database, NOW, 5) == ()
    for job in taken:
        jobs.finish(database, job, None, NOW)
    assert left(database) == 1


def test_a_dead_workers_job_is_anothers_after_its_lease(database: Database) -> None:
    added(database)
    (dead,) = jobs.take(database, NOW)
    assert not jobs.take(database, NOW + jobs.LEASE - SECOND)
    (again,) = jobs.take(database, NOW + jobs.LEASE)
    assert again.attempts == 2
    assert not jobs.keep(database, dead, NOW)
    jobs.finish(database, dead, None, NOW)  # it was not dead, only slow: it has no say any more
    assert jobs.keep(database, again, NOW + jobs.LEASE)
    jobs.finish(database, again, None, NOW)
    assert left(database) == 0


def test_a_job_that_is_to_be_done_again_is_due_then(database: Database) -> None:
    added(database)
    (job,) = jobs.take(database, NOW)
    jobs.finish(database, job, Again(NOW + SECOND, "不急"), NOW)
    assert not jobs.take(database, NOW)
    (job,) = jobs.take(database, NOW + SECOND)
    assert job.attempts == 2
    jobs.finish(database, job, Again(NOW, "came forward", progress=True), NOW)
    (job,) = jobs.take(database, NOW)
    assert job.attempts == 1


@pytest.mark.parametrize("again", [None, Again(NOW + timedelta(days=1), "later")])
def test_what_is_added_while_it_is_done_is_done_once_more(
    database: Database, again: Again | None
) -> None:
    first = added(database)
    (job,) = jobs.take(database, NOW)
    assert added(database, due_at=NOW) == first
    jobs.finish(database, job, again, NOW)
    (once_more,) = jobs.take(database, NOW)
    jobs.finish(database, once_more, None, NOW)
    assert left(database) == 0


def test_adding_again_only_brings_forward(database: Database) -> None:
    added(database, due_at=NOW + SECOND)
    added(database, due_at=NOW + timedelta(days=1))
    assert not jobs.take(database, NOW)
    added(database, due_at=NOW)
    assert jobs.take(database, NOW)


def test_a_job_of_a_transaction_that_fails_was_never_there(database: Database) -> None:
    def fails() -> None:
        with database.write() as connection:
            jobs.add(connection, "record", "1", NOW)
            raise Conflict("no")

    with pytest.raises(Conflict):
        fails()
    assert left(database) == 0


def test_whoever_does_jobs_is_told_of_them_once_they_are_there(database: Database) -> None:
    seen: list[tuple[int, ...]] = []
    database.wake = lambda ids: seen.append((*ids, left(database)))
    with database.write() as connection:
        first = jobs.add(connection, "record", "1", NOW)
        assert not seen
    assert seen == [(first, 1)]


def test_a_kind_that_nobody_does_is_refused(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as connection:
        jobs.add(connection, "unheard-of", "1", NOW)


def test_after_an_error_it_waits_twice_as_long_each_time_up_to_a_day(database: Database) -> None:
    added(database)
    (job,) = jobs.take(database, NOW)
    again = jobs.after_error(job, ValueError("secret"), NOW)
    assert again.why == "ValueError"
    assert "证书" in jobs.after_error(job, Conflict("证书"), NOW).why
    waits = [jobs.delay(n) / jobs.FIRST_DELAY for n in (1, 2, 3, 4)]
    assert waits == [pytest.approx(2**n, rel=0.11) for n in range(4)]
    assert jobs.delay(10_000) <= jobs.LONGEST_DELAY * 1.1


def test_workers_of_a_queue_are_told_of_a_job_once_in_a_while(database: Database) -> None:
    job_id = added(database)
    minute = timedelta(minutes=1)
    assert list(jobs.to_wake(database, NOW, 10, minute)) == [job_id]
    assert list(jobs.to_wake(database, NOW + SECOND, 10, minute)) == []
    assert list(jobs.to_wake(database, NOW + minute, 10, minute)) == [job_id]
    assert [job.id for job in jobs.take(database, NOW, job_id=job_id)] == [job_id]
    assert list(jobs.to_wake(database, NOW + 2 * minute, 10, minute)) == [job_id]
