"""A sealed OFD covers every part, says where the seal stands, and is what readers expect."""

import base64
import io
import zipfile
from datetime import timedelta, timezone

import ofd_package
import pytest
import sm2_world as world
from lxml import etree

from signing import ofd_seal, ses
from signing.errors import CannotSign, MalformedPackage
from signing.libcrypto import sm3

BOX = (130.0, 220.5, 42.0, 42.0)
SIGNS = "Doc_0/Signs/"
SIGN = f"{SIGNS}Sign_0/"
OFD = {"ofd": "http://www.ofdspec.org/2016"}


def sealed(package: bytes | None = None, **changes: object) -> bytes:
    values: dict[str, object] = {"signer": world.seal_signer(), "box": BOX, "at": world.NOW}
    return ofd_seal.seal(package or ofd_package.package(), **{**values, **changes})


def parts(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def intact(found: dict[str, bytes]) -> bool:
    """Whether digests, seal signature and coverage agree: a verifier's view, by other means."""
    listing = etree.fromstring(found[f"{SIGN}Signature.xml"])
    references = {
        one.get("FileRef"): one.findtext("ofd:CheckValue", None, OFD)
        for one in listing.iterfind(".//ofd:Reference", OFD)
    }
    covered = {
        f"/{name}": base64.b64encode(sm3(part)).decode()
        for name, part in found.items()
        if name not in (f"{SIGN}Signature.xml", f"{SIGN}SignedValue.dat")
    }
    value = ses.parse_signature(found[f"{SIGN}SignedValue.dat"])
    return (
        references == covered
        and value.data_hash == sm3(found[f"{SIGN}Signature.xml"])
        and value.signer_signed()
        and value.seal.maker_signed()
        and value.seal.der == found[f"{SIGN}Seal.esl"]
    )


def test_every_part_is_covered():
    found = parts(sealed())
    assert list(found) == [
        *ofd_package.PARTS,
        f"{SIGNS}Signatures.xml",
        f"{SIGN}Seal.esl",
        f"{SIGN}Signature.xml",
        f"{SIGN}SignedValue.dat",
    ]
    assert intact(found)


def test_what_was_there_stays_byte_by_byte():
    package = ofd_package.package()
    grown = sealed(package)
    assert grown.startswith(package[: package.index(b"PK\x01\x02")])
    found = parts(grown)
    assert {name: found[name] for name in ofd_package.PARTS} == ofd_package.PARTS


@pytest.mark.parametrize("name", [*ofd_package.PARTS, f"{SIGNS}Signatures.xml", f"{SIGN}Seal.esl"])
def test_a_changed_part_is_noticed(name):
    found = parts(sealed())
    changed = bytearray(found[name])
    changed[len(changed) // 2] ^= 1
    assert not intact({**found, name: bytes(changed)})


def test_an_added_or_removed_part_is_noticed():
    found = parts(sealed())
    assert not intact({**found, "Doc_0/extra.xml": b""})
    assert not intact({name: part for name, part in found.items() if name != "OFD.xml"})


def test_no_bit_of_the_signature_file_can_be_changed():
    found = parts(sealed())
    listing = found[f"{SIGN}Signature.xml"]
    for at in range(len(listing)):
        changed = bytearray(listing)
        changed[at] ^= 1 << at % 8
        value = ses.parse_signature(found[f"{SIGN}SignedValue.dat"])
        assert value.data_hash != sm3(bytes(changed))


def test_the_signature_file_says_what_readers_look_for():
    found = parts(sealed())
    listing = etree.fromstring(found[f"{SIGN}Signature.xml"])
    told = [etree.QName(one).localname for one in listing.find("ofd:SignedInfo", OFD)]
    assert told == [
        "Provider",
        "SignatureMethod",
        "SignatureDateTime",
        "References",
        "StampAnnot",
        "Seal",
    ]
    text = {etree.QName(one).localname: one.text for one in listing.iter()}
    assert text["SignatureMethod"] == "1.2.156.10197.1.501"
    assert text["SignatureDateTime"] == "20261121083015Z"
    assert text["BaseLoc"] == f"/{SIGN}Seal.esl"
    assert text["SignedValue"] == f"/{SIGN}SignedValue.dat"
    assert listing.find(".//ofd:References", OFD).get("CheckMethod") == "1.2.156.10197.1.401"
    stamp = listing.find(".//ofd:StampAnnot", OFD)
    assert dict(stamp.attrib) == {"ID": "2", "PageRef": "7", "Boundary": "130 220.5 42 42"}
    assert all(one.prefix == "ofd" for one in listing.iter())


def test_the_list_of_signatures_names_the_one_seal():
    found = etree.fromstring(parts(sealed())[f"{SIGNS}Signatures.xml"])
    assert found.findtext("ofd:MaxSignId", None, OFD) == "2"
    assert dict(found.find("ofd:Signature", OFD).attrib) == {
        "ID": "1",
        "Type": "Seal",
        "BaseLoc": f"/{SIGN}Signature.xml",
    }


def test_the_seal_signature_names_the_signature_file_and_the_time():
    value = ses.parse_signature(parts(sealed())[f"{SIGN}SignedValue.dat"])
    assert value.property_info == f"/{SIGN}Signature.xml"
    assert value.signed_at == world.NOW


def test_times_are_written_in_utc_and_whole_seconds():
    shanghai = timezone(timedelta(hours=8))
    at = world.NOW.astimezone(shanghai) + timedelta(microseconds=999_999)
    found = parts(sealed(at=at))
    assert b">20261121083015Z<" in found[f"{SIGN}Signature.xml"]
    assert ses.parse_signature(found[f"{SIGN}SignedValue.dat"]).signed_at == world.NOW


def test_the_seal_stands_on_the_page_asked_for():
    document = ofd_package.DOCUMENT.replace(
        "</ofd:Pages>", '<ofd:Page ID="11" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages>'
    )
    package = ofd_package.package(
        {"Doc_0/Document.xml": document.encode(), "Doc_0/Pages/Page_1/Content.xml": b"<x/>"}
    )
    listing = parts(sealed(package, page_index=1))[f"{SIGN}Signature.xml"]
    assert b'PageRef="11"' in listing
    for index in (2, -1):
        with pytest.raises(MalformedPackage, match="none with index"):
            sealed(package, page_index=index)


def test_a_path_from_the_root_names_the_signatures_as_well():
    root = ofd_package.ROOT.replace(">Doc_0/Signs/", ">/Doc_0/Signs/")
    assert intact(parts(sealed(ofd_package.package({"OFD.xml": root.encode()}))))


def root_with(find: str, replace: str) -> dict[str, bytes | None]:
    assert find in ofd_package.ROOT
    return {"OFD.xml": ofd_package.ROOT.replace(find, replace).encode()}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OFD.xml": None}, "no part OFD.xml"),
        ({"OFD.xml": b"<not xml"}, "not well-formed"),
        ({"OFD.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "document type"),
        (
            root_with("<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>", ""),
            "Signatures",
        ),
        (root_with("<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>", ""), "DocRoot"),
        (root_with("Doc_0/Signs/", "../"), "not in a folder"),
        (root_with("Doc_0/Signs/", "Doc_0/签章/"), "not in a folder"),
        (root_with("Doc_0/Signs/", ""), "not in a folder"),
        (root_with("</ofd:DocBody>", "</ofd:DocBody><ofd:DocBody/>"), "2 documents"),
        ({"Doc_0/Document.xml": None}, "no part Doc_0/Document.xml"),
        ({"Doc_0/Document.xml": ofd_package.DOCUMENT.replace(' ID="7"', "").encode()}, "no ID"),
        ({"Doc_0/Document.xml": b" " * (1 << 21)}, "bytes"),
        ({f"{SIGNS}Signatures.xml": b"<x/>"}, "already"),
        ({f"{SIGN}Seal.esl": b""}, "already"),
    ],
)
def test_a_package_that_is_not_ready_is_refused(changes, words):
    with pytest.raises(MalformedPackage, match=words):
        sealed(ofd_package.package(changes))


def test_a_sealed_package_is_not_sealed_again():
    with pytest.raises(MalformedPackage, match="already"):
        sealed(sealed())


@pytest.mark.parametrize("box", [(0, 0, 0, 42), (0, 0, 42, -1), (float("nan"), 0, 42, 42)])
def test_a_box_without_size_is_refused(box):
    with pytest.raises(MalformedPackage, match="box"):
        sealed(box=box)


def test_nothing_is_sealed_outside_the_validity_of_the_seal():
    with pytest.raises(CannotSign, match="valid from"):
        sealed(at=world.NOW + 1000 * world.DAY)
