"""Where notifications may go: public addresses, and private ones that the settings allow. Pure.

A request names the address that is told (`notify_url`); without this whoever may post requests
could have us talk to the machines of our own network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network (RFC 791, 3.2); Linux takes 0.0.0.0 for itself
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # of carriers (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local (RFC 3927); clouds tell secrets there
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved (RFC 1112), with 255.255.255.255
        "2001::/23",  # protocol assignments (RFC 2928), Teredo carries IPv4 addresses
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056): carries IPv4 addresses
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""What is not for everyone (RFC 6890 and the registries that it founded)."""

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out (RFC 4291, 2.4); the rest is loopback, local, multicast, NAT64…"""


def written_as(host: str) -> Address | None:
    """The address that a host is written as, None of a name.

    Also as one number or with parts left out, octal or hexadecimal: resolvers take 2130706433,
    127.1 and 0x7f.1 for 127.0.0.1 (POSIX inet_addr). Nobody is asked.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.removesuffix(".")))
    except OSError:
        return None


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv4-mapped one stands for (RFC 4291, 2.5.5.2); others as they are.

    The zone of an address (`%eth0`) is left out: networks do not know it.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or ipaddress.IPv6Address(int(address))


def public(address: Address) -> bool:
    """Whether everyone may be sent to that address."""
    found = plain(address)
    if isinstance(found, ipaddress.IPv6Address) and found not in GLOBAL_UNICAST:
        return False
    return not any(found in network for network in NOT_PUBLIC)


def allowed(address: Address, private: Sequence[Network]) -> bool:
    """Whether a notification may go to that address; `private` are networks of our own."""
    found = plain(address)
    return public(found) or any(found in network for network in private)
