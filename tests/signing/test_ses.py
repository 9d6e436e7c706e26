"""Seals and their signatures (GB/T 38540-2020) are read as made, and refused when touched."""

from datetime import timedelta

import pytest
import sm2_world as world
from hypothesis import given
from hypothesis import strategies as st
from ses_forms import chained, changed_info, resealed, resigned, sound, tbs

from signing import der, ses, sm2_signature
from signing.errors import MalformedSeal, SigningError
from signing.libcrypto import sm3
from signing.sm2_signature import ORDER

SIGNED = world.signature()


def test_a_seal_is_read_as_it_was_made():
    found = ses.parse_seal(world.seal())
    assert found.der == world.seal()
    assert (found.id, found.vendor) == ("45010000000001", "SEALPRESS")
    assert found.property.name == "南宁市住房和城乡建设局"
    assert found.property.certificates == (world.signer_certificate(),)
    assert found.property.valid_to == world.NOW + 300 * world.DAY
    assert (found.picture.type, found.picture.data) == ("png", world.picture())
    assert (found.picture.width, found.picture.height) == (42, 42)
    assert found.maker_certificate == world.maker_certificate()
    assert found.maker_signed()
    assert found.lists(world.signer_certificate())
    assert not found.lists(world.maker_certificate())


def test_a_signature_is_read_as_it_was_made():
    found = ses.parse_signature(SIGNED)
    assert found.seal == ses.parse_seal(world.seal())
    assert found.signed_at == world.NOW
    assert found.data_hash == bytes(range(32))
    assert found.property_info == "/Doc_0/Signs/Sign_0/Signature.xml"
    assert found.certificate == world.signer_certificate()
    assert found.time_stamp is None
    assert sound(SIGNED)


def test_a_seal_is_valid_between_its_two_days():
    found = ses.parse_seal(world.seal())
    assert found.valid_at(found.property.valid_from)
    assert found.valid_at(found.property.valid_to)
    assert not found.valid_at(found.property.valid_from - timedelta(seconds=1))
    assert not found.valid_at(found.property.valid_to + timedelta(seconds=1))


def test_no_bit_of_a_seal_signature_can_be_changed():
    for at in range(len(SIGNED)):
        changed = bytearray(SIGNED)
        changed[at] ^= 1 << at % 8
        try:
            assert not sound(bytes(changed)), f"bit {at % 8} of byte {at}"
        except SigningError:
            continue


def test_no_bit_of_a_seal_can_be_changed():
    seal = world.seal()
    for at in range(len(seal)):
        changed = bytearray(seal)
        changed[at] ^= 1 << (at + 3) % 8
        try:
            found = ses.parse_seal(bytes(changed))
        except MalformedSeal:
            continue
        assert not (found.maker_signed() and chained(found.maker_certificate)), f"byte {at}"


@given(st.data())
def test_changed_bytes_raise_nothing_but_errors_of_this_room(data):
    changed = bytearray(SIGNED)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)))
    for candidate in (bytes(changed), bytes(changed[:cut])):
        try:
            ses.parse_signature(candidate).signer_signed()
        except SigningError:
            continue


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"noise", SIGNED + b"\x00", SIGNED[:-1]])
def test_what_is_no_seal_signature_is_refused(data):
    with pytest.raises(MalformedSeal, match="GB/T 38540"):
        ses.parse_signature(data)


def test_raw_numbers_are_read_as_a_signature():
    signed_part = ses.parse_signature(SIGNED).tbs
    r, s = sm2_signature.from_der(world.key("signer").sign(signed_part))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    found = ses.parse_signature(resigned(signed_part, raw))
    assert found.signer_signed()
    assert found.signature_found == raw
    assert found.signature == sm2_signature.to_der(r, s)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER)])
def test_numbers_out_of_range_are_refused_in_both_forms(r, s):
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for value in (raw, der.sequence(der.integer(r), der.integer(s))):
        with pytest.raises(MalformedSeal):
            ses.parse_signature(resigned(tbs(), value))


def test_a_signature_under_another_identity_is_not_the_signers():
    signed_part = ses.parse_signature(SIGNED).tbs
    for identity in (b"", b"someone else"):
        value = world.key("signer").sign_as(signed_part, identity)
        assert not ses.parse_signature(resigned(signed_part, value)).signer_signed()


def test_a_signature_over_the_digest_of_the_signed_part_is_not_the_signers():
    signed_part = ses.parse_signature(SIGNED).tbs
    value = world.key("signer").sign(sm3(signed_part))
    assert not ses.parse_signature(resigned(signed_part, value)).signer_signed()


def test_another_signer_than_the_named_one_is_noticed():
    signed_part = ses.parse_signature(SIGNED).tbs
    value = world.key("maker").sign(signed_part)
    assert not ses.parse_signature(resigned(signed_part, value)).signer_signed()


def test_a_time_stamp_and_extensions_are_kept():
    extra = der.sequence(der.sequence(der.oid("1.2.3"), der.boolean(True), der.octet_string(b"x")))
    signed_part = tbs(None, 4, bytes(32), der.explicit(0, extra))
    stamp = der.explicit(0, der.bit_string(b"token"))
    found = ses.parse_signature(resigned(signed_part, None, stamp))
    assert found.time_stamp == b"token"
    assert found.extensions == (ses.SealExtension("1.2.3", True, b"x"),)
    assert found.signer_signed()


def test_signers_may_be_listed_by_digest():
    digest = der.sequence(der.printable("SM3"), der.octet_string(sm3(world.signer_certificate())))
    header = der.sequence(der.ia5("ES"), der.integer(4), der.ia5("V"))
    times = b"".join(der.generalized_time(world.NOW + n * world.DAY) for n in (-1, -1, 9))
    attributes = der.sequence(
        der.integer(1) + der.utf8("名") + der.integer(2) + der.sequence(digest) + times
    )
    picture = der.sequence(
        der.ia5("png"), der.octet_string(world.picture()), der.integer(4), der.integer(4)
    )
    found = ses.parse_seal(resealed(der.sequence(header, der.ia5("1"), attributes, picture)))
    assert found.property.digests == (("SM3", sm3(world.signer_certificate())),)
    assert found.maker_signed()
    assert found.lists(world.signer_certificate())
    assert not found.lists(world.maker_certificate())


# --- other editions --------------------------------------------------------------------------


# --- sound DER, wrong content ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        (der.ia5("ES"), der.ia5("XX")),
        (der.ia5("png"), der.utf8("png")),
        (der.integer(1) + b"\x30", der.integer(3) + b"\x30"),  # certListType
        (der.integer(42) + der.integer(42), der.integer(0) + der.integer(42)),
        (der.integer(42) + der.integer(42), der.integer(42) + der.integer(-1)),
        (b"20261120083015Z", b"20261320083015Z"),
        (b"20261120083015Z", b"202611200830150"),
    ],
)
def test_a_seal_of_unsound_content_is_refused_even_if_signed(find, replace):
    with pytest.raises(MalformedSeal):
        ses.parse_seal(resealed(changed_info(find, replace)))


def test_another_algorithm_is_refused():
    other = der.oid("1.2.840.10045.4.3.2")
    value = der.bit_string(world.key("signer").sign(tbs()))
    with pytest.raises(MalformedSeal, match="not with SM2"):
        ses.parse_signature(
            der.sequence(tbs(), der.octet_string(world.signer_certificate()), other, value)
        )


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_digest_of_another_length_is_refused(size):
    with pytest.raises(MalformedSeal, match="dataHash"):
        ses.parse_signature(resigned(tbs(None, 4, bytes(size))))


# --- what is not made ------------------------------------------------------------------------
