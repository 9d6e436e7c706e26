"""The code in the QR: one spelling, small, and worth nothing without its signature."""

from dataclasses import replace

import cbor2
import p256_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import cose
from signing.cose import CodeClaims
from signing.errors import CannotSign, MalformedCode

CODE = cose.encode(world.CLAIMS, world.key())
KEY = world.key().public_key

claims = st.builds(
    CodeClaims,
    number=st.text(min_size=1, max_size=16),
    version=st.integers(1, cose.MAX_VERSION),
    factory_number=st.text(max_size=10),
    issued_on=st.dates(cose._EPOCH).filter(lambda d: d.year < 2149).map(str),
    dataset_sha256=st.binary(min_size=32, max_size=32),
    status_index=st.integers(0, cose.MAX_STATUS_INDEX),
)


def message(payload, unprotected=None, protected=b"\xa1\x01\x26", signature=bytes(64)):
    """A COSE_Sign1 as somebody else might write it."""
    unprotected = {4: world.key().kid} if unprotected is None else unprotected
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, payload, signature]))


def payload(**changes):
    values = {str(key): value for key, value in cbor2.loads(cose.decode(CODE).payload).items()}
    return cbor2.dumps({int(key): value for key, value in {**values, **changes}.items()})


@given(claims)
def test_what_is_encoded_is_decoded_and_verifies(given_claims):
    code = cose.decode(cose.encode(given_claims, world.key()))
    assert code.claims == given_claims
    assert code.kid == world.key().kid
    assert cose.verify(code, KEY)
    assert not cose.verify(code, world.key("another").public_key)


def test_a_typical_code_has_165_bytes_and_398_digits():
    assert len(CODE) == 165
    assert len(cose.to_digits(CODE)) == 398


def test_the_message_is_a_cose_sign1_as_the_standard_has_it():
    message = cbor2.loads(CODE)
    protected, unprotected, inner, signature = message.value
    assert message.tag == 18
    assert cbor2.loads(protected) == {1: -7}
    assert unprotected == {4: world.key().kid}
    assert len(signature) == 64
    assert cbor2.loads(inner) == {
        0: 1,
        1: "450100T(2024)0000001",
        2: 1,
        3: "19020319",
        4: 19986,
        5: bytes(range(32)),
        6: 1234,
    }


def test_a_code_of_the_first_generation_stays_readable():
    """Printed once, read for ever: this specimen and its key must never be changed."""
    specimen = (
        "d28443a10126a1044800112233445566775850a700010174343530313030542832303234293030303030303102"
        "01036831393032303331390419"
        "4e12055820000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f061904d25840"
    ) + "ab" * 64
    code = cose.decode(bytes.fromhex(specimen))
    assert code.claims == world.CLAIMS
    assert code.generation == 1
    assert code.kid.hex() == "0011223344556677"
    assert not cose.verify(code, KEY)


@given(st.data())
def test_a_changed_code_never_verifies(data):
    changed = bytearray(CODE)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(CODE) - 1))] ^= data.draw(st.integers(1, 255))
    if bytes(changed) == CODE:
        return
    try:
        code = cose.decode(bytes(changed))
    except MalformedCode:
        return
    # The key's identifier is not signed: it only tells which key to try.
    assert not cose.verify(code, KEY) or code.kid != world.key().kid


@given(st.binary(max_size=300))
def test_noise_is_malformed(noise):
    with pytest.raises(MalformedCode):
        cose.decode(noise)


@given(st.binary(max_size=120))
def test_noise_as_payload_is_malformed(noise):
    with pytest.raises(MalformedCode):
        cose.decode(message(noise))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.integers(0, 7), _VALUES, max_size=8))
def test_sound_cbor_that_holds_other_things_is_malformed(values):
    with pytest.raises(MalformedCode):
        cose.decode(message(cbor2.dumps(values)))


@pytest.mark.parametrize(
    "wrong",
    [
        CODE + b"\x00",
        CODE[:-1],
        CODE[1:],
        b"",
        message(cose.decode(CODE).payload, protected=b"\xa1\x01\x27"),
        message(cose.decode(CODE).payload, unprotected={}),
        message(cose.decode(CODE).payload, unprotected={4: bytes(4)}),
        message(cose.decode(CODE).payload, unprotected={4: bytes(8), 5: 1}),
        message(cose.decode(CODE).payload, signature=bytes(63)),
        message(cose.decode(CODE).payload + b"\x00"),
        message("text"),
        message(payload(**{"0": 2})),
        message(payload(**{"0": True})),
        message(payload(**{"0": 1.0})),
        message(payload(**{"2": True})),
        message(payload(**{"7": 0})),
        message(payload(**{"5": bytes(31)})),
        message(payload(**{"1": ""})),
        message(payload(**{"3": b"19020319"})),
        message(payload(**{"6": -1})),
        message(payload(**{"4": 2**16})),
        message(cbor2.dumps(dict(reversed(cbor2.loads(payload()).items())))),
        message(payload().replace(b"\x02\x01", b"\x02\x18\x01")),
        message(cbor2.dumps(cbor2.loads(payload()), indefinite_containers=True)),
        message(cbor2.dumps(cbor2.CBORTag(61, cbor2.loads(payload())))),
        message(b"\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01"),
        message(b"\x81" * 100 + b"\x01"),
    ],
    ids=range(27),
)
def test_any_other_spelling_is_malformed(wrong):
    with pytest.raises(MalformedCode):
        cose.decode(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"number": ""},
        {"number": "9" * 65},
        {"number": "\ud800"},
        {"version": 0},
        {"version": True},
        {"version": 2**16},
        {"factory_number": "9" * 129},
        {"issued_on": "20240920"},
        {"issued_on": "2024-02-30"},
        {"issued_on": "1969-12-31"},
        {"issued_on": "2150-01-01"},
        {"dataset_sha256": bytes(31)},
        {"status_index": -1},
        {"status_index": 2**32},
    ],
    ids=str,
)
def test_claims_out_of_range_are_not_signed(change):
    with pytest.raises(CannotSign):
        cose.encode(replace(world.CLAIMS, **change), world.key())


def test_claims_of_a_later_generation_are_named_as_such():
    with pytest.raises(MalformedCode, match="generation 2, which is not known"):
        cose.decode(message(payload(**{"0": 2})))


@pytest.mark.parametrize("kid", [b"", bytes(7), bytes(9)])
def test_a_key_identifier_of_another_length_is_not_signed(kid):
    with pytest.raises(CannotSign, match="identifier"):
        cose.encode(world.CLAIMS, world.key(), kid)


def test_a_code_too_long_to_be_read_is_not_signed():
    long = replace(world.CLAIMS, number="9" * 64, factory_number="9" * 128)
    with pytest.raises(CannotSign, match="256"):
        cose.encode(long, world.key())


@given(st.binary(max_size=255), st.integers(1, 255))
def test_digits_give_back_the_bytes(rest, first):
    data = bytes([first]) + rest
    digits = cose.to_digits(data)
    assert digits.isdecimal()
    assert cose.from_digits(digits) == data


@given(st.text(max_size=700) | st.from_regex(r"[0-9]{1,640}", fullmatch=True))
def test_digits_are_one_canonical_number_or_malformed(text):
    try:
        data = cose.from_digits(text)
    except MalformedCode:
        return
    assert cose.to_digits(data) == text


@pytest.mark.parametrize(
    "text", ["", "0", "01", "+1", " 1", "1 ", "1\n", "1_0", "١٢", "１", "9" * 617, "9" * 100_000]
)
def test_other_spellings_of_a_number_are_malformed(text):
    with pytest.raises(MalformedCode):
        cose.from_digits(text)


@pytest.mark.parametrize("data", [b"", b"\x00\x01", bytes([1]) * 257])
def test_bytes_that_digits_would_not_give_back_are_refused(data):
    with pytest.raises(CannotSign):
        cose.to_digits(data)


@given(claims, st.text(min_size=8, max_size=40), st.integers(110, 260))
def test_a_factory_number_is_cut_to_the_budget_and_no_further(base, factory_number, budget):
    whole = replace(base, factory_number=factory_number)
    try:
        cut = cose.fitted(whole, budget)
    except CannotSign:
        with pytest.raises(CannotSign):
            cose.fitted(replace(base, factory_number="…"), budget)
        return
    limit = min(budget, cose.MAX_CODE_BYTES)
    assert len(cose.encode(cut, world.key())) <= limit
    assert replace(cut, factory_number="") == replace(base, factory_number="")
    assert cose.same_factory_number(cut.factory_number, factory_number)
    if cut != whole:
        kept = len(cut.factory_number.removesuffix("…"))
        longer = replace(whole, factory_number=factory_number[: kept + 1] + "…")
        assert cose._size(longer) > limit or cose._size(whole) > limit


def test_a_cut_factory_number_ends_with_its_mark():
    long = replace(world.CLAIMS, factory_number="SN-0123456789-0123456789")
    cut = cose.fitted(long, 165).factory_number
    assert cut == "SN-01…"
    assert cose.same_factory_number(cut, "SN-0123456789-0123456789")
    assert not cose.same_factory_number(cut, "SN-1")
    assert cose.same_factory_number("19020319", "19020319")
    assert not cose.same_factory_number("1902031", "19020319")


def test_a_budget_too_small_for_anything_is_refused():
    with pytest.raises(CannotSign):
        cose.fitted(world.CLAIMS, 100)
