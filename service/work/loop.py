"""Threads that look into the table of jobs and do what is due, in `serve` and in `worker`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.installation import Installation
from service.work import jobs, sweep
from service.work.doing import do

POLL_SECONDS = 1.0
"""How often the table is looked at: jobs of other processes are found so late, own ones at once."""

AFTER_TROUBLE_SECONDS = 5.0
"""How long to leave a database alone that did not answer."""

STOP_SECONDS = 20.0
"""How long a job may take to end when its process is to stop; after that its lease ends it."""

log = logging.getLogger("sealpress")


class Loop:
    """Does jobs from `start` to `stop`. Made in the process that works, after any fork."""

    def __init__(self, installation: Installation, threads: int) -> None:
        self._installation = installation
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"work-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin; jobs that this process adds are done at once from now on."""
        self._try(lambda: sweep.begin(self._installation))
        self._installation.database.wake = self._wake
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Take no more jobs; may be called from a signal's handler."""
        self._stopping.set()
        self._wake(())

    def stop(self) -> None:
        """Take no more jobs, and wait a while for those that are being done."""
        self.ask_to_stop()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def wait(self) -> None:
        """Until it is asked to stop."""
        self._stopping.wait()

    def _wake(self, _ids: Sequence[int]) -> None:
        self._woken.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._try(self._one)

    def _one(self) -> None:
        """Do the job that is due longest, or wait for one."""
        lease = self._installation.settings.work.lease
        taken = jobs.take(self._installation.database, clock.now(), lease=lease)
        for job in taken:
            do(self._installation, job)
        if not taken and not self._stopping.is_set() and self._woken.wait(POLL_SECONDS):
            self._woken.clear()

    def _try(self, act: Callable[[], object]) -> None:
        """A database that is away for a while is no reason to end."""
        try:
            act()
        except SQLAlchemyError as error:
            log.warning("work: the register does not answer: %s", type(error).__name__)
            self._stopping.wait(AFTER_TROUBLE_SECONDS)


def behind_the_service(installation: Installation) -> Loop | None:
    """A loop beside the requests of this process, started; None where only workers do the work."""
    work = installation.settings.work
    if work.broker or not work.in_serve:
        return None
    loop = Loop(installation, work.threads)
    loop.start()
    return loop
