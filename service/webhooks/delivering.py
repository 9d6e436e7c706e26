"""The job that sends what waits of one certificate for one receiver, in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service import clock
from service import tables as t
from service.errors import Misconfigured
from service.installation import Installation
from service.webhooks import pace, secret, sending, signature
from service.webhooks.outbox import Receiver
from service.webhooks.pauses import Pauses
from service.webhooks.sending import NotTold
from service.webhooks.target import NoTarget, Target
from service.work import jobs
from service.work.jobs import Again, Job
from signing.errors import KeyUnavailable

AT_ONCE = 20
"""So many notifications in one go; then others have their turn."""

EVENT, DELIVERY = "Sealpress-Event", "Sealpress-Delivery"

_D = t.webhook_deliveries
_PAUSES = Pauses()


class _Gone(Exception):
    """The receiver is none any more: nothing will ever reach it."""


def handle(installation: Installation, job: Job) -> Again | None:
    """Send one notification after another until none waits, or one is not taken.

    One that is not taken holds up those after it, until it is given up.
    """
    receiver = Receiver(str(job.payload["receiver"]), str(job.payload["url"]))
    certificate_id = int(job.payload["certificate"])
    for _ in range(AT_ONCE):
        waiting = _first(installation, certificate_id, receiver)
        if waiting is None:
            return None
        if waiting.due_at > clock.now():
            return Again(waiting.due_at, waiting.said)
        later = _deliver(installation, receiver, waiting)
        if later is not None:
            return later
        # The next may take as long again: who has let the lease pass must not go on.
        if not jobs.keep(installation.database, job, clock.now()):
            return None
    return Again(clock.now(), "", progress=True)


def _first(
    installation: Installation, certificate_id: int, receiver: Receiver
) -> sa.Row[Any] | None:
    """The oldest notification that waits."""
    c = _D.c
    query = (
        sa.select(_D)
        .where(
            c.certificate_id == certificate_id,
            c.receiver == receiver.name,
            c.url == receiver.url,
            c.state == "pending",
        )
        .order_by(c.id)
        .limit(1)
    )
    with installation.database.read() as connection:
        return connection.execute(query).first()


def _deliver(installation: Installation, receiver: Receiver, waiting: sa.Row[Any]) -> Again | None:
    """Try one; None when it was taken or given up, so that the next may follow."""
    try:
        target, secrets = _how(installation, receiver)
    except (_Gone, NoTarget) as error:
        _note(installation, waiting, state="given_up", ended_at=clock.now(), said=str(error))
        return None
    except (KeyUnavailable, Misconfigured) as error:
        return _failed(installation, waiting, str(error))
    now = clock.now()
    if pause := _PAUSES.until(target.origin, now):
        return Again(pause, "对方多次没有答复，稍后再试 (it did not answer: left alone for now)")
    headers = _headers(waiting, secrets, now)
    try:
        status = sending.post(target, waiting.body, headers, installation.settings.webhooks)
    except NotTold as error:
        if error.works:
            _PAUSES.answered(target.origin)
        else:
            _PAUSES.failed(target.origin, clock.now())
        return _failed(installation, waiting, str(error))
    _PAUSES.answered(target.origin)
    _note(
        installation,
        waiting,
        state="delivered",
        attempts=waiting.attempts + 1,
        ended_at=clock.now(),
        said=f"HTTP {status}",
    )
    return None


def _how(installation: Installation, receiver: Receiver) -> tuple[Target, tuple[bytes, ...]]:
    """Where to, and the secrets to sign with; an endpoint's as the settings say now."""
    if receiver.caller is not None:
        target = Target.of(receiver.url)
        return target, secret.of_caller(installation.settings.keys, receiver.caller)
    endpoint = installation.settings.webhooks.endpoint(receiver.endpoint or "")
    if endpoint is None:
        raise _Gone("配置中已无此接收方 (the settings do not name this endpoint any more)")
    return Target.of(endpoint.url), secret.of_endpoint(endpoint)


def _headers(waiting: sa.Row[Any], secrets: tuple[bytes, ...], now: datetime) -> Mapping[str, str]:
    return {
        EVENT: waiting.kind,
        DELIVERY: str(waiting.id),
        signature.HEADER: signature.header(secrets, int(now.timestamp()), waiting.body),
    }


def _failed(installation: Installation, waiting: sa.Row[Any], why: str) -> Again | None:
    """Write down that a try failed; None if that was the last one."""
    now, attempts = clock.now(), waiting.attempts + 1
    at = pace.next_try(now, attempts, waiting.until)
    if at is None:
        _note(installation, waiting, state="given_up", attempts=attempts, ended_at=now, said=why)
        return None
    _note(installation, waiting, attempts=attempts, due_at=at, said=why)
    return Again(at, why)


def _note(installation: Installation, waiting: sa.Row[Any], **values: Any) -> None:
    with installation.database.write() as connection:
        connection.execute(_D.update().where(_D.c.id == waiting.id).values(**values))
