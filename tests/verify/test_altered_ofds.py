"""Whatever is done to the bytes and parts of a sealed OFD, some check that is about it says so."""

from __future__ import annotations

import base64
import io
import re
import socket
import struct
import zipfile

import genuine
import pytest
from altering_ofds import (
    DATASET,
    NAMED,
    PAGE,
    SEAL,
    SIGNATURE,
    SIGNATURES,
    VALUE,
    edited,
    examined,
    failed,
    flipped,
    no_accidents,  # noqa: F401 - the fixture all tests here use
    not_passed,
    parts,
    reason,
    rebuilt,
    zipped,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.libcrypto import sm3
from verify.check import CheckState
from verify.verdict import all_passed

pytestmark = pytest.mark.usefixtures("no_accidents")


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


def test_the_same_parts_packed_by_another_plain_writer_are_not_as_they_were_sealed():
    assert not_passed(zipped(parts())) == {"ofd_packed_bytes"}


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert all_passed(examined(genuine.genuine_ofd()).checks)


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["whole", "directory"])
def test_no_flipped_bit_goes_unnoticed(part):
    """Not even one that deflate does not need: the seal has a digest of the packed bytes."""
    data = genuine.genuine_ofd()
    (directory,) = struct.unpack_from("<L", data, len(data) - 6)
    chosen = {
        "whole": range(0, len(data) * 8, 1201),
        "directory": range(directory * 8, len(data) * 8, 5),
    }[part]
    assert [bit for bit in chosen if not not_passed(flipped(data, bit))] == []


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
    assert failed(target.getvalue()) == {"ofd_package", "ofd_packed_bytes"}


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
    assert failed(data) == {"ofd_coverage", "ofd_packed_bytes"}
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
    data = rebuilt({PAGE: sheet.replace(b"QTZ80", b"QTZ99")})
    assert failed(data) == {"ofd_digests", "ofd_packed_bytes"}


def test_a_changed_part_with_its_digest_put_right_is_noticed():
    sheet = parts()[PAGE].replace(b"QTZ80", b"QTZ99")
    old, new = (base64.b64encode(sm3(page)).decode() for page in (parts()[PAGE], sheet))
    data = rebuilt({PAGE: sheet, SIGNATURE: edited(SIGNATURE, re.escape(old), new)})
    assert failed(data) == {"ofd_signature_file", "ofd_packed_bytes"}


def test_a_byte_order_mark_put_in_front_is_noticed():
    data = rebuilt({SIGNATURE: b"\xef\xbb\xbf" + parts()[SIGNATURE]})
    assert failed(data) == {"ofd_signature_file"}


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
    assert changed == whole or not_passed(changed)


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
