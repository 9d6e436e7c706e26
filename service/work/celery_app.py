"""The queue: Celery carries nothing but the ids of jobs; what they are stands in the register."""

from __future__ import annotations

import os
import sys
import threading
from datetime import timedelta
from functools import cache

from celery import Celery, signals
from celery.utils.nodenames import default_nodename
from celery.worker import state
from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.installation import Installation
from service.work import jobs, queue, sweep
from service.work.doing import do
from service.work.jobs import Again
from service.work.loop import AFTER_TROUBLE_SECONDS, POLL_SECONDS
from service.work.settings import WorkSettings

LOST = timedelta(seconds=30)
"""A message about a job is taken for lost when the job was not begun for so long, or for as long as
a lease where that is shorter."""

AT_ONCE = 500
"""Messages that are sent at once about jobs that have become due."""


@cache
def of(settings: WorkSettings) -> Celery:
    """The application at the broker of the settings."""
    app = Celery("sealpress", broker=settings.broker, set_as_current=False)
    app.conf.update(
        task_default_queue=queue.QUEUE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=queue.ANSWER_SECONDS,
        broker_transport_options={
            "socket_connect_timeout": queue.ANSWER_SECONDS,
            "socket_timeout": queue.ANSWER_SECONDS * 5,
            "retry_on_timeout": True,
        },
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
    )
    return app


class Worker:
    """A worker of the queue: it does what it is told of, and tells of what has become due."""

    def __init__(self, installation: Installation, threads: int | None = None) -> None:
        self._installation = installation
        self._threads = threads or installation.settings.work.threads
        self._settings = installation.settings.work
        self._stopping = threading.Event()
        self._tell = queue.Teller(self._settings)

    def run(self) -> int:
        """Work until a signal says to stop; gives the exit status."""
        app = of(self._settings)
        app.task(name=queue.TASK)(self._do)
        watching = threading.Thread(target=self._watch, name="work-watch", daemon=True)

        def begin(**_: object) -> None:
            watching.start()

        signals.worker_init.connect(begin, weak=False)
        # Threads: what draws and seals takes turns (service.turns), what sends waits for others.
        # More than one processor is used by running several workers.
        worker = app.Worker(
            hostname=default_nodename(None),
            pool="threads",
            concurrency=self._threads,
            loglevel="WARNING",
            queues=[queue.QUEUE],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
        )
        try:
            worker.start()
        finally:
            self._stopping.set()
        if self._tell.back:
            self._installation.database.close()
            anew = [sys.executable, "-m", "service.cli", *sys.argv[1:]]
            os.execv(sys.executable, anew)  # noqa: S606 - this very command
        return int(worker.exitcode or 0)

    def _do(self, job_id: int) -> None:
        """Do a job, if it is due and free; what is due at once again goes to the queue's end."""
        lease = self._settings.lease
        for job in jobs.take(
            self._installation.database, clock.now(), job_id=int(job_id), lease=lease
        ):
            again = do(self._installation, job)
            if isinstance(again, Again) and again.at <= clock.now():
                self._tell([job.id])

    def _watch(self) -> None:
        """Tell of jobs that have become due, and again of those whose message was lost."""
        begun = False
        while not self._stopping.wait(POLL_SECONDS):
            try:
                if not begun:
                    sweep.begin(self._installation)
                    begun = True
                silence = min(LOST, self._settings.lease)
                database = self._installation.database
                self._tell(jobs.to_wake(database, clock.now(), AT_ONCE, silence))
                if self._tell.back:
                    # A consumer that could not acknowledge to a broker that was away stays deaf
                    # when it is back (Celery 5.7, Redis): what was begun is ended, then all anew.
                    state.should_stop = os.EX_OK
                    return
            except SQLAlchemyError:
                self._stopping.wait(AFTER_TROUBLE_SECONDS)
