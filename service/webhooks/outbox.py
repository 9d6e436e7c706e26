"""What is to be told is written down in the transaction that makes it true, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.errors import Conflict
from service.statements import Statement
from service.webhook_settings import Endpoint
from service.webhooks import body, pace
from service.work import jobs

KIND = "webhook"
"""The kind of job that sends what is to be told of one certificate to one receiver."""

TOLD = frozenset(
    {
        "issued",
        "step_failed",
        "signing_failed",
        "corrected",
        "continued",
        "cancelling",
        "cancelled",
        "replaced",
        "abandoned",
    }
)
"""The events that are told. That a number is held and coded is told to who asks: the answer to the
request follows, or one of these does."""

MOST_URLS = 8
"""So many addresses for one certificate; more would be a way to have us flood somebody."""

ENDPOINTS = "sealpress_endpoints"
"""The execution option of a connection that carries the endpoints of its installation."""

_KEY, _ENDPOINT = "key:", "endpoint:"
_S = t.webhook_subscriptions.c
_OF_CERTIFICATE = Statement(
    sa.select(_S.url, _S.caller).where(_S.certificate_id == sa.bindparam("wanted")).order_by(_S.id)
)


@dataclass(frozen=True)
class Receiver:
    """Whom to tell, and where: an access key's `notify_url`, or an endpoint of the settings."""

    name: str
    url: str

    @classmethod
    def of_key(cls, caller: str, url: str) -> Receiver:
        """The address that a request of that access key named."""
        return cls(_KEY + caller, url)

    @classmethod
    def of_endpoint(cls, endpoint: Endpoint) -> Receiver:
        """An endpoint of the settings, by its name."""
        return cls(_ENDPOINT + endpoint.name, endpoint.url)

    @property
    def caller(self) -> str | None:
        """The access key, None of an endpoint."""
        return self.name.removeprefix(_KEY) if self.name.startswith(_KEY) else None

    @property
    def endpoint(self) -> str | None:
        """The name of the endpoint, None of an access key."""
        return self.name.removeprefix(_ENDPOINT) if self.name.startswith(_ENDPOINT) else None


def subscribe(
    connection: Connection, certificate_id: int, url: str, caller: str, now: datetime
) -> None:
    """Let an address hear of a certificate from now on; once is enough.

    Raises:
        Conflict: too many addresses hear of it already.
    """
    known = _OF_CERTIFICATE.rows(connection, {"wanted": certificate_id})
    if (url, caller) in known:
        return
    if len(known) >= MOST_URLS:
        raise Conflict(
            f"该证书的通知地址已达 {MOST_URLS} 个 (as many addresses as allowed hear of it)"
        )
    connection.execute(
        t.webhook_subscriptions.insert(),
        {"certificate_id": certificate_id, "url": url, "caller": caller, "created_at": now},
    )


def inherit(connection: Connection, certificate_id: int, replaces_id: int, now: datetime) -> None:
    """Let who hears of a certificate hear of the one that is to take its place, too."""
    for url, caller in _OF_CERTIFICATE.rows(connection, {"wanted": replaces_id}):
        subscribe(connection, certificate_id, url, caller, now)


def tell(
    connection: Connection,
    event: tuple[int, str, datetime],
    certificate_id: int,
    record_id: int,
    detail: Mapping[str, Any],
) -> None:
    """Write down what everybody is to hear of an event (its id, kind and moment)."""
    if event[1] not in TOLD:
        return
    receivers = list(_receivers(connection, certificate_id))
    if not receivers:
        return
    told = body.body(connection, event, certificate_id, record_id, detail)
    for receiver in receivers:
        _add(connection, event, certificate_id, receiver, told)


def _receivers(connection: Connection, certificate_id: int) -> Iterator[Receiver]:
    endpoints: tuple[Endpoint, ...] = connection.get_execution_options().get(ENDPOINTS, ())
    if endpoints:
        c = t.certificates.c
        request = connection.execute(sa.select(c.request).where(c.id == certificate_id))
        authority = body.authority_of(request.scalar_one())
        for one in endpoints:
            if one.scope.everything or one.scope.covers(authority["code"], authority["division"]):
                yield Receiver.of_endpoint(one)
    for url, caller in _OF_CERTIFICATE.rows(connection, {"wanted": certificate_id}):
        yield Receiver.of_key(caller, url)


def _add(
    connection: Connection,
    event: tuple[int, str, datetime],
    certificate_id: int,
    receiver: Receiver,
    told: bytes,
) -> None:
    event_id, kind, at = event
    connection.execute(
        t.webhook_deliveries.insert(),
        {
            "event_id": event_id,
            "certificate_id": certificate_id,
            "kind": kind,
            "receiver": receiver.name,
            "url": receiver.url,
            "body": told,
            "state": "pending",
            "created_at": at,
            "due_at": at,
            "until": at + pace.LIFE,
        },
    )
    wake(connection, certificate_id, receiver, at)


def wake(connection: Connection, certificate_id: int, receiver: Receiver, at: datetime) -> None:
    """See to it that what waits of a certificate for a receiver is sent, from that moment on.

    It is one job, so that one worker at a time sends it: order is kept.
    """
    digest = hashlib.sha256(f"{receiver.name}\0{receiver.url}".encode()).hexdigest()
    payload = {"certificate": certificate_id, "receiver": receiver.name, "url": receiver.url}
    jobs.add(connection, KIND, f"{certificate_id}/{digest[:32]}", at, payload)
