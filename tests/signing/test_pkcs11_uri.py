"""URIs of keys in tokens are read strictly, and never shown with a PIN in them."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import keys, pkcs11_uri
from signing.errors import KeyUnavailable
from signing.pkcs11_uri import ObjectName, TokenName

WITHHELD = "s3cr3t"


def refused(uri, reason, load=pkcs11_uri.parse):
    with pytest.raises(KeyUnavailable, match=reason) as caught:
        load(uri)
    assert WITHHELD not in str(caught.value)
    assert WITHHELD not in caught.value.uri
    return caught.value


def test_every_part_is_read():
    found = pkcs11_uri.parse(
        "pkcs11:token=%E5%8D%B0%20seals;manufacturer=Acme;model=M1;serial=01ab;slot-id=17;"
        "object=pdf;id=%00%FFa;type=private"
        "?pin-source=file:/secrets/pin&module-path=/usr/lib/p11.so"
    )
    assert found.token == TokenName("印 seals", "Acme", "M1", "01ab", 17)
    assert found.object == ObjectName("pdf", b"\0\xffa")
    assert found.pin_source == Path("/secrets/pin")
    assert found.module_path == Path("/usr/lib/p11.so")
    assert found.module_name is None


def test_what_is_not_said_is_left_open():
    found = pkcs11_uri.parse("pkcs11:id=%01?module-name=softhsm2")
    assert found.token == TokenName()
    assert found.object == ObjectName(None, b"\x01")
    assert found.pin_source is found.module_path is None
    assert found.module_name == "softhsm2"


@pytest.mark.parametrize(
    "source", ["/secrets/pin", "file:/secrets/pin", "file:///secrets/pin", "file:%2Fsecrets%2Fpin"]
)
def test_a_pin_source_is_a_file(source):
    found = pkcs11_uri.parse(f"pkcs11:object=a?pin-source={source}")
    assert found.pin_source == Path("/secrets/pin")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("pkcs11:", "names no key"),
        ("pkcs11:token=a", "names no key"),
        ("pkcs11:object=a;type=cert", "something else than a private key"),
        ("pkcs11:object=a;object=b", "object twice"),
        ("pkcs11:object=a;", "none of token"),
        ("pkcs11:object", "none of token"),
        ("pkcs11:object=", "empty"),
        ("pkcs11:object=a%00b", "NUL"),
        ("pkcs11:object=%FF", "no UTF-8"),
        ("pkcs11:object=%F", "percent-encoded"),
        ("pkcs11:object=a b", "percent-encoded"),
        ("pkcs11:object=密", "percent-encoded"),
        ("pkcs11:object=a;slot-id=x", "no slot"),
        ("pkcs11:object=a;slot-id=18446744073709551616", "no slot"),
        ("pkcs11:object=a;slot-id=%D9%A1", "no slot"),
        ("pkcs11:object=a?module-path=lib.so", "absolute path"),
        ("pkcs11:object=a?module-name=a&module-path=/b", "both"),
        ("pkcs11:object=a?object=b", "none of pin-source"),
        ("pkcs11:object=a?pin-source=https://seal.example/pin", "pin-source must be file:"),
        ("pkcs11:object=a?pin-source=file://host/pin", "pin-source must be file:"),
        ("pkcs11:object=a?pin-source=file:pin", "pin-source must be file:"),
        ("pkcs11:object=a?pin-source=file://[/pin", "pin-source must be file:"),
        (f"pkcs11:object=a?pin-source=|echo%20{WITHHELD}", "pin-source must be file:"),
        (f"pkcs11:object=a?pin-source={WITHHELD}", "pin-source must be file:"),
        (f"pkcs11:object=a?pin-value={WITHHELD}", "must not stand in a URI"),
        (f"pkcs11:object=a;pin-value={WITHHELD}", "must not stand in a URI"),
        (f"pkcs11:object=a?pin%2Dvalue={WITHHELD}", "none of pin-source"),
        (f"pkcs11:object=a?pin-source=/a&x-pin={WITHHELD}", "none of pin-source"),
        (f"pkcs11:object=a?{WITHHELD}", "none of pin-source"),
    ],
)
def test_what_is_no_uri_of_a_key_is_refused(uri, reason):
    refused(uri, reason)
    for load in (keys.p256, keys.document, keys.sm2):
        refused(uri, reason, load)


@pytest.mark.parametrize("scheme", ["PKCS11", "pkcs12"])
def test_a_pin_is_withheld_also_where_the_scheme_is_wrong(scheme):
    refused(f"{scheme}:object=a?pin-value={WITHHELD}", "none of those known", keys.p256)


def test_the_rest_of_a_uri_is_shown():
    error = refused(f"pkcs11:token=a;object=b?pin-value={WITHHELD}&module-name=c", "PIN")
    assert error.uri == "pkcs11:token=a;object=b?…&module-name=c"


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)


@given(TEXT, TEXT, st.binary(min_size=1, max_size=40), st.integers(0, 2**64 - 1))
def test_any_name_comes_back_from_its_encoding(token, label, key_id, slot):
    uri = (
        f"pkcs11:token={quote(token, safe='')};object={quote(label, safe='')};"
        f"id={quote(key_id, safe='')};slot-id={slot}"
    )
    found = pkcs11_uri.parse(uri)
    assert (found.token.token, found.token.slot_id) == (token, slot)
    assert (found.object.label, found.object.id) == (label, key_id)
    assert pkcs11_uri.shown(uri) == uri


PIECES = st.sampled_from(
    ["object", "token", "pin-value", "pin-source", "pin%2dvalue", "=", ";", "?", "&", "a", ":", "/"]
)


@given(st.lists(PIECES, max_size=12), st.integers(0, 12), st.sampled_from(["pin-value=", "x="]))
def test_a_pin_is_never_shown_wherever_it_stands(pieces, at, name):
    before, after = "".join(pieces[:at]), "".join(pieces[at:])
    for separator in ";?&":
        uri = f"pkcs11:{before}{separator}{name}{WITHHELD}{separator}{after}"
        assert WITHHELD not in pkcs11_uri.shown(uri)
        refused(uri, "key")
