"""The table `[work]` of `config.toml`: who does the work that waits.

    [work]
    broker = "redis://127.0.0.1:6379/0"   # of Celery; absent: the table is looked at
    in_serve = true                       # without a broker `serve` works too; false: only `worker`
    threads = 2                           # jobs that one process does at once
    lease_s = 120                         # after so long a dead worker's job is another's

It may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from service.errors import Misconfigured

SCHEMES = ("redis", "rediss", "unix", "amqp", "amqps")
"""How brokers that Celery is used with here are addressed: Redis and RabbitMQ."""

MOST_THREADS = 32
"""More do not make one process faster: pressing is work for the processor."""

LEASES_S = (1, 3600)
"""A lease shorter than the steps of a record lets two work on it; a longer one lets it lie."""


@dataclass(frozen=True)
class WorkSettings:
    """Who does the work: `broker` is an address and may hold a password, empty without one."""

    broker: str = field(default="", repr=False)
    in_serve: bool = True
    threads: int = 2
    lease: timedelta = timedelta(seconds=120)


DEFAULTS = WorkSettings()

DEFAULT_TABLE = """\
# Work that waits (batches, records that stopped, what is told to others). Without a broker the
# service does it itself, and so does `sealpress worker`; with one, only workers do (Celery).
# [work]
# broker = "redis://127.0.0.1:6379/0"
# threads = 2
"""


def read(table: Mapping[str, Any]) -> WorkSettings:
    """The settings of a table.

    Raises:
        Misconfigured: a setting is unknown or of no use.
    """
    if unknown := sorted(set(table) - {"broker", "in_serve", "threads", "lease_s"}):
        raise _wrong(f"未知配置项 (unknown setting): {', '.join(unknown)}")
    in_serve = table.get("in_serve", DEFAULTS.in_serve)
    if not isinstance(in_serve, bool):
        raise _wrong("in_serve 应为 true 或 false (true or false)")
    lease_s = _number(table, "lease_s", int(DEFAULTS.lease.total_seconds()), *LEASES_S)
    return WorkSettings(
        broker=_broker(table.get("broker", "")),
        in_serve=in_serve,
        threads=_number(table, "threads", DEFAULTS.threads, 1, MOST_THREADS),
        lease=timedelta(seconds=lease_s),
    )


def _broker(value: object) -> str:
    if value == "":
        return ""
    if not isinstance(value, str) or urlsplit(value).scheme not in SCHEMES:
        raise _wrong(f"broker 应为地址 (an address): {'://…, '.join(SCHEMES)}://…")
    return value


def _number(table: Mapping[str, Any], name: str, usual: int, least: int, most: int) -> int:
    value = table.get(name, usual)
    if type(value) is not int or not least <= value <= most:
        raise _wrong(f"{name} 应为 {least} 至 {most} 的整数 (a whole number)")
    return value


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"config.toml [work]: {what}")
