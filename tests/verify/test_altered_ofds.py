"""Whatever is done to a sealed OFD, some check that is about it says so."""

from __future__ import annotations

import base64
import io
import logging
import re
import socket
import struct
import zipfile
from functools import cache

import genuine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.zip_archive import archive
from signing.libcrypto import sm3
from verify import ofd, ofd_checks, ofd_package
from verify.check import CheckState, Examination
from verify.verdict import all_passed

SIGNS = "Doc_0/Signs/Sign_0/"
SIGNATURE, VALUE, SEAL = SIGNS + "Signature.xml", SIGNS + "SignedValue.dat", SIGNS + "Seal.esl"
SIGNATURES = "Doc_0/Signs/Signatures.xml"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
DATASET = "Doc_0/Attachs/certificate.json"
NAMED = {"ofd_package", "ofd_structure"}


def examined(data: bytes) -> Examination:
    return ofd.examine(data, genuine.house().anchors, genuine.NOW)


def not_passed(data: bytes) -> set[str]:
    """The checks that a file does not pass; every check must be there, whatever the file."""
    examination = examined(data)
    assert [check.id for check in examination.checks] == list(ofd_checks.CHECKS)
    assert all(check.reason for check in examination.checks)
    return {check.id for check in examination.checks if check.state is not CheckState.PASSED}


def failed(data: bytes) -> set[str]:
    checks = examined(data).checks
    return {check.id for check in checks if check.state is CheckState.FAILED}


def reason(data: bytes, identifier: str) -> str:
    (check,) = [check for check in examined(data).checks if check.id == identifier]
    return check.reason


@pytest.fixture(autouse=True)
def _no_accidents(caplog):
    """No specimen here may get through to the last resort, an unexpected exception."""
    caplog.set_level(logging.DEBUG, "verify")
    yield
    assert not caplog.records


@cache
def parts() -> dict[str, bytes]:
    return dict(ofd_package.read(genuine.genuine_ofd()).parts)


def zipped(content: dict[str, bytes]) -> bytes:
    """A package as plain as ours, of other parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, data)
    return target.getvalue()


def rebuilt(changed: dict[str, bytes | None]) -> bytes:
    """The genuine parts with some replaced, added, or (None) left out."""
    content = {**parts(), **changed}
    return zipped({name: data for name, data in content.items() if data is not None})


def edited(name: str, pattern: str, replacement: str) -> bytes:
    """One text part with an expression replaced, which must occur."""
    text = parts()[name].decode()
    changed, count = re.subn(pattern, replacement, text)
    assert count, pattern
    return changed.encode()


def test_a_genuine_file_passes_every_check():
    examination = examined(genuine.genuine_ofd())
    assert all_passed(examination.checks)
    assert all(check.state is CheckState.PASSED for check in examination.checks)
    assert examination.readable
    assert examination.ours
    assert examination.kind == "ofd"
    assert examination.dataset == genuine.DATASET
    assert examination.signed_at == genuine.SIGNED
    assert genuine.NAME in (examination.signer or "")


def test_the_same_parts_packed_by_another_plain_writer_pass():
    assert not_passed(zipped(parts())) == set()


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert all_passed(examined(genuine.genuine_ofd()).checks)


# --- bytes ---------------------------------------------------------------------------------------


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


@pytest.mark.parametrize("part", ["whole", "directory"])
def test_no_flipped_bit_changes_a_part_unnoticed(part):
    """A bit that deflate does not need may change; then every part is still what was sealed."""
    data = genuine.genuine_ofd()
    (directory,) = struct.unpack_from("<L", data, len(data) - 6)
    chosen = {
        "whole": range(0, len(data) * 8, 1201),
        "directory": range(directory * 8, len(data) * 8, 5),
    }[part]
    unnoticed = [bit for bit in chosen if not not_passed(flipped(data, bit))]
    assert len(unnoticed) <= len(chosen) // 200
    for bit in unnoticed:
        assert dict(ofd_package.read(flipped(data, bit)).parts) == parts(), f"bit {bit}"


def test_no_flipped_bit_of_a_part_goes_unnoticed():
    """In the parts themselves no bit is free: the seal signature and its two files included.

    What follows TBS_Sign in the value nobody signs: certificate, algorithm, signature.
    """
    end = len(parts()[VALUE]) * 8
    steps = {SIGNATURE: 997, SEAL: 9973, PAGE: 19997, DATASET: 1999, VALUE: 9973}
    chosen = [(name, bit) for name, step in steps.items() for bit in bits_of(name, step)]
    chosen += [(VALUE, bit) for bit in range(end - 700 * 8, end, 41)]
    for name, bit in chosen:
        assert not_passed(rebuilt({name: flipped(parts()[name], bit)})), f"{name} bit {bit}"


def bits_of(name: str, step: int) -> range:
    return range(0, len(parts()[name]) * 8, step)


@pytest.mark.parametrize("more", [b"\0", b"\n", b"PK\5\6" + bytes(18), b"x" * 999])
def test_appended_bytes_are_noticed(more):
    assert "ofd_package" in failed(genuine.genuine_ofd() + more)


@pytest.mark.parametrize("more", [b"\0", b"%PDF-1.7\n", b"x" * 999])
def test_prepended_bytes_are_noticed(more):
    assert "ofd_package" in failed(more + genuine.genuine_ofd())


def test_a_truncated_file_is_unreadable():
    data = genuine.genuine_ofd()
    for length in [*range(0, len(data), 4999), *range(len(data) - 60, len(data))]:
        assert not_passed(data[:length])
        assert not examined(data[:length]).readable


def test_a_comment_is_noticed():
    target = io.BytesIO(genuine.genuine_ofd())
    with zipfile.ZipFile(target, "a") as out:
        out.comment = b"genuine"
    assert "ofd_package" in failed(target.getvalue())


@pytest.mark.parametrize(
    "changed",
    [{"extra": b"\x99\x99\x00\x00"}, {"comment": b"x"}, {"date_time": (2026, 1, 1, 0, 0, 0)}],
)
def test_what_an_entry_carries_unsigned_is_noticed(changed):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as out:
        for name, data in parts().items():
            entry = zipfile.ZipInfo(name)
            if name == PAGE:
                for attribute, value in changed.items():
                    setattr(entry, attribute, value)
            out.writestr(entry, data)
    assert failed(target.getvalue()) == {"ofd_package"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [PAGE, PAGE.upper(), PAGE.replace("Pages", "pages")])
def test_a_second_page_of_the_same_name_is_noticed(name):
    target = io.BytesIO(genuine.genuine_ofd())
    with zipfile.ZipFile(target, "a") as out:
        out.writestr(zipfile.ZipInfo(name), parts()[PAGE])
    assert "ofd_package" in failed(target.getvalue())


# --- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Doc_0/extra.xml", "Doc_0/Signs/Sign_0/extra", "readme.txt"])
def test_an_added_part_is_named_as_uncovered(name):
    data = rebuilt({name: b"<a/>"})
    assert failed(data) == {"ofd_coverage"}
    assert name in reason(data, "ofd_coverage")


def test_a_removed_part_is_named_as_missing():
    (font, *_) = [name for name in parts() if name.endswith(".ttf")]
    data = rebuilt({font: None})
    assert failed(data) == {"ofd_coverage"}
    assert font in reason(data, "ofd_coverage")


@pytest.mark.parametrize(
    "name", ["OFD.xml", "Doc_0/Document.xml", SIGNATURES, SIGNATURE, VALUE, PAGE, DATASET]
)
def test_without_a_part_that_matters_nothing_passes(name):
    assert failed(rebuilt({name: None}))


@pytest.mark.parametrize("name", sorted(
    ["OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml", SIGNATURES, SEAL, PAGE, DATASET]
))  # fmt: skip
def test_a_changed_part_is_named(name):
    changed = parts()[name] + (b" " if name.endswith("xml") else b"\n")
    data = rebuilt({name: changed})
    assert "ofd_digests" in failed(data)
    assert name in reason(data, "ofd_digests")


def test_another_value_on_the_page_is_noticed():
    sheet = parts()[PAGE]
    assert b"QTZ80" in sheet
    assert failed(rebuilt({PAGE: sheet.replace(b"QTZ80", b"QTZ99")})) == {"ofd_digests"}


def test_a_changed_part_with_its_digest_put_right_is_noticed():
    sheet = parts()[PAGE].replace(b"QTZ80", b"QTZ99")
    old, new = (base64.b64encode(sm3(page)).decode() for page in (parts()[PAGE], sheet))
    data = rebuilt({PAGE: sheet, SIGNATURE: edited(SIGNATURE, re.escape(old), new)})
    assert failed(data) == {"ofd_signature_file"}


def test_a_byte_order_mark_put_in_front_is_noticed():
    data = rebuilt({SIGNATURE: b"\xef\xbb\xbf" + parts()[SIGNATURE]})
    assert failed(data) == {"ofd_signature_file"}


# --- Signature.xml -------------------------------------------------------------------------------


def test_a_moved_stamp_is_noticed():
    data = rebuilt({SIGNATURE: edited(SIGNATURE, 'Boundary="129 ', 'Boundary="29 ')})
    assert failed(data) == {"ofd_signature_file"}


@pytest.mark.parametrize(
    ("pattern", "replacement", "about"),
    [
        ('CheckMethod="[^"]*"', 'CheckMethod="MD5"', "ofd_digests"),
        (' CheckMethod="[^"]*"', "", "ofd_digests"),
        ("<ofd:Reference FileRef.*?</ofd:Reference>", "", "ofd_one_signature"),
        (f'<ofd:Reference FileRef="/{PAGE}".*?</ofd:Reference>', "", "ofd_coverage"),
        ("(<ofd:Reference F.*?</ofd:Reference>)", r"\1\1", "ofd_one_signature"),
        ('PageRef="[^"]*"', 'PageRef="999"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="200 280 42 42"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="-1 0 42 42"', "ofd_stamp"),
        ('Boundary="[^"]*"', 'Boundary="nan 0 42 42"', "ofd_one_signature"),
        ('Boundary="[^"]*"', 'Boundary="0 0 1e9 42"', "ofd_one_signature"),
        ("<ofd:StampAnnot[^>]*/>", "", "ofd_stamp"),
        ("(<ofd:StampAnnot[^>]*/>)", r"\1\1", "ofd_stamp"),
        ("<ofd:Seal>.*</ofd:Seal>", "", "ofd_signature_file"),
        ("(<ofd:SignatureDateTime>)2026", r"\g<1>2025", "ofd_signing_time"),
        ("(<ofd:SignatureDateTime>)2026[0-9]*", r"\1yesterday", "ofd_one_signature"),
        ("(<ofd:SignatureDateTime>)202611", r"\g<1>202613", "ofd_one_signature"),
        ("1.2.156.10197.1.501", "1.2.840.10045.4.3.2", "ofd_signed_value"),
        ("<ofd:CheckValue>[^<]*", "<ofd:CheckValue>!", "ofd_one_signature"),
        ('FileRef="/OFD.xml"', 'FileRef="/../OFD.xml"', "ofd_one_signature"),
        ('FileRef="/OFD.xml"', 'FileRef="/ofd.xml"', "ofd_coverage"),
        ("SignedValue.dat", "Signature.xml", "ofd_signed_value"),
    ],
)  # fmt: skip
def test_a_change_in_signature_xml_is_noticed_and_named(pattern, replacement, about):
    data = rebuilt({SIGNATURE: edited(SIGNATURE, pattern, replacement)})
    assert about in failed(data)


def test_a_signature_without_references_is_noticed():
    changed = edited(SIGNATURE, "(<ofd:References[^>]*>).*(</ofd:References>)", r"\1\2")
    assert "ofd_one_signature" in failed(rebuilt({SIGNATURE: changed}))


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
    assert "ofd_one_signature" in failed(data)


def test_a_second_signature_is_noticed():
    second = {
        name.replace("Sign_0", "Sign_1"): data for name, data in parts().items() if SIGNS in name
    }
    listed = edited(SIGNATURES, "(<ofd:Signature .*/>)", r"\1\1")
    listed = listed.replace(b"Sign_0", b"Sign_1", 1)
    found = failed(rebuilt({**second, SIGNATURES: listed}))
    assert found >= {"ofd_one_signature", "ofd_coverage", "ofd_digests"}


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
    assert "ofd_one_signature" in failed(data)
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


# --- what a package may be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"PK\5\6" + bytes(18), zipped({"a.txt": b""}), zipped({"OFD.xml": b""}),
     zipped({"OFD.xml": b"<a/>"}), zipped({"OFD.xml": bytes(4 << 20)})],
    ids=["empty", "PK", "empty zip", "no OFD", "empty OFD.xml", "other XML", "bomb"],
)  # fmt: skip
def test_what_is_no_ofd_is_unreadable(data):
    examination = examined(data)
    assert not examination.readable
    assert not examination.ours
    assert failed(data) <= NAMED
    assert failed(data)


def test_a_nested_bomb_is_only_a_part():
    inner = zipped({"zeros": bytes(12 << 20)})
    data = rebuilt({"Doc_0/Res/inner.zip": inner})
    assert failed(data) == {"ofd_coverage"}


@given(st.binary(max_size=500))
def test_random_bytes_never_pass(data):
    assert not_passed(data)
    assert not_passed(b"PK\3\4" + data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_random_changes_never_pass(data):
    whole = genuine.genuine_ofd()
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40))
    changed = whole[:at] + put + whole[at + cut :]
    if not not_passed(changed):
        assert dict(ofd_package.read(changed).parts) == parts()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_random_changes_of_a_part_never_pass(data):
    name = data.draw(st.sampled_from(sorted(parts())))
    part = parts()[name]
    at = data.draw(st.integers(0, len(part)))
    cut = data.draw(st.integers(0, 20))
    put = data.draw(st.binary(max_size=20))
    changed = part[:at] + put + part[at + cut :]
    if changed != part:
        assert not_passed(rebuilt({name: changed}))
