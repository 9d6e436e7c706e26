"""The table `[webhooks]` of `config.toml`: where notifications may go, and who is always told.

    [webhooks]
    allow_private = ["10.0.0.0/8"]       # networks of our own; absent: public addresses only
    allow_http = false                   # true: endpoints below may be http:// (never notify_url)
    ca = "webhooks/ca.pem"               # receivers' authorities; absent: the system's
    timeout_s = 10.0                     # for one try
    keep_days = 90                       # then what was delivered or given up is removed

    [[webhooks.endpoints]]
    name = "district-office"             # never given to another receiver
    url = "https://office.example/certificates"
    secret_file = "webhooks/office.secret"           # one line, mode 0600
    old_secret_file = "webhooks/office.old"          # while the secret is being changed
    authorities = ["11450100MB0000001Q"] # of which authorities (USCC); absent: of all
    divisions = ["4501"]                 # of which divisions, by beginning; absent: of all

Paths are relative to the home.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from service import scope
from service.errors import Misconfigured
from service.scope import Scope
from service.webhooks.addresses import Network
from service.webhooks.target import NoTarget, Target

USUAL_TIMEOUT_S = 10.0
MAX_TIMEOUT_S = 30.0
"""Longest time for one try, seconds: meanwhile whoever sends it does nothing else."""

USUAL_KEEP_DAYS = 90
"""A quarter: as long as a receiver's people ask what it was told. The events themselves stay."""

MAX_KEEP_DAYS = 3650
"""More is a slip: nobody asks after ten years how a notification went."""

MAX_ENDPOINTS = 50
"""Each is a row for every change; who has more receivers spreads them behind one."""

DEFAULT_TABLE = """\
# Whom to tell of every change (docs/webhooks.md), beside the notify_url of a request.
# [webhooks]
# allow_private = ["10.0.0.0/8"]
#
# [[webhooks.endpoints]]
# name = "district-office"
# url = "https://office.example/certificates"
# secret_file = "webhooks/office.secret"
"""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SETTABLE = {"allow_private", "allow_http", "ca", "timeout_s", "keep_days", "endpoints"}
_OF_ENDPOINT = {"name", "url", "secret_file", "old_secret_file", "authorities", "divisions"}


@dataclass(frozen=True)
class Endpoint:
    """A receiver that is told of every change within `scope`; secrets are in `secret_files`."""

    name: str
    url: str
    secret_files: tuple[Path, ...]
    scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True)
class WebhookSettings:
    """Where notifications may go, how long one may take, who is always told, and what is kept."""

    allow_private: tuple[Network, ...] = ()
    allow_http: bool = False
    ca: Path | None = None
    timeout_s: float = USUAL_TIMEOUT_S
    keep: timedelta = timedelta(days=USUAL_KEEP_DAYS)
    endpoints: tuple[Endpoint, ...] = ()

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of that name, None where there is none (any more)."""
        return next((one for one in self.endpoints if one.name == name), None)


def read(table: Mapping[str, Any], home: Path) -> WebhookSettings:
    """The settings of a table.

    Raises:
        Misconfigured: a setting is missing, unknown or of no use.
    """
    if unknown := sorted(set(table) - _SETTABLE):
        raise _wrong(f"未知配置项 (unknown setting): {', '.join(unknown)}")
    http = table.get("allow_http", False)
    if not isinstance(http, bool):
        raise _wrong("allow_http 应为 true 或 false (must be true or false)")
    timeout = table.get("timeout_s", USUAL_TIMEOUT_S)
    if type(timeout) not in (int, float) or not 0.1 <= timeout <= MAX_TIMEOUT_S:
        raise _wrong(f"timeout_s 应为 0.1 至 {MAX_TIMEOUT_S:g} 秒 (seconds)")
    days = table.get("keep_days", USUAL_KEEP_DAYS)
    if type(days) is not int or not 1 <= days <= MAX_KEEP_DAYS:
        raise _wrong(f"keep_days 应为 1 至 {MAX_KEEP_DAYS} 天的整数 (whole days)")
    private = _networks(table.get("allow_private", []))
    return WebhookSettings(
        allow_private=private,
        allow_http=http,
        ca=_file(table, "ca", home, "") if "ca" in table else None,
        timeout_s=float(timeout),
        keep=timedelta(days=days),
        endpoints=_endpoints(table.get("endpoints", []), home, private, allow_http=http),
    )


def _networks(values: Any) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(one) for one in _texts(values, "allow_private"))
    except ValueError as error:
        raise _wrong(f"allow_private 应为网段，如 10.0.0.0/8 (networks): {error}") from None


def _endpoints(
    rows: Any, home: Path, private: Sequence[Network], *, allow_http: bool
) -> tuple[Endpoint, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong("endpoints 应为表 (must be tables)")
    if len(rows) > MAX_ENDPOINTS:
        raise _wrong(f"endpoints 最多 {MAX_ENDPOINTS} 个 (at most)")
    found = tuple(_endpoint(row, home, private, allow_http=allow_http) for row in rows)
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(f"endpoints 重名 (a name is given twice): {', '.join(twice)}")
    return found


def _endpoint(
    row: Mapping[str, Any], home: Path, private: Sequence[Network], *, allow_http: bool
) -> Endpoint:
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _wrong(f"endpoints: name 应为字母、数字、点、横线 (letters, digits, . _ -): {name!r}")
    if unknown := sorted(set(row) - _OF_ENDPOINT):
        raise _wrong(f"{name}: 未知项 (unknown): {', '.join(unknown)}")
    try:
        target = Target.of(row.get("url"))
        target.require_allowed(private)
    except NoTarget as error:
        raise _wrong(f"{name}: url {error}") from None
    if not (target.tls or allow_http):
        raise _wrong(f"{name}: url 应为 https (must be https unless allow_http)")
    files = [_file(row, "secret_file", home, f"{name}: ")]
    if "old_secret_file" in row:
        files.append(_file(row, "old_secret_file", home, f"{name}: "))
    try:
        return Endpoint(name, target.url, tuple(files), scope.read(row))
    except scope.NoScope as error:
        raise _wrong(f"{name}: {error}") from None


def _texts(values: Any, what: str) -> Sequence[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise _wrong(f"{what} 应为文本列表 (must be a list of texts)")
    return values


def _file(row: Mapping[str, Any], name: str, home: Path, of: str) -> Path:
    value = row.get(name)
    try:
        if isinstance(value, str) and value and (home / value).is_file():
            return home / value
    except (OSError, ValueError):
        pass  # a name that no file can have
    raise _wrong(f"{of}{name} 应为文件路径 (no such file): {value!r}")


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"config.toml: [webhooks] {what}")
