"""Receivers of notifications on loopback, with TLS of their own authority."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from platform_world import raw_server, request_on, response
from tls_world import served_as

from service import clock
from service import tables as t
from service.installation import Installation
from service.webhooks import delivering
from service.work import jobs

HOST = "localhost"
LOOPBACK = '["127.0.0.0/8", "::1/128"]'


@dataclass
class Receiver:
    """What a receiver was sent; `answers` are given in turn, then 200."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    got: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is told."""
        return f"https://{HOST}:{self.port}/told?for=us"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What it was told."""
        return [json.loads(one.partition(b"\r\n\r\n")[2]) for one in self.got]

    @property
    def kinds(self) -> list[str]:
        """Which events it was told of."""
        return [body["event"]["kind"] for body in self.bodies]

    def headers(self, index: int = -1) -> dict[str, str]:
        """The headers of one that it was sent."""
        lines = self.got[index].partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines)


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """A receiver with TLS that takes what it is sent."""
    context, found, lock = served_as(x509.DNSName(HOST), folder), Receiver(), threading.Lock()

    def talk(connection: socket.socket, _: int) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            request = request_on(wrapped)
            with lock:
                found.got.append(request)
                status = found.answers.pop(0) if found.answers else "200 OK"
            wrapped.sendall(response(b"ok", status))

    with raw_server(talk) as port:
        found.port = port
        yield found


def allow_loopback(home: Path, folder: Path) -> None:
    """Let an installation tell receivers of this machine, whose `ca.pem` is in the folder."""
    ca = json.dumps(str(folder / "ca.pem"))
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n[webhooks]\nallow_private = {LOOPBACK}\nca = {ca}\ntimeout_s = 5.0\n")


def work(installation: Installation) -> int:
    """Do every job of ours that is due now; gives how many there were."""
    done = 0
    while taken := [
        job for job in jobs.take(installation.database, clock.now(), 10) if job.kind == "webhook"
    ]:
        for job in taken:
            again = delivering.handle(installation, job)
            jobs.finish(installation.database, job, again, clock.now())
            done += 1
    return done


def deliveries(installation: Installation) -> list[Any]:
    """Every notification, in order."""
    with installation.database.read() as connection:
        query = sa.select(t.webhook_deliveries).order_by(t.webhook_deliveries.c.id)
        return list(connection.execute(query))
