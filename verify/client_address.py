"""Whose request it is: the address that asks, through the proxies that are trusted.

`X-Forwarded-For` is believed only as far as those who wrote it are known: from its end backwards,
past our own proxies, to the first address that is none of them. What stands before that was sent by
the one who asks and may say anything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from verify.errors import VerifyError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOPS: Final = 8
"""Proxies in a row that are looked past; a longer chain is not ours."""

IPV6_PREFIX: Final = 64
"""One line has a whole /64 of addresses, so that is counted as one."""


class MalformedNetwork(VerifyError):
    """A trusted proxy that is no address and no network in CIDR form."""


@dataclass(frozen=True)
class Proxies:
    """The networks whose word on a sender's address is believed; none by default."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, texts: Iterable[str]) -> Proxies:
        """From addresses or networks as text, such as `10.0.0.0/8`; raises MalformedNetwork."""
        try:
            return cls(tuple(ipaddress.ip_network(text) for text in texts))
        except ValueError as error:
            raise MalformedNetwork(str(error)) from None

    def trusts(self, address: Address) -> bool:
        """Whether an address is one of the proxies."""
        return any(address in network for network in self.networks)


def of(environ: Mapping[str, Any], proxies: Proxies) -> str:
    """The sender of a WSGI request as it is counted: an IPv4 address, or an IPv6 /64.

    `unknown` where there is none, as on a Unix socket without a proxy that names one.
    """
    found = _address(str(environ.get("REMOTE_ADDR", "")))
    if proxies.networks and (found is None or proxies.trusts(found)):
        chain = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-_HOPS:]
        for text in reversed(chain):
            before = _address(text)
            if before is None:
                break  # our proxies write addresses: from here on it is what somebody sent
            found = before
            if not proxies.trusts(before):
                break
    return _counted(found)


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _counted(address: Address | None) -> str:
    if address is None:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
