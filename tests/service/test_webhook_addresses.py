"""Nothing is sent to addresses that are not everyone's, however they are written."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.addresses import NOT_PUBLIC, allowed, plain, public
from service.webhooks.target import NoTarget, Target

SPECIAL = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 "
    "172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 "
    "198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 "
    "64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 "
    "fe80::1 fe80::1%eth0 fec0::1 ff02::1"
)
NUMBERS = (
    "127.0.0.1 127.0.0.1. 2130706433 0x7f000001 017700000001 127.1 0x7f.1 0177.0.0.1 10.1 0 "
    "[::1] [::ffff:127.0.0.1] [fe80::1%25eth0]"
)
EVERYONES = "1.1.1.1 8.8.8.8 172.15.0.1 172.32.0.1 2400:3200::1 2606:4700::1111 ::ffff:8.8.8.8"


@pytest.mark.parametrize("text", SPECIAL.split())
def test_special_addresses_are_not_public(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert not public(address)
    assert not allowed(address, [])


@pytest.mark.parametrize("text", EVERYONES.split())
def test_those_of_everyone_are(text: str) -> None:
    assert public(ipaddress.ip_address(text))


@given(st.ip_addresses())
def test_what_the_library_takes_for_private_is_never_public(address: Any) -> None:
    found = plain(address)
    if public(address):
        assert found.is_global
        assert not found.is_multicast
        assert not found.is_reserved


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_judged_like_itself(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert public(mapped) is public(address)


def test_networks_of_our_own_are_allowed_and_no_others() -> None:
    own = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/64")]
    for text, expected in (
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::5", True),
        ("10.2.0.1", False),
        ("127.0.0.1", False),
        ("8.8.8.8", True),
    ):
        assert allowed(ipaddress.ip_address(text), own) is expected


def test_the_table_has_no_network_twice() -> None:
    assert len(set(NOT_PUBLIC)) == len(NOT_PUBLIC)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://approvals.example", "approvals.example", 443, "/"),
        ("https://approvals.example:8443/a/b?c=d", "approvals.example", 8443, "/a/b?c=d"),
        ("http://[2400:3200::1]/x", "2400:3200::1", 80, "/x"),
    ],
)
def test_an_address_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    found = Target.of(url)
    assert (found.host, found.port, found.path) == (host, port, path)
    assert found.tls is url.startswith("https")


@pytest.mark.parametrize("host", NUMBERS.split())
def test_a_number_that_stands_for_a_private_address_is_refused_at_once(host: str) -> None:
    with pytest.raises(NoTarget, match="内部地址"):
        Target.of(f"https://{host}/told").require_allowed([])


@pytest.mark.parametrize(
    "host", ["1.1.1.1", "16843009", "[2400:3200::1]", "office.example", "10.example"]
)
def test_public_addresses_and_names_pass(host: str) -> None:
    Target.of(f"https://{host}/told").require_allowed([])


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433"])
def test_a_request_that_would_tell_such_an_address_is_refused_and_reserves_nothing(
    client: FlaskClient, sample: Callable[..., dict[str, Any]], host: str
) -> None:
    data = sample("01", notify_url=f"https://{host}/told")
    answer = client.post("/api/v1/certificates", json=data)
    assert answer.status_code == 422
    (mistake,) = answer.json["errors"]
    assert (mistake["field"], mistake["label"]) == ("notify_url", "通知地址")
    assert "内部地址" in mistake["message"]
    assert client.get("/api/v1/certificates").json["records"] == []


def test_a_number_within_a_network_of_our_own_is_allowed() -> None:
    Target.of("https://2130706433/").require_allowed([ipaddress.ip_network("127.0.0.0/8")])


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "ftp://approvals.example/",
        "https:///x",
        "https://user:secret@approvals.example/",
        "https://approvals.example/#x",
        "https://approvals.example:0/",
        "https://approvals.example:99999/",
        "https://approvals.example/a b",
        "https://approvals.example/a\r\nHost: x",
        "https://approvals.example\\@127.0.0.1/",
        "https://例子.example/",
        "https://[::1/",
        "https://a.example/" + "x" * 500,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: Any) -> None:
    with pytest.raises(NoTarget) as refused:
        Target.of(url)
    assert "secret" not in str(refused.value)


@given(st.text(max_size=60))
def test_whatever_is_posted_is_an_address_or_none(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            found = Target.of(url)
        except NoTarget:
            continue
        assert found.host
        assert 0 < found.port < 65536
        assert found.path.startswith("/")
        assert "\r" not in found.path + found.host
