"""Lists of one authority, in both forms: they speak of its certificates, and of no others."""

import zlib
from datetime import timedelta

import cbor2
import p256_world as world
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing import jws, status_list, status_list_cwt
from signing.errors import CannotSign, MalformedStatusList

USCC = "11450100007565735X"
URI = f"https://example.gov.cn/trust/status/{USCC}"
KID = jws.base64url(world.key().kid)
KEYS = {KID: world.key().public_key}
FORMS = ("jwt", "cwt")


def made(cancelled=(3,), size=64, issued=(2, 3, 9), **changes):
    values = {"uri": URI, "sequence": 7, "issued_at": world.NOW, "authority": USCC}
    return status_list.content(cancelled, size, issued=issued, **{**values, **changes})


def read(form, content):
    """What a signed list of that form says, read back."""
    if form == "jwt":
        return status_list.decode(status_list.sign(content, world.key()), KEYS)
    return status_list_cwt.decode(status_list_cwt.sign(content, world.key()), KEYS)


def claims(**changes):
    """The claims of a sound CWT, some of them changed; None leaves one out."""
    listed = {"bits": 2, "lst": zlib.compress(b"\xff" * 16)}
    sound = {2: URI, 4: 9, 6: 1, 65533: listed, 65534: 1, "seq": 1, "authority": USCC}
    named = {"sub": 2, "exp": 4, "iat": 6, "status_list": 65533, "ttl": 65534}
    changed = {named.get(name, name): value for name, value in changes.items()}
    return {key: value for key, value in (sound | changed).items() if value is not None}


def token(payload, protected=None, unprotected=None, tag=18):
    """A CWT as somebody else might sign it with our key."""
    protected = protected or cbor2.dumps({1: -7, 16: "application/statuslist+cwt"})
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload, canonical=True)
    signed = cbor2.dumps(["Signature1", protected, b"", body])
    header = {4: world.key().kid} if unprotected is None else unprotected
    parts = [protected, header, body, world.key().sign_raw(signed)]
    return cbor2.dumps(cbor2.CBORTag(tag, parts))


def test_two_bits_a_place_stand_as_in_the_drafts_example():
    """Section 4.1: statuses 1,_,0,3,0,1,0,1,1,_,3,3 are c9 44 f9, where _ is suspended (2)."""
    bits = status_list.pack((0, 5, 7, 8), 12, issued=(0, 2, 4, 5, 6, 7, 8))
    suspended = bits[0] & ~(1 << 2), bits[1], bits[2] & ~(1 << 2)
    assert bytes(suspended) == bytes.fromhex("c944f9")


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_list_says_nothing_of_what_its_authority_did_not_issue(form, data):
    size = data.draw(st.integers(1, 200))
    places = st.sets(st.integers(0, size - 1))
    issued = data.draw(places)
    cancelled = data.draw(places) & issued
    listed = read(form, made(cancelled, size, issued))
    assert (listed.authority, listed.sequence, listed.uri) == (USCC, 7, URI)
    for index in range(listed.size):
        if index in issued:
            assert listed.get(index) is (index in cancelled)
        else:
            with pytest.raises(MalformedStatusList, match="does not speak"):
                listed.get(index)
    with pytest.raises(MalformedStatusList, match="no place"):
        listed.get(listed.size)


@pytest.mark.parametrize("form", FORMS)
def test_the_next_update_comes_before_the_end(form):
    listed = read(form, made(ttl=timedelta(hours=2), lifetime=timedelta(hours=1)))
    assert listed.next_update == listed.expires_at
    assert read(form, made()).next_update == listed.issued_at + timedelta(hours=1)


def test_both_forms_say_the_same():
    assert read("jwt", made()) == read("cwt", made())


def test_the_list_of_all_has_a_cwt_too():
    content = status_list.content([3], 8, uri=URI, sequence=1, issued_at=world.NOW)
    listed = status_list_cwt.decode(status_list_cwt.sign(content, world.key()), KEYS)
    assert (listed.authority, listed.width, listed.get(3), listed.get(2)) == (None, 1, True, False)


def test_the_cwt_has_the_labels_of_the_draft():
    """Section 5.2: tag 18, type in label 16, claims 2, 4, 6, 65533 and 65534."""
    read_back = cbor2.loads(status_list_cwt.sign(made(), world.key()))
    protected, unprotected, payload, signature = read_back.value
    assert read_back.tag == 18
    assert dict(cbor2.loads(protected)) == {1: -7, 16: "application/statuslist+cwt"}
    assert dict(unprotected) == {4: world.key().kid}
    assert len(signature) == 64
    assert set(cbor2.loads(payload)) == {2, 4, 6, 65533, 65534, "seq", "authority"}
    assert status_list_cwt.decode(token(claims()), KEYS).sequence == 1


def test_a_list_must_say_whose_it_is():
    for authority, issued in ((None, [1]), (USCC, None)):
        with pytest.raises(CannotSign, match="authority"):
            made([], issued=issued, authority=authority)
    with pytest.raises(CannotSign, match="USCC"):
        made(authority="../../all")


@pytest.mark.parametrize(
    "wrong",
    [
        token(claims(authority=None)),
        token(claims(authority="45")),
        token(claims(status_list={"bits": 1, "lst": zlib.compress(b"a")})),
        token(claims(status_list={"bits": 2, "lst": "text"})),
        token(claims(status_list={"bits": 2, "lst": zlib.compress(b"")})),
        token(claims(status_list=None)),
        token(claims(exp=1)),
        token(claims(seq=None)),
        token(claims(iat="now")),
        token(claims(more=1)),
        token([1]),
        token(b"\x00"),
        token(claims(), tag=17),
        token(claims(), protected=cbor2.dumps({1: -7})),
        token(claims(), protected=cbor2.dumps({1: -8, 16: "application/statuslist+cwt"})),
        token(claims(), unprotected={}),
        token(claims(), unprotected={4: world.key("another").kid}),
        token(claims(), unprotected={4: world.key().kid, 5: b""}),
        token(claims()) + b"\x00",
        token(claims())[:-1],
        b"",
        b"\xd2\x80",
        cbor2.dumps([1, 2, 3, 4]),
    ],
)
def test_an_unsound_cwt_is_refused(wrong):
    with pytest.raises(MalformedStatusList):
        status_list_cwt.decode(wrong, KEYS)


@given(st.integers(0, 2000), st.integers(1, 255))
def test_no_changed_byte_of_a_cwt_passes(place, change):
    sound = bytearray(status_list_cwt.sign(made(), world.key()))
    sound[place % len(sound)] ^= change
    with pytest.raises(MalformedStatusList):
        status_list_cwt.decode(bytes(sound), KEYS)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_order(data):
    with pytest.raises(MalformedStatusList):
        status_list_cwt.decode(data, KEYS)


def test_bombs_are_refused():
    most = 2 * status_list.MAX_LIST_BYTES
    bomb = claims(status_list={"bits": 2, "lst": zlib.compress(bytes(most + 1), 9)})
    with pytest.raises(MalformedStatusList, match="larger"):
        status_list_cwt.decode(token(bomb), KEYS)
    with pytest.raises(MalformedStatusList, match="more than"):
        status_list_cwt.decode(bytes(status_list.MAX_TOKEN_BYTES + 1), KEYS)
