"""Whatever is done to the files that describe an OFD and its seal, some check says what."""

from __future__ import annotations

import re

import genuine
import pytest
from altering_ofds import (
    PAGE,
    SIGNATURE,
    SIGNATURES,
    SIGNS,
    edited,
    examined,
    failed,
    no_accidents,  # noqa: F401 - the fixture all tests here use
    not_passed,
    parts,
    rebuilt,
)

from renderer.zip_archive import archive
from verify import ofd_package

pytestmark = pytest.mark.usefixtures("no_accidents")


# --- Signature.xml -------------------------------------------------------------------------------


def test_a_moved_stamp_is_noticed():
    data = rebuilt({SIGNATURE: edited(SIGNATURE, 'Boundary="137 ', 'Boundary="29 ')})
    assert failed(data) == {"ofd_signature_file"}


@pytest.mark.parametrize(
    ("pattern", "replacement", "about"),
    [
        ('CheckMethod="[^"]*"', 'CheckMethod="MD5"', "ofd_digests"),
        (' CheckMethod="[^"]*"', "", "ofd_digests"),
        ("<ofd:Reference FileRef.*?</ofd:Reference>", "", "ofd_signatures"),
        (f'<ofd:Reference FileRef="/{PAGE}".*?</ofd:Reference>', "", "ofd_coverage"),
        ("(<ofd:Reference F.*?</ofd:Reference>)", r"\1\1", "ofd_signatures"),
        ('PageRef="[^"]*"', 'PageRef="999"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="200 280 42 42"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="-1 0 42 42"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="nan 0 42 42"', "ofd_signatures"),
        ('Boundary="[^"]*"', 'Boundary="0 0 1e9 42"', "ofd_signatures"),
        ("<ofd:StampAnnot[^>]*/>", "", "ofd_stamp"),
        ("(<ofd:StampAnnot[^>]*/>)", r"\1\1", "ofd_stamp"),
        ("<ofd:Seal>.*</ofd:Seal>", "", "ofd_signature_file"),
        ("(<ofd:SignatureDateTime>)2026", r"\g<1>2025", "ofd_signing_time"),
        ("(<ofd:SignatureDateTime>)2026[0-9]*", r"\1yesterday", "ofd_signatures"),
        ("(<ofd:SignatureDateTime>)202611", r"\g<1>202613", "ofd_signatures"),
        ("1.2.156.10197.1.501", "1.2.840.10045.4.3.2", "ofd_signed_value"),
        ("<ofd:CheckValue>[^<]*", "<ofd:CheckValue>!", "ofd_signatures"),
        ('FileRef="/OFD.xml"', 'FileRef="/../OFD.xml"', "ofd_signatures"),
        ('FileRef="/OFD.xml"', 'FileRef="/ofd.xml"', "ofd_coverage"),
        ("SignedValue.dat", "Signature.xml", "ofd_signed_value"),
    ],
)  # fmt: skip
def test_a_change_in_signature_xml_is_noticed_and_named(pattern, replacement, about):
    data = rebuilt({SIGNATURE: edited(SIGNATURE, pattern, replacement)})
    assert about in failed(data)


def test_a_signature_without_references_is_noticed():
    changed = edited(SIGNATURE, "(<ofd:References[^>]*>).*(</ofd:References>)", r"\1\2")
    assert "ofd_signatures" in failed(rebuilt({SIGNATURE: changed}))


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("(<ofd:Signature .*/>)", ""),
        ("(<ofd:Signature .*/>)", r"\1\1"),
        ('Type="Seal"', 'Type="Sign"'),
        ("Sign_0", "Sign_9"),
    ],
)
def test_a_change_in_signatures_xml_is_noticed(pattern, replacement):
    data = rebuilt({SIGNATURES: edited(SIGNATURES, pattern, replacement)})
    assert "ofd_signatures" in failed(data)


def test_a_second_signature_is_noticed():
    second = {
        name.replace("Sign_0", "Sign_1"): data for name, data in parts().items() if SIGNS in name
    }
    listed = edited(SIGNATURES, "(<ofd:Signature .*/>)", r"\1\1")
    listed = listed.replace(b"Sign_0", b"Sign_1", 1)
    found = failed(rebuilt({**second, SIGNATURES: listed}))
    assert found >= {"ofd_signatures", "ofd_coverage", "ofd_digests"}


# --- OFD.xml and Document.xml --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pattern", "replacement"),
    [
        ("OFD.xml", "Doc_0/Document.xml", "Doc_9/Document.xml"),
        ("OFD.xml", "Doc_0/Document.xml", "../Document.xml"),
        ("OFD.xml", "(<ofd:DocBody>.*</ofd:DocBody>)", r"\1\1"),
        ("OFD.xml", "<ofd:OFD", "<!DOCTYPE a><ofd:OFD"),
        ("OFD.xml", "http://www.ofdspec.org/2016", "http://www.ofdspec.org/2099"),
        ("Doc_0/Document.xml", "<ofd:Page ID.*?/>", ""),
        ("Doc_0/Document.xml", "(<ofd:Page ID.*?/>)", r"\1\1"),
        ("Doc_0/Document.xml", "210", "0"),
        (PAGE, "<ofd:Page", "<ofd:Sheet"),
    ],
)
def test_a_document_that_cannot_be_followed_is_unreadable(name, pattern, replacement):
    text = parts()[name].decode()
    changed = re.sub(pattern, replacement, text, flags=re.DOTALL)
    assert changed != text
    data = rebuilt({name: changed.encode()})
    assert "ofd_structure" in failed(data)
    assert not examined(data).readable


def test_an_external_entity_is_not_read():
    bomb = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + parts()["OFD.xml"]
    data = rebuilt({"OFD.xml": bomb.replace(b"Sealpress", b"&x;")})
    assert "root:" not in str(examined(data))
    assert "ofd_structure" in failed(data)


def test_an_ofd_without_a_seal_is_noticed():
    data = genuine.plain_ofd()
    assert "ofd_structure" not in failed(data)
    assert "ofd_signatures" in failed(data)
    assert examined(data).ours


# --- the data set --------------------------------------------------------------------------------


def test_an_ofd_without_a_data_set_is_still_ours_by_its_seal():
    data = genuine.seal_ofd(genuine.plain_ofd(attachments=()))
    assert not_passed(data) == {"ofd_dataset", "ofd_authority"}
    assert examined(data).ours


def test_two_attachments_of_the_name_are_no_data_set():
    unsealed = dict(ofd_package.read(genuine.plain_ofd()).parts)
    listing = "Doc_0/Attachs/Attachments.xml"
    unsealed[listing] = re.sub(
        b"(<ofd:Attachment .*</ofd:Attachment>)", rb"\1\1", unsealed[listing], flags=re.DOTALL
    )
    data = genuine.seal_ofd(archive(list(unsealed.items())))
    assert failed(data) == {"ofd_dataset"}
    assert examined(data).dataset is None


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1 << 20])
def test_a_data_set_that_is_too_long_is_not_read(size):
    data = genuine.seal_ofd(genuine.plain_ofd(attachments=(genuine.data_set(bytes(size)),)))
    assert "ofd_dataset" in failed(data)
    assert examined(data).dataset is None
