"""DER is written in its one spelling, and nothing else is read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import der, der_reader
from signing.errors import MalformedDer, SigningError

YEAR_1 = datetime(1, 1, 2, tzinfo=UTC)
MOMENTS = st.integers(0, 9998 * 365 * 86_400).map(lambda n: YEAR_1 + timedelta(seconds=n))
LEAVES = st.one_of(
    st.integers(-(2**500), 2**500).map(der.integer),
    st.binary(max_size=300).map(der.octet_string),
    st.text(max_size=50).map(der.utf8),
    st.booleans().map(der.boolean),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: der.sequence(*parts)),
    max_leaves=12,
)


def spelled_again(element: der_reader.Element) -> bytes:
    """The element written anew from what was read, down to the last leaf."""
    if not element.tag & der.CONSTRUCTED:
        return der.tlv(element.tag, element.content)
    return der.tlv(element.tag, *element.each(spelled_again))


@given(st.integers(-(2**500), 2**500))
def test_integers_come_back(value):
    assert der_reader.read(der.integer(value)).integer() == value


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "020100"), (127, "02017f"), (128, "02020080"), (-128, "020180"), (-129, "0202ff7f")],
)
def test_integers_have_the_fewest_octets(value, written):
    assert der.integer(value).hex() == written


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**64), max_size=5))
)
def test_object_identifiers_come_back(arcs):
    dotted = ".".join(map(str, (arcs[0], arcs[1], *arcs[2])))
    assert der_reader.read(der.oid(dotted)).oid() == dotted


def test_sm2_with_sm3_has_its_published_octets():
    assert der.oid("1.2.156.10197.1.501").hex() == "06082a811ccf55018375"


@given(MOMENTS)
def test_times_come_back(moment):
    assert der_reader.read(der.generalized_time(moment)).time() == moment
    assert der_reader.read(der.certificate_time(moment)).time() == moment


def test_times_are_written_in_utc():
    shanghai = datetime(2026, 11, 21, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    assert der.generalized_time(shanghai)[2:] == b"20261121000000Z"
    with pytest.raises(MalformedDer, match="zone"):
        der.generalized_time(shanghai.replace(tzinfo=None))


@pytest.mark.parametrize(("year", "tag"), [(2049, der.UTC_TIME), (2050, der.GENERALIZED_TIME)])
def test_certificates_change_the_form_of_their_times_in_2050(year, tag):
    assert der.certificate_time(datetime(year, 12, 31, tzinfo=UTC))[0] == tag


@given(TREES)
def test_what_is_written_is_read_to_the_last_byte(written):
    assert spelled_again(der_reader.read(written)) == written


@given(TREES, st.data())
def test_changed_bytes_are_refused_or_are_der_again(written, data):
    changed = bytearray(written)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        again = spelled_again(der_reader.read(bytes(changed)))
    except SigningError:
        return
    assert again == changed


@given(st.binary(max_size=80))
def test_noise_never_raises_anything_else(noise):
    for read in ("integer", "oid", "boolean", "bits", "text", "time", "null", "enumerated"):
        try:
            getattr(der_reader.read(noise), read)()
        except MalformedDer:
            continue


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "02",
        "0201",
        "020101ff",  # a byte after the end
        "0280010000",  # indefinite length
        "02810101",  # long form where the short one does
        "0282000101",
        "04850000000001aa",
        "04830000ff" + 255 * "00",  # a length with an octet too many
        "1f0100",  # a tag of several octets
        "0000",
    ],
)
def test_lengths_and_tags_in_another_spelling_are_refused(octets):
    with pytest.raises(MalformedDer):
        der_reader.read(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "read"),
    [
        ("0200", "integer"),
        ("02020001", "integer"),
        ("0202ffff", "integer"),
        ("0101aa", "boolean"),
        ("030100aa"[:4], "bits"),
        ("03020801", "bits"),
        ("03020101", "bits"),  # an unused bit is set
        ("030101", "bits"),
        ("0600", "oid"),
        ("06028001", "oid"),
        ("060181", "oid"),
        ("050100", "null"),
        ("130140", "text"),
        ("0c01ff", "text"),
        ("16018f", "text"),
        ("180f32303236313132313030303030305a"[:32] + "30", "time"),  # no Z
        ("180f32303236313333313030303030305a", "time"),  # month 13
        ("170b323631313231303030305a", "time"),  # no seconds
        ("04020101", "integer"),
    ],
)
def test_values_in_another_spelling_are_refused(octets, read):
    with pytest.raises(MalformedDer):
        getattr(der_reader.read(bytes.fromhex(octets)), read)()


def test_whole_octets_are_asked_for():
    with pytest.raises(MalformedDer, match="whole octets"):
        der_reader.read(der.bit_string(b"\x80", 7)).whole_bits()


def test_nesting_ends_at_the_stated_depth():
    written = b""
    for _ in range(der_reader.MAX_DEPTH + 3):
        written = der.sequence(written)
    with pytest.raises(MalformedDer, match="deep"):
        spelled_again(der_reader.read(written))


def test_size_ends_at_the_stated_limit():
    with pytest.raises(MalformedDer, match="more than"):
        der_reader.read(der.octet_string(bytes(100)), max_bytes=100)


def test_elements_too_many_or_too_few_are_refused():
    fields = der_reader.read(der.sequence(der.null(), der.null())).fields()
    fields.take(der.NULL)
    with pytest.raises(MalformedDer, match="more elements"):
        fields.end()
    fields.take(der.NULL)
    with pytest.raises(MalformedDer, match="end inside"):
        fields.take()


def test_a_primitive_holds_no_elements():
    with pytest.raises(MalformedDer, match="primitive"):
        der_reader.read(der.octet_string(der.null())).fields()


def test_characters_a_type_lacks_are_not_written():
    with pytest.raises(MalformedDer):
        der.printable("中")
    with pytest.raises(MalformedDer):
        der.ia5("中")
