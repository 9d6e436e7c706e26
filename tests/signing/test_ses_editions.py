"""Each edition is read by its own rules: GM/T 0031-2014, GB/T 38540-2020, and version 5."""

import first_edition
import pytest
import sm2_world as world
from ses_forms import ALGORITHM, changed_info, resealed, resigned, sound, tbs

from signing import der, ses
from signing.errors import MalformedSeal, SigningError, UnsupportedSealVersion


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
