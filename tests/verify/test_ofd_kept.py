"""What is kept from one OFD to the next is arithmetic: it never lets the next one pass."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import timedelta

import altering_ofds
import genuine
import pytest
import sealing_parties as world
from altering_ofds import no_accidents  # noqa: F401 - a fixture for all tests here

from signing import libcrypto, ses_model, ses_parse, sm2_chain, sm2_known
from signing.sm2_crl import Revoked
from signing.zip_package import ZipPackage
from verify import dataset, limits, ofd_package, ofd_shared

TEMPLATE = "Doc_0/Tpls/Tpl_0/Content.xml"


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A sealed file that was found good a moment ago, so that all that is kept is there."""
    for forget in (sm2_known.forget, ofd_shared.forget, sm2_chain._find_path.cache_clear):
        forget()
    world.sign_anything(monkeypatch)
    data = world.sealed(world.parts())
    assert world.states(data) == {}
    assert world.states(data) == {}
    yield data
    ofd_shared.forget()


@pytest.mark.parametrize("serial", [world.SIGNER_SERIAL, world.MAKER_SERIAL])
def test_who_was_revoked_since_the_first_look_fails(looked_at: bytes, serial: int) -> None:
    revoked = world.crl(Revoked(serial, genuine.SIGNED - timedelta(hours=1)))
    assert world.states(looked_at, crls=[revoked]) == {"ofd_revocation": world.FAILED}
    assert world.states(looked_at) == {}


def test_without_a_list_nothing_is_known_of_revocation(looked_at: bytes) -> None:
    assert world.states(looked_at, crls=[]) == {"ofd_revocation": world.UNTOLD}


def test_a_root_that_is_no_longer_pinned_is_not_believed(looked_at: bytes) -> None:
    other = genuine.house().anchors.seal_roots
    found = world.states(looked_at, roots=other)
    assert found["ofd_signer_certificate"] is world.FAILED
    assert found["ofd_maker_certificate"] is world.FAILED
    assert world.states(looked_at, roots=[])["ofd_signer_certificate"] is world.UNTOLD


@pytest.mark.parametrize("later", [timedelta(days=3650), timedelta(days=31)])
def test_the_moment_counts_each_time(looked_at: bytes, later: timedelta) -> None:
    found = world.states(looked_at, at=genuine.NOW + later + timedelta(days=1))
    assert found["ofd_revocation"] is world.UNTOLD
    expired = "ofd_signer_certificate" in found
    assert expired is (later > timedelta(days=100))


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9, 0.999])
def test_one_byte_changed_in_the_seal_is_found(looked_at: bytes, place: float) -> None:
    parts = ofd_package.read(looked_at).parts
    seal = bytearray(parts[altering_ofds.SEAL])
    seal[int(place * len(seal))] ^= 1
    value = parts[altering_ofds.VALUE].replace(parts[altering_ofds.SEAL], bytes(seal))
    alone = altering_ofds.replaced(looked_at, {altering_ofds.SEAL: bytes(seal)})
    assert {"ofd_seal_file", "ofd_digests"} <= world.states(alone).keys()
    both = altering_ofds.replaced(alone, {altering_ofds.VALUE: value})
    found = world.states(both)
    assert found["ofd_digests"] is world.FAILED
    assert {"ofd_maker_signature", "ofd_signed_value"} & found.keys()


def test_a_background_with_one_byte_changed_is_found(looked_at: bytes) -> None:
    template = ofd_package.read(looked_at).parts[TEMPLATE]
    changed = template.replace(b'Value="', b'Value="1', 1)
    data = altering_ofds.replaced(looked_at, {TEMPLATE: changed})
    assert world.states(data)["ofd_digests"] is world.FAILED


def test_a_background_packed_anew_is_found(looked_at: bytes) -> None:
    template = ofd_package.read(looked_at).parts[TEMPLATE]
    data = altering_ofds.replaced(looked_at, {TEMPLATE: template})  # stored, where it was deflated
    found = world.states(data)
    assert found["ofd_packed_bytes"] is world.FAILED
    assert "ofd_digests" not in found


def test_a_background_in_the_place_of_another_part_has_its_own_digest(looked_at: bytes) -> None:
    template = ofd_package.read(looked_at).parts[TEMPLATE]
    data = altering_ofds.replaced(looked_at, {altering_ofds.SEAL: template})
    assert {"ofd_seal_file", "ofd_digests"} <= world.states(data).keys()


@pytest.mark.parametrize(("checksum", "size"), [(1, 0), (0, 1), (0, -1)])
def test_a_wrong_size_or_checksum_of_a_known_stream_is_found(
    looked_at: bytes, checksum: int, size: int
) -> None:
    known = ZipPackage(looked_at).packed(TEMPLATE)
    right = known.crc, len(known.octets), known.size
    wrong = known.crc ^ checksum, len(known.octets), known.size + size
    data = looked_at.replace(struct.pack("<3L", *right), struct.pack("<3L", *wrong))
    assert "ofd_package" in altering_ofds.failed(data)


def test_only_what_many_files_have_is_kept(looked_at: bytes) -> None:
    ofd_shared.forget()
    world.states(looked_at)
    assert ofd_shared._kept_inflated.cache_info().currsize == 1  # the background
    assert ofd_shared._kept_sm3.cache_info().currsize == 3  # packed and not, and the seal


def test_no_more_is_kept_than_is_said() -> None:
    ofd_shared.forget()
    for number in range(limits.SHARED_PARTS_KEPT + 5):
        ofd_shared.sm3(TEMPLATE, b"%d" % number)
        ofd_shared.inflated(TEMPLATE, to_deflate(b"%d" % number), 9)
    assert ofd_shared._kept_sm3.cache_info().currsize == limits.SHARED_PARTS_KEPT
    assert ofd_shared._kept_inflated.cache_info().currsize == limits.SHARED_PARTS_KEPT
    ofd_shared.forget()
    large = bytes(limits.SHARED_PART_BYTES + 1)
    assert ofd_shared.sm3(TEMPLATE, large) == libcrypto.sm3(large)
    assert ofd_shared.inflated(TEMPLATE, to_deflate(large), len(large)).data == large
    assert ofd_shared._kept_sm3.cache_info().currsize == 0
    assert ofd_shared._kept_inflated.cache_info().currsize == 0


def to_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def test_every_memory_has_a_bound() -> None:
    for kept, most in (
        (sm2_chain._find_path, sm2_chain.PATHS_KEPT),
        (ses_parse._kept, ses_model.KEPT_SEALS),
        (ses_model._begun, ses_model.KEPT_SEALS),
        (dataset.parse, limits.DATA_SETS_KEPT),
    ):
        assert kept.cache_info().maxsize == most
