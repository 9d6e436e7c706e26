"""The table `[public]` of `config.toml`: whom the public side believes, and how much it bears.

    [public]
    trusted_proxies = ["10.0.0.5", "10.1.0.0/16"]  # whose X-Forwarded-For is believed
    rate_store = "redis://localhost:6379/1"        # absent: each process counts for itself

    [public.rates]                                 # requests in a minute by one address
    code = 300
    number = 20
    upload = 10
    trust = 60

    [public.rates_of_all]                          # and by all of them together
    code = 120000

The kinds of requests and their usual rates stand in `verify.rates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from service.errors import Misconfigured
from verify import rates
from verify.client_address import MalformedNetwork, Proxies

DEFAULT_TABLE = """\
# What the public side believes and bears (docs/public-side.md).
# [public]
# trusted_proxies = ["10.0.0.5"]
# rate_store = "redis://localhost:6379/1"
"""

MEMORY = "memory://"

_STORES = ("redis://", "rediss://", "unix://")
_SETTABLE = {"trusted_proxies", "rate_store", "rates", "rates_of_all"}


@dataclass(frozen=True)
class PublicSettings:
    """Proxies that are believed, rates by kind of request, and where they are counted."""

    proxies: Proxies = field(default_factory=Proxies)
    rate_store: str = MEMORY
    rates: Mapping[str, rates.Rate] = field(default_factory=lambda: rates.RATES)


def read(table: Mapping[str, Any]) -> PublicSettings:
    """The settings of the table.

    Raises:
        Misconfigured: something in it cannot be used.
    """
    unknown = sorted(set(table) - _SETTABLE)
    if unknown:
        raise _wrong(", ".join(unknown), "未知配置项 (unknown setting)")
    try:
        proxies = Proxies.read(_texts(table.get("trusted_proxies", [])))
    except MalformedNetwork as error:
        reason = f"应为地址或网段 (an address or a network): {error}"
        raise _wrong("trusted_proxies", reason) from None
    store = table.get("rate_store", "") or MEMORY
    if not isinstance(store, str) or (store != MEMORY and not store.startswith(_STORES)):
        raise _wrong("rate_store", "应为 redis:// 地址 (a redis:// address)")
    if store != MEMORY and find_spec("redis") is None:
        raise _wrong("rate_store", "需要安装 redis (pip install 'sealpress[workers]')")
    return PublicSettings(
        proxies=proxies,
        rate_store=store,
        rates=rates.changed(_rates(table, "rates"), _rates(table, "rates_of_all")),
    )


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong("trusted_proxies", "应为字符串数组 (a list of strings)")
    return value


def _rates(table: Mapping[str, Any], name: str) -> dict[str, int]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise _wrong(name, "应为表 (a table)")
    for kind, number in found.items():
        if kind not in rates.RATES:
            raise _wrong(f"{name}.{kind}", f"只有 (only): {', '.join(rates.RATES)}")
        if type(number) is not int or number < 1:
            raise _wrong(f"{name}.{kind}", "应为正整数 (a whole number above 0)")
    return found


def _wrong(name: str, message: str) -> Misconfigured:
    return Misconfigured(f"config.toml: public.{name} {message}")
