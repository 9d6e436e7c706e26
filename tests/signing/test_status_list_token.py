"""The status list: the bits of the draft, signed, capped, and honest about its age."""

import base64
import json
import zlib
from datetime import datetime, timedelta, timezone

import p256_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import jws, status_list
from signing.errors import CannotSign, MalformedStatusList
from signing.status_list import Freshness

URI = "https://example.gov.cn/trust/status-list.jwt"
KID = jws.base64url(world.key().kid)
KEYS = {KID: world.key().public_key}


def encode(cancelled=(3, 8), size=64, **changes):
    values = {"uri": URI, "sequence": 7, "issued_at": world.NOW, "key": world.key()}
    return status_list.encode(cancelled, size, **{**values, **changes})


def token(header=None, payload=None, **claims):
    """A token as somebody else might sign it with our key."""
    listed = {"bits": 1, "lst": jws.base64url(zlib.compress(bytes(8)))}
    sound = {"sub": URI, "seq": 1, "iat": 1, "exp": 2, "ttl": 1, "status_list": listed}
    header = {"alg": "ES256", "typ": "statuslist+jwt", "kid": KID} | (header or {})
    if payload is None:
        payload = json.dumps({k: v for k, v in {**sound, **claims}.items() if v is not None})
    text = ".".join(jws.base64url(part.encode()) for part in (json.dumps(header), payload))
    return f"{text}.{jws.base64url(world.key().sign_raw(text.encode()))}"


def lst(data):
    return {"bits": 1, "lst": jws.base64url(data)}


def test_the_bits_are_those_of_the_drafts_example():
    """Section 4.1 of the draft: statuses 1,0,0,1,1,1,0,1,1,1,0,0,0,1,0,1 are the bytes b9 a3."""
    statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    bits = status_list.pack([i for i, status in enumerate(statuses) if status], 16)
    assert bits.hex() == "b9a3"
    inflated = zlib.decompress(jws.from_base64url("eNrbuRgAAhcBXQ"))
    assert inflated == bits


@given(st.data())
def test_every_place_reads_back(data):
    size = data.draw(st.integers(1, 300))
    cancelled = data.draw(st.sets(st.integers(0, size - 1)))
    listed = status_list.decode(encode(cancelled, size), KEYS)
    assert {i for i in range(listed.size) if listed.get(i)} == cancelled
    assert size <= listed.size < size + 8


def test_header_and_claims_are_those_of_the_draft():
    header, payload, _ = encode().split(".")
    assert json.loads(jws.from_base64url(header)) == {
        "alg": "ES256",
        "kid": KID,
        "typ": "statuslist+jwt",
    }
    claims = json.loads(jws.from_base64url(payload))
    assert zlib.decompress(jws.from_base64url(claims["status_list"].pop("lst"))).hex() == (
        "0801000000000000"
    )
    issued = int(world.NOW.timestamp())
    assert claims == {
        "sub": URI,
        "seq": 7,
        "iat": issued,
        "exp": issued + 7 * 86_400,
        "ttl": 3600,
        "status_list": {"bits": 1},
    }


def test_times_and_names_read_back():
    listed = status_list.decode(encode(), KEYS)
    assert (listed.uri, listed.sequence, listed.kid) == (URI, 7, KID)
    assert listed.issued_at == world.NOW
    assert listed.expires_at == world.NOW + timedelta(days=7)
    assert listed.ttl == timedelta(hours=1)


@pytest.mark.parametrize("index", [-1, 64, 10**9])
def test_a_place_beyond_the_list_is_an_error_and_not_valid(index):
    with pytest.raises(MalformedStatusList):
        status_list.decode(encode(), KEYS).get(index)


def test_a_province_of_200_000_cranes_has_a_list_below_20_kb():
    cancelled = range(0, 200_000, 97)
    assert len(encode(cancelled, 200_000)) < 20_000


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=-6), Freshness.NOT_YET),
        (timedelta(minutes=-4), Freshness.FRESH),
        (timedelta(), Freshness.FRESH),
        (timedelta(days=1), Freshness.FRESH),
        (timedelta(days=1, seconds=1), Freshness.AGEING),
        (timedelta(days=6, hours=23), Freshness.AGEING),
        (timedelta(days=7), Freshness.TOO_OLD),
    ],
)
def test_a_list_ages(age, expected):
    listed = status_list.decode(encode(), KEYS)
    elsewhere = timezone(timedelta(hours=8))
    assert listed.freshness((world.NOW + age).astimezone(elsewhere)) is expected


def test_a_list_past_its_end_is_too_old_whatever_its_age():
    listed = status_list.decode(encode(lifetime=timedelta(hours=2)), KEYS)
    assert listed.freshness(world.NOW + timedelta(hours=1)) is Freshness.FRESH
    assert listed.freshness(world.NOW + timedelta(hours=2)) is Freshness.TOO_OLD


def test_a_long_lived_list_is_too_old_after_a_week_all_the_same():
    listed = status_list.decode(encode(lifetime=timedelta(days=900)), KEYS)
    assert listed.freshness(world.NOW + timedelta(days=7, seconds=1)) is Freshness.TOO_OLD


@given(st.data())
def test_a_changed_token_is_malformed(data):
    sound = encode()
    at = data.draw(st.integers(0, len(sound) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=0x4E00).filter(lambda c: c))
    changed = sound[:at] + other + sound[at + 1 :]
    if changed != sound:
        with pytest.raises(MalformedStatusList):
            status_list.decode(changed, KEYS)


@given(st.text(max_size=200) | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,90}"))
def test_noise_is_malformed(text):
    with pytest.raises(MalformedStatusList):
        status_list.decode(text, KEYS)


def test_a_token_of_a_key_that_is_not_pinned_is_malformed():
    with pytest.raises(MalformedStatusList, match="not known"):
        status_list.decode(encode(key=world.key("another")), KEYS)
    with pytest.raises(MalformedStatusList, match="wrong"):
        status_list.decode(encode(key=world.key("another"), kid=KID), KEYS)


@pytest.mark.parametrize(
    "wrong",
    [
        token(header={"alg": "none"}),
        token(header={"alg": "HS256"}),
        token(header={"typ": "JWT"}),
        token(header={"kid": None}),
        token(header={"kid": ["a"]}),
        token(header={"crit": ["exp"]}),
        token(header={"pad": "x" * 1000}),
        token(payload="[]"),
        token(payload="{"),
        token(payload='{"sub":1,"sub":2}'),
        token(payload="[" * 100_000),
        token(sub=None),
        token(sub=""),
        token(sub=7),
        token(seq=None),
        token(iat=True),
        token(iat=1.5),
        token(iat=-1),
        token(exp=None),
        token(exp=10**30),
        token(exp=1),
        token(ttl="60"),
        token(status_list=None),
        token(status_list=[]),
        token(status_list={"bits": 1}),
        token(status_list={"bits": 2, "lst": lst(zlib.compress(b"a"))["lst"]}),
        token(status_list={"bits": True, "lst": lst(zlib.compress(b"a"))["lst"]}),
        token(status_list={"bits": 1, "lst": "a=="}),
        token(status_list={"bits": 1, "lst": "eNrbuRgAAhcBXR"}),
        token(status_list=lst(b"noise")),
        token(status_list=lst(zlib.compress(b""))),
        token(status_list=lst(zlib.compress(b"abc")[:-1])),
        token(status_list=lst(zlib.compress(b"abc") + b"!")),
        "",
        "..",
        "a.b",
        "a.b.c.d",
    ],
    ids=range(37),
)
def test_a_token_of_another_form_is_malformed(wrong):
    with pytest.raises(MalformedStatusList):
        status_list.decode(wrong, KEYS)


def test_a_list_that_swells_is_not_inflated():
    bomb = zlib.compress(bytes(status_list.MAX_LIST_BYTES + 1), 9)
    with pytest.raises(MalformedStatusList, match="larger than"):
        status_list.decode(token(status_list=lst(bomb)), KEYS)
    just = zlib.compress(bytes(status_list.MAX_LIST_BYTES), 9)
    assert status_list.decode(token(status_list=lst(just)), KEYS).size == status_list.MAX_ENTRIES


def test_a_token_too_long_is_not_looked_at():
    with pytest.raises(MalformedStatusList, match="more than"):
        status_list.decode("x" * (status_list.MAX_TOKEN_BYTES + 1), KEYS)


@pytest.mark.parametrize(
    ("cancelled", "size", "changes"),
    [
        ([64], 64, {}),
        ([-1], 64, {}),
        ([], 0, {}),
        ([], status_list.MAX_ENTRIES + 1, {}),
        ([], 8, {"uri": ""}),
        ([], 8, {"sequence": -1}),
        ([], 8, {"lifetime": timedelta()}),
        ([], 8, {"issued_at": datetime(2026, 1, 1)}),  # noqa: DTZ001 - that is the mistake
    ],
)
def test_a_list_that_could_not_be_read_is_not_signed(cancelled, size, changes):
    with pytest.raises(CannotSign):
        encode(cancelled, size, **changes)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"a":NaN}', '{"a":-Infinity}', "1", "\ufeff{}"])
def test_json_that_readers_understand_differently_is_malformed(text):
    with pytest.raises(jws.Malformed):
        jws.read_json(text.encode())


@given(st.binary())
def test_base64url_has_one_spelling(data):
    text = jws.base64url(data)
    assert jws.from_base64url(text) == data
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    for other in (text + "=", text + "\n", " " + text):
        with pytest.raises(jws.Malformed):
            jws.from_base64url(other)
