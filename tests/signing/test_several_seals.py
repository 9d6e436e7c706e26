"""Several seals on one file: each covers what was there, the last one closes the list of them."""

import base64
import io
import zipfile
from datetime import timedelta

import ofd_package
import pytest
import sm2_world as world
from lxml import etree

from signing import ofd_seal, ses
from signing.errors import CannotSign, MalformedPackage
from signing.libcrypto import sm3
from signing.ofd_seal import Sealing
from signing.part_digests import PACKED_BYTES_OID, packed_digest
from signing.zip_package import ZipPackage

BOXES = ((130.0, 220.5, 42.0, 42.0), (20.0, 220.5, 42.0, 42.0), (75.0, 20.0, 30.0, 20.0))
SIGNS = "Doc_0/Signs/"
LISTING = f"{SIGNS}Signatures.xml"
OFD = {"ofd": "http://www.ofdspec.org/2016"}


def sealings(count: int) -> list[Sealing]:
    return [Sealing(world.seal_signer(), box) for box in BOXES[:count]]


def sealed(count: int, package: bytes | None = None, **options: object) -> bytes:
    return ofd_seal.seal_all(
        package or ofd_package.package(),
        sealings(count),
        world.NOW,
        **options,  # type: ignore[arg-type]
    )


def parts(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def files(number: int) -> set[str]:
    folder = f"{SIGNS}Sign_{number}/"
    return {folder + name for name in ("Seal.esl", "Signature.xml", "SignedValue.dat")}


def own_files(number: int) -> set[str]:
    return files(number) - {f"{SIGNS}Sign_{number}/Seal.esl"}


def covered(found: dict[str, bytes], number: int) -> set[str]:
    """The parts that the seal with that number covers, each of which must be as it was signed."""
    listing = etree.fromstring(found[f"{SIGNS}Sign_{number}/Signature.xml"])
    names = set()
    for one in listing.iterfind(".//ofd:Reference", OFD):
        name = one.get("FileRef").lstrip("/")
        digest = one.findtext("ofd:CheckValue", None, OFD)
        assert digest == base64.b64encode(sm3(found[name])).decode(), name
        names.add(name)
    value = ses.parse_signature(found[f"{SIGNS}Sign_{number}/SignedValue.dat"])
    assert value.data_hash == sm3(found[f"{SIGNS}Sign_{number}/Signature.xml"])
    assert value.signer_signed()
    return names


def listed(found: dict[str, bytes]) -> list[tuple[str, str]]:
    root = etree.fromstring(found[LISTING])
    return [(one.get("ID"), one.get("BaseLoc")) for one in root.iterfind("ofd:Signature", OFD)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_seal_covers_what_was_there_and_the_last_one_everything(count):
    found = parts(sealed(count))
    document = set(ofd_package.PARTS)
    for number in range(count):
        earlier = {name for before in range(number) for name in files(before)}
        expected = document | earlier | {f"{SIGNS}Sign_{number}/Seal.esl"}
        if number == count - 1:
            expected |= {LISTING}
        assert covered(found, number) == expected
    assert set(found) == covered(found, count - 1) | own_files(count - 1)


def test_the_list_names_all_seals_under_ids_that_nothing_else_has():
    found = parts(sealed(3))
    assert listed(found) == [
        (identifier, f"/{SIGNS}Sign_{number}/Signature.xml")
        for number, identifier in enumerate(("1", "3", "5"))
    ]
    assert etree.fromstring(found[LISTING]).findtext("ofd:MaxSignId", None, OFD) == "6"
    stamps = [
        etree.fromstring(found[f"{SIGNS}Sign_{number}/Signature.xml"]).find(
            ".//ofd:StampAnnot", OFD
        )
        for number in range(3)
    ]
    assert [one.get("ID") for one in stamps] == ["2", "4", "6"]
    assert [one.get("Boundary") for one in stamps] == [
        "130 220.5 42 42",
        "20 220.5 42 42",
        "75 20 30 20",
    ]


def test_a_later_seal_of_somebody_else_breaks_none():
    opened = sealed(1, keep_open=True)
    before = parts(opened)
    assert covered(before, 0) == set(before) - own_files(0) - {LISTING}
    closed = ofd_seal.seal_all(
        opened, [Sealing(world.seal_signer(), BOXES[1])], world.NOW + timedelta(hours=1)
    )
    after = parts(closed)
    assert {name: after[name] for name in before if name != LISTING} == {
        name: part for name, part in before.items() if name != LISTING
    }
    assert covered(after, 0) == covered(before, 0)
    assert covered(after, 1) == set(after) - own_files(1)
    assert [path for _, path in listed(after)] == [
        f"/{SIGNS}Sign_{number}/Signature.xml" for number in (0, 1)
    ]


def test_a_closed_file_takes_no_further_seal():
    for count in (1, 2):
        with pytest.raises(MalformedPackage, match="for good already"):
            sealed(1, sealed(count))


def test_foreign_ids_are_kept_and_not_used_again():
    opened = parts(sealed(1, keep_open=True))
    opened[LISTING] = opened[LISTING].replace(b'ID="1"', b'ID="s041"')
    found = parts(sealed(1, ofd_package.package(opened)))
    assert [identifier for identifier, _ in listed(found)] == ["s041", "42"]


def test_the_packed_bytes_of_everything_are_signed_by_the_last_seal():
    """An earlier one leaves them: other programs pack a file anew to put their seal on it."""
    package = ZipPackage(sealed(2))
    names = covered({name: package.read(name) for name in package.names}, 1)
    entries = [package.packed(name) for name in package.names if name in names]
    digest = packed_digest((one.head, sm3(one.octets)) for one in entries)
    first, last = (
        ses.parse_signature(package.read(f"{SIGNS}Sign_{number}/SignedValue.dat"))
        for number in range(2)
    )
    assert first.extensions == ()
    assert last.extensions == (ses.SealExtension(PACKED_BYTES_OID, False, digest),)


def test_parts_at_hand_need_not_be_unpacked_but_must_be_the_ones():
    package = ofd_package.package()
    page = "Doc_0/Pages/Page_0/Content.xml"
    given = ofd_seal.seal_all(
        package, sealings(1), world.NOW, unpacked={page: ofd_package.PARTS[page]}
    )
    assert covered(parts(given), 0) == covered(parts(sealed(1)), 0)
    fresh = ofd_package.package({page: b"<another/>"})
    with pytest.raises(MalformedPackage, match=f"the part {page} is broken"):
        ofd_seal.seal_all(fresh, sealings(1), world.NOW, unpacked={page: b"<an0ther/>"})


def test_no_seal_is_no_sealing():
    with pytest.raises(CannotSign, match="no seal"):
        sealed(0)


def test_there_is_an_end_to_seals():
    package = sealed(3, sealed(3, keep_open=True), keep_open=True)
    package = sealed(2, package, keep_open=True)
    assert len(listed(parts(package))) == ofd_seal.MAX_SEALS
    with pytest.raises(MalformedPackage, match="8 seals at most"):
        sealed(1, package)


def test_one_refused_seal_leaves_nothing_half_sealed():
    """Nothing is handed out: what is sealed is a copy, given only when it is whole."""
    package = ofd_package.package()
    bad = [*sealings(1), Sealing(world.seal_signer(), (0.0, 0.0, 0.0, 0.0))]
    with pytest.raises(MalformedPackage, match="box"):
        ofd_seal.seal_all(package, bad, world.NOW)
    assert package == ofd_package.package()
