"""A thread beside the approvals side that signs a checkpoint when the log has grown."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from service.errors import ServiceError
from service.installation import Installation
from service.transparency import checkpoints
from signing.errors import SigningError

EVERY_SECONDS = 1.0
"""How often it looks: what was answered is under a signed checkpoint so soon."""

AFTER_TROUBLE_SECONDS = 60.0
"""How long it waits where a checkpoint cannot be signed; issuing does not wait for it."""

STOP_SECONDS = 5.0

log = logging.getLogger("sealpress")


class Keeper:
    """Looks from `start` to `stop`. Made in the process that works, after any fork."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Sign what is not signed yet, and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        wait = EVERY_SECONDS
        while not self._stopping.wait(wait):
            wait = EVERY_SECONDS if self._sign() else AFTER_TROUBLE_SECONDS
        self._sign()

    def _sign(self) -> bool:
        """Whether it could be done; else the log says why."""
        try:
            checkpoints.sign_if_grown(self._installation)
        except (SigningError, SQLAlchemyError, ServiceError, OSError) as error:
            detail = error if isinstance(error, SigningError) else type(error).__name__
            log.warning("log: no checkpoint can be signed: %s", detail)
            return False
        return True
