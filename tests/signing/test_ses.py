"""Seals and seal signatures of GB/T 38540-2020: made, read, and refused when touched."""

from datetime import timedelta

import first_edition
import pytest
import sm2_world as world
from hypothesis import given
from hypothesis import strategies as st

from signing import der, ses, sm2_certificates, sm2_chain, sm2_signature
from signing.errors import CannotSign, MalformedSeal, SigningError, UnsupportedSealVersion
from signing.libcrypto import sm3
from signing.sm2_certificates import KeyUsage
from signing.sm2_signature import ORDER

ALGORITHM = der.oid("1.2.156.10197.1.501")
SIGNED = world.signature()


def resealed(seal_info: bytes) -> bytes:
    """A seal of other content, properly signed by the maker."""
    value = der.bit_string(world.key("maker").sign(seal_info))
    return der.sequence(seal_info, der.octet_string(world.maker_certificate()), ALGORITHM, value)


def resigned(tbs: bytes, signature: bytes | None = None, *rest: bytes) -> bytes:
    """A seal signature over another signed part, properly signed by the signer unless given."""
    value = der.bit_string(signature or world.key("signer").sign(tbs))
    return der.sequence(tbs, der.octet_string(world.signer_certificate()), ALGORITHM, value, *rest)


def changed_info(find: bytes, replace: bytes) -> bytes:
    """The content of the seal with another piece of the same length."""
    info = ses.parse_seal(world.seal()).made
    assert info.count(find) >= 1
    assert len(find) == len(replace)
    return info.replace(find, replace, 1)


def tbs(seal: bytes | None = None, version: int = 4, data_hash: bytes = bytes(32), *rest: bytes):
    return der.sequence(
        der.integer(version),
        seal or world.seal(),
        der.generalized_time(world.NOW),
        der.bit_string(data_hash),
        der.ia5("/Doc_0/Signs/Sign_0/Signature.xml"),
        *rest,
    )


def chained(certificate: bytes) -> bool:
    found, root = sm2_certificates.parse(certificate), sm2_certificates.parse(world.root())
    checks = sm2_chain.verify(found, [], [root], [], world.NOW)
    return all(check.state == "passed" for check in checks if check.id != "revocation")


def sound(data: bytes) -> bool:
    """Everything that a verifier asks of a seal signature by itself."""
    found = ses.parse_signature(data)
    return (
        found.seal.lists(found.certificate)
        and found.signer_signed()
        and found.seal.maker_signed()
        and chained(found.certificate)
        and chained(found.seal.maker_certificate)
    )


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


def test_a_seal_and_a_signature_of_the_first_edition_are_read():
    seal = first_edition.seal()
    signed = first_edition.signature(seal=seal)
    found = ses.parse_signature(signed)
    assert (found.version, found.seal.version) == (1, 1)
    assert found.signed_at == world.NOW
    assert found.certificate == world.signer_certificate()
    assert found.seal == ses.parse_seal(seal)
    assert found.seal.property.certificates == (world.signer_certificate(),)
    assert found.time_stamp is None
    assert sound(signed)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21 16:30:15",
        "2026-11-21T16:30:15",
        "2026-11-21T16:30:15.377",
        "2026-11-21 08:30:15Z",
    ],
)
def test_times_of_the_first_edition_are_of_beijing_unless_they_say_otherwise(written):
    found = ses.parse_signature(first_edition.signature(time=der.bit_string(written.encode())))
    assert found.signed_at == world.NOW


def test_writers_of_octets_where_bits_belong_are_read():
    octets = first_edition.signature(
        time=der.octet_string(b"2026-11-21 16:30:15"), data_hash=der.octet_string(bytes(32))
    )
    assert sound(octets)


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-21 16:30:15", "2026-11-21"])
def test_a_time_in_no_known_form_is_refused(written):
    with pytest.raises(MalformedSeal, match=r"moment|form"):
        ses.parse_signature(first_edition.signature(time=der.bit_string(written.encode())))


def test_no_bit_of_a_signature_of_the_first_edition_can_be_changed():
    signed = first_edition.signature()
    for at in range(len(signed)):
        changed = bytearray(signed)
        changed[at] ^= 1 << (at + 5) % 8
        try:
            assert not sound(bytes(changed)), f"byte {at}"
        except SigningError:
            continue


def test_a_maker_of_the_first_edition_signs_certificate_and_algorithm_too():
    """What the maker of version 4 signs, the seal's content alone, is not enough here."""
    bare = first_edition.seal(made=lambda info, _certificate: info)
    assert not ses.parse_seal(bare).maker_signed()


def test_a_seal_of_version_5_may_have_a_time_stamp_of_its_maker():
    for stamp in (None, b"token"):
        seal = fifth(stamp)
        found = ses.parse_seal(seal)
        assert (found.version, found.time_stamp) == (5, stamp)
        assert found.maker_signed()
        signed = ses.parse_signature(resigned(tbs(seal, 5)))
        assert signed.version == 5
        assert signed.seal == found
        assert signed.signer_signed()


def test_a_seal_of_version_4_has_no_time_stamp():
    fields = ses.parse_seal(world.seal()).der
    grown = der.sequence(
        ses.parse_seal(fields).made,
        der.octet_string(world.maker_certificate()),
        ALGORITHM,
        der.bit_string(ses.parse_seal(fields).signature),
        der.explicit(0, der.bit_string(b"token")),
    )
    with pytest.raises(MalformedSeal, match="more elements"):
        ses.parse_seal(grown)


def fifth(stamp: bytes | None) -> bytes:
    header = der.ia5("ES") + der.integer(4)
    info = changed_info(header, der.ia5("ES") + der.integer(5))
    value = der.bit_string(world.key("maker").sign(info))
    rest = () if stamp is None else (der.explicit(0, der.bit_string(stamp)),)
    return der.sequence(info, der.octet_string(world.maker_certificate()), ALGORITHM, value, *rest)


def test_signature_and_seal_are_of_one_version():
    with pytest.raises(MalformedSeal, match="version 4 by a seal of version 5"):
        ses.parse_signature(resigned(tbs(fifth(None), 4)))
    with pytest.raises(MalformedSeal):
        ses.parse_signature(resigned(tbs(first_edition.seal(), 4)))


@pytest.mark.parametrize("version", [0, 2, 3, 6])
def test_other_versions_are_refused_by_number(version):
    with pytest.raises(UnsupportedSealVersion, match=f"version {version}"):
        ses.parse_signature(resigned(tbs(None, version)))
    with pytest.raises(UnsupportedSealVersion, match=f"version {version}"):
        ses.parse_signature(first_edition.signature(version=version))
    header = der.ia5("ES") + der.integer(4)
    info = changed_info(header, der.ia5("ES") + der.integer(version))
    with pytest.raises(UnsupportedSealVersion, match=f"version {version}"):
        ses.parse_seal(resealed(info))


def test_a_version_in_the_form_of_another_is_refused():
    with pytest.raises(MalformedSeal, match="version 1 in the form of version 4"):
        ses.parse_signature(resigned(tbs(None, 1)))
    with pytest.raises(MalformedSeal, match="version 4 in the form of version 1"):
        ses.parse_signature(first_edition.signature(version=4))


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"picture": b"GIF89a"}, "PNG"),
        ({"picture": world.picture() + bytes(1 << 20)}, "allowed"),
        ({"width": 0}, "whole mm"),
        ({"height": 201}, "whole mm"),
        ({"name": ""}, "characters"),
        ({"id": "1" * 300}, "characters"),
        ({"signers": []}, "signers"),
        ({"valid_to": world.NOW - 2 * world.DAY}, "end before"),
    ],
)
def test_a_seal_without_sound_content_is_not_made(changes, words):
    with pytest.raises(CannotSign, match=words):
        ses.make_seal(world.seal_content(**changes), world.key("maker"), world.maker_certificate())


@pytest.mark.parametrize("changes", [{"signers": [b"no certificate"]}, {"id": "编号"}])
def test_a_seal_is_not_made_of_what_cannot_be_written(changes):
    with pytest.raises(SigningError):
        ses.make_seal(world.seal_content(**changes), world.key("maker"), world.maker_certificate())


def test_a_maker_needs_its_own_certificate_for_signing():
    with pytest.raises(CannotSign, match="not the one"):
        ses.make_seal(world.seal_content(), world.key("signer"), world.maker_certificate())
    with pytest.raises(CannotSign, match="does not allow signing"):
        ses.make_seal(world.seal_content(), world.key("root"), world.root())


def test_a_signer_needs_its_own_certificate_for_signing():
    with pytest.raises(CannotSign, match="not the one"):
        world.signature(key=world.key("maker"))
    other = world.certificate(key_usage=KeyUsage.KEY_ENCIPHERMENT)
    with pytest.raises(CannotSign, match="does not allow signing"):
        world.signature(certificate=other)


def test_only_a_listed_signer_signs():
    with pytest.raises(CannotSign, match="does not list"):
        world.signature(key=world.key("maker"), certificate=world.maker_certificate())


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (world.NOW - 2 * world.DAY, "the seal .* is valid from"),
        (world.NOW + 301 * world.DAY, "the seal .* is valid from"),
    ],
)
def test_nothing_is_sealed_outside_the_validity_of_the_seal(at, words):
    with pytest.raises(CannotSign, match=words):
        world.signature(at=at)


def test_nothing_is_sealed_outside_the_validity_of_the_certificate():
    short = world.certificate(not_after=world.NOW + world.DAY)
    content = world.seal_content(signers=[short])
    seal = ses.make_seal(content, world.key("maker"), world.maker_certificate())
    world.signature(certificate=short, seal=seal)
    with pytest.raises(CannotSign, match=r"certificate of .* is valid from"):
        world.signature(certificate=short, seal=seal, at=world.NOW + 2 * world.DAY)


def test_only_a_digest_of_sm3_is_signed():
    with pytest.raises(CannotSign, match="SM3 has 32"):
        world.signature(data_hash=bytes(20))


def test_a_path_outside_ascii_is_not_signed():
    with pytest.raises(SigningError):
        world.signature(property_info="/文档/Signature.xml")
