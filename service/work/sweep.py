"""The sweep: a job that is always there.

It adds a job for each record that nobody works on, and removes what is kept for a time only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from service import clock, status_publishing
from service.installation import Installation
from service.webhooks import clearing
from service.work import jobs, records
from service.work.jobs import Again, Job

LONGEST_PAUSE = timedelta(seconds=30)
"""Between two sweeps at most; with short leases they follow each other as quickly."""

AT_ONCE = 200
"""Jobs that are added in one transaction; the rest is found by the next sweep."""


def begin(installation: Installation) -> None:
    """See to it that there is a sweep; called by whoever begins to work."""
    with installation.database.write() as connection:
        jobs.add(connection, "sweep", "all", clock.now())
        status_publishing.begin(connection)


def sweep(installation: Installation, _job: Job) -> Again:
    """Add a job for each record that was left, and clear the outbox; it comes again soon."""
    now = clock.now()
    lease = installation.settings.work.lease
    _take_up(installation, now - lease)
    _clear(installation, now - installation.settings.webhooks.keep)
    return Again(now + min(lease, LONGEST_PAUSE), "", progress=True)


def _take_up(installation: Installation, left_before: datetime) -> None:
    with installation.database.read() as connection:
        found = records.unfinished(connection, left_before)[:AT_ONCE]
    if found:
        with installation.database.write() as connection:
            for record in found:
                # Due since then: those that have waited longest come first.
                jobs.add(connection, "record", str(record.record_id), record.worked_at)


def _clear(installation: Installation, ended_before: datetime) -> None:
    with installation.database.read() as connection:
        old = clearing.ended_before(connection, ended_before)
    if old:
        with installation.database.write() as connection:
            clearing.remove(connection, old)
