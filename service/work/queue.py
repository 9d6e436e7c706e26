"""Telling the workers of a Celery queue about jobs. What gets lost there the sweep finds again."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from service.work.settings import WorkSettings

TASK = "sealpress.job"
"""The one task: do the job with that id, if it is due and free."""

QUEUE = "sealpress"

ANSWER_SECONDS = 2
"""How long a broker may take to answer: whoever adds a job waits for that."""

SILENT_SECONDS = 10.0
"""A broker that did not answer is left alone so long."""

log = logging.getLogger("sealpress")


class Teller:
    """Tells workers the ids of jobs. It never raises, and connects when it is first called.

    After a failure it is silent for a while; `back` says that the broker answered after one.
    """

    def __init__(self, settings: WorkSettings) -> None:
        self._settings = settings
        self._silent_until = 0.0
        self._failed = False
        self.back = False

    def __call__(self, ids: Sequence[int]) -> None:
        """Send a message for each job."""
        if not ids or time.monotonic() < self._silent_until:
            return
        # Celery takes 0.2 s to import: only who adds jobs where there is a broker pays for it.
        from service.work import celery_app

        try:
            for job_id in ids:
                celery_app.of(self._settings).send_task(TASK, [job_id], queue=QUEUE, retry=False)
            self.back = self._failed
        except Exception as error:  # brokers' libraries raise what they like
            self._failed = True
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("work: the broker does not answer: %s", type(error).__name__)
