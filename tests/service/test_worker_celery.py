"""Celery workers on a real Redis and a real PostgreSQL: killed, cut off, and nothing done twice."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from documented_service import free_port
from postgresql_world import REQUIRED, empty_database, needed, put_register_at
from worker_world import (
    configure,
    die_while_issuing,
    ended,
    numbers,
    outcomes,
    post_rows,
    process,
    require_a_worker_to_end,
    speak_to,
    until,
)

from service import tables as t
from service.installation import Installation

REDIS = os.environ.get("SEALPRESS_TEST_REDIS")

pytestmark = [
    *needed,
    pytest.mark.skipif(
        REDIS is None and not REQUIRED,
        reason="needs a Redis (Debian: redis-server) and its URL in SEALPRESS_TEST_REDIS",
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("celery") is None and not REQUIRED,
        reason="needs Celery (pip install sealpress[workers])",
    ),
]

Sample = Callable[..., dict[str, Any]]
ROWS = 16
REDIS_DATABASE = 9
"""Of Redis' sixteen, so that the tests of other rooms are left alone."""


@pytest.fixture
def redis() -> Iterator[Any]:
    """An empty Redis."""
    assert REDIS, "SEALPRESS_TEST_REDIS is not set"
    from redis import Redis

    client = Redis.from_url(f"{REDIS}/{REDIS_DATABASE}")
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def home(home: Path, redis: Any) -> Iterator[Path]:
    """A home whose register is a database of its own, and whose work goes through Redis."""
    assert redis
    with empty_database() as url:
        put_register_at(home, url)
        configure(home, f'broker = "{REDIS}/{REDIS_DATABASE}"\nlease_s = 2')
        yield home


class OwnRedis:
    """A Redis that a test may kill; it forgets all when it dies."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Begin to serve, at the same port each time."""
        said = subprocess.DEVNULL
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", "/tmp"]  # noqa: S108
        self._process = subprocess.Popen(command, stdout=said, stderr=said)

    def kill(self) -> None:
        """End at once."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    if shutil.which("redis-server") is None and not REQUIRED:
        pytest.skip("needs redis-server (Debian: redis-server)")
    started = OwnRedis()
    yield started
    started.kill()


def test_a_batch_outlives_a_worker_and_its_broker(
    home: Path, own_redis: OwnRedis, sample: Sample
) -> None:
    speak_to(home, f"redis://127.0.0.1:{own_redis.port}/0")
    installation = Installation.open(home)
    rows = [sample("05", face__factory_number=f"F{n}") for n in range(ROWS)]
    batch_id = post_rows(installation, rows)
    with process(home, "worker") as first, process(home, "worker") as second:
        until(lambda: len(numbers(installation)) > 5, first.said() + second.said())
        first.kill()
        own_redis.kill()  # whatever was on its way to a worker is lost
        more = post_rows(installation, [sample("01")])
        own_redis.start()
        until(lambda: ended(installation, batch_id) and ended(installation, more), second.said())
        assert second.stop() == 0
    assert set(outcomes(installation)) == {"issued"}
    assert len(set(numbers(installation))) == len(numbers(installation)) == ROWS + 1
    with installation.database.read() as connection:
        kept = connection.execute(sa.select(sa.func.count()).select_from(t.documents)).scalar_one()
    assert kept == 2 * (ROWS + 1)
    installation.database.close()


def test_a_worker_ends_the_record_of_a_process_that_was_killed(
    home: Path, installation: Installation, sample: Sample
) -> None:
    die_while_issuing(home, sample("05"))
    require_a_worker_to_end(home, installation)


def test_a_broker_that_is_away_costs_whoever_adds_a_job_nothing_but_a_moment(
    home: Path, sample: Sample
) -> None:
    speak_to(home, "redis://127.0.0.1:1/0")
    installation = Installation.open(home)
    try:
        batch_id = post_rows(installation, [sample("01")])
        assert not ended(installation, batch_id)
    finally:
        installation.database.close()
