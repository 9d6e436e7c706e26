"""What becomes of a batch whose access key is withdrawn: its rows that wait are not done."""

from __future__ import annotations

from datetime import datetime

from service import access_file, clock, report
from service.access import Caller
from service.batches import store
from service.batches.store import Batch, Ended, State
from service.errors import Unauthorized
from service.installation import Installation
from verify import times

AT_ONCE = 500
"""Rows whose outcome is written down in one transaction."""


def since(installation: Installation, caller: Caller) -> datetime | None:
    """Since when a caller's key is revoked, None while it is not.

    One that merely expired has its batches done: nobody took back what it was given for.

    Raises:
        Misconfigured: the file of keys was changed and is wrong now.
    """
    revoked = {key.name: key.revoked_at for key in access_file.load(installation.settings.home)}
    at = revoked.get(caller.name)
    return at if at is not None and at <= clock.now() else None


def end_rows(installation: Installation, batch: Batch, lane: int, at: datetime) -> None:
    """Give the rows of a lane that wait the outcome that the key was withdrawn at that moment."""
    refused = Unauthorized(
        f"密钥 {batch.caller.name} 已吊销，该行未办理 "
        f"(the key was withdrawn at {times.iso(at)}, and the row not done)"
    )
    told = {"problem": report.document(refused)}
    while True:
        with installation.database.write() as connection:
            rows = store.waiting(connection, batch.id, lane, AT_ONCE)
            if not rows:
                return
            ended = [Ended(row, State.FAILED, told) for row in rows]
            store.keep(connection, batch.id, ended, [], clock.now())
