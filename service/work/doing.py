"""Doing one job that was taken: its handler is looked up, and whatever it raises is kept."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable

from service import clock
from service.errors import ServiceError
from service.installation import Installation
from service.work import jobs
from service.work.jobs import Again, Job
from signing.errors import SigningError

Handler = Callable[[Installation, Job], Again | None]

log = logging.getLogger("sealpress")


def do(installation: Installation, job: Job, act: Handler | None = None) -> Again | None:
    """Do a job and let go of it; gives what became of it. `act` stands in for its kind's handler.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the register cannot be reached; the lease will end.
    """
    try:
        again = (act or handler(job.kind))(installation, job)
    except KeyboardInterrupt:  # whoever begins it again need not wait for the lease's end
        jobs.finish(installation.database, job, Again(clock.now(), "interrupted"), clock.now())
        raise
    except Exception as error:  # the next job must not suffer from it
        if not isinstance(error, ServiceError | SigningError):
            log.exception("job %s %s", job.kind, type(error).__name__)
        again = jobs.after_error(job, error, clock.now())
    jobs.finish(installation.database, job, again, clock.now())
    return again


def handler(kind: str) -> Handler:
    """Who does jobs of a kind.

    Raises:
        KeyError: nobody does.
    """
    module, _, name = jobs.HANDLERS[kind].partition(":")
    found: Handler = getattr(importlib.import_module(module), name)
    return found
