"""Whatever is done to the bytes of a signed PDF is noticed, and soon."""

from __future__ import annotations

import re
import struct
import time
import zlib

import genuine
import pytest
from altering_pdfs import (
    byte_range,
    examined,
    failed,
    flipped,
    no_accidents,  # noqa: F401 - the fixture all tests here use
    not_passed,
    span,
    value_of,
    with_value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from verify import pdf_bytes, pdf_cms, pdf_signature
from verify.fault import Fault

pytestmark = pytest.mark.usefixtures("no_accidents")


# --- bytes ---------------------------------------------------------------------------------------


def bits(first: int, last: int, step: int) -> list[int]:
    return list(range(first * 8, last * 8, step))


def test_no_bit_of_the_cms_can_be_flipped():
    """Every bit of it, by the checks that look at it: most of it nobody signs."""
    data = genuine.genuine_pdf()
    covered = pdf_bytes.signed_range(data, byte_range(data), pdf_bytes.find_value(data))
    for bit in range(len(covered.der) * 8):
        with pytest.raises(Fault):
            accept(flipped(covered.der, bit), covered)


def accept(der: bytes, covered: pdf_bytes.SignedRange) -> None:
    cms = pdf_cms.parse(der)
    pdf_signature.check_signature(cms, pdf_signature.signer_certificate(cms))
    pdf_signature.check_algorithms(cms)
    pdf_signature.check_content(cms, covered.before, covered.after)


@pytest.mark.parametrize("part", ["whole", "head", "value", "tail"])
def test_no_flipped_bit_goes_unnoticed(part):
    data = genuine.genuine_pdf()
    start, end = span()
    chosen = {
        "whole": bits(0, len(data), 9001),
        "head": bits(0, 200, 31),
        "value": bits(start - 200, start + 2500, 167) + bits(start + 2400, end + 200, 1009),
        "tail": bits(len(data) - 300, len(data), 19),
    }[part]
    for bit in chosen:
        assert not_passed(flipped(data, bit)), f"bit {bit}"


@pytest.mark.parametrize(
    "more", [b"\n", b" ", b"\0", b"%%EOF", b"%%EOF\n", b"\n%%EOF\n", b"x" * 999]
)
def test_appended_bytes_are_noticed(more):
    assert {"pdf_whole_file", "pdf_structure"} & failed(genuine.genuine_pdf() + more)


@pytest.mark.parametrize("more", [b"\n", b"%PDF-1.7\n", b"PK\3\4", b"x" * 999])
def test_prepended_bytes_are_noticed(more):
    assert failed(more + genuine.genuine_pdf())


def test_a_truncated_file_is_unreadable():
    data = genuine.genuine_pdf()
    for length in [*range(0, len(data) - 300, 9973), *range(len(data) - 300, len(data) - 1, 7)]:
        assert not_passed(data[:length]), length
        assert not examined(data[: min(length, len(data) - 300)]).readable


# --- the signature's place and value -------------------------------------------------------------


@pytest.mark.parametrize("junk", [b"\x01", b"\x30\x03\x02\x01\x01", b"<script>"])
def test_junk_behind_the_value_is_noticed(junk):
    value = value_of(genuine.genuine_pdf()).rstrip(b"\0")
    assert "pdf_whole_file" in failed(with_value(value + junk))


def test_upper_case_digits_are_noticed():
    start, end = span()
    data = genuine.genuine_pdf()
    assert not_passed(data[:start] + data[start:end].upper() + data[end:])


@pytest.mark.parametrize(
    "value", [b"", b"\x30\x00", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80\x00\x00"]
)
def test_a_value_that_is_no_signature_is_noticed(value):
    assert not_passed(with_value(value)) >= {"pdf_signature"}


def test_the_value_of_another_file_is_noticed():
    other = genuine.sign_pdf(model="QTZ125")
    match = re.search(rb"/Contents<([0-9a-f]+)>", other)
    assert match is not None
    value = bytes.fromhex(match[1].decode()).rstrip(b"\0")
    assert failed(with_value(value)) == {"pdf_content"}


@pytest.mark.parametrize(
    "numbers",
    ["0 0 0 0", "0 10 20 30", "1 {a} {b} {c}", "0 {a} {b} 10", "0 {a1} {b} {c}", "0 {a} {b1} {c1}",
     "0 {a} {b}", "0 {a} {b} {c} 0", "0 -1 {b} {c}", "0 {a} {b} {c1}", "x y z w"],
)  # fmt: skip
def test_another_byte_range_is_noticed(numbers):
    data = genuine.genuine_pdf()
    match = re.search(rb"/ByteRange\[[0-9 ]+\]", data)
    assert match is not None
    _, a, b, c = byte_range(data)
    room = match.end() - match.start() - len(b"/ByteRange[]")
    text = numbers.format(a=a, b=b, c=c, a1=a - 1, b1=b + 1, c1=c - 1).encode().ljust(room)
    changed = data[: match.start()] + b"/ByteRange[" + text + b"]" + data[match.end() :]
    assert not_passed(changed)
    assert "pdf_content" in not_passed(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"/ByteRange[", b"/ByteRengx["), (b"/Contents<", b"/Contints<"), (b"/FT/Sig", b"/FT/Sog"),
     (b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached"), (b"/T(Seal)", b"/T(Leal)"),
     (b"/Type/Sig", b"/Type/Sog"), (b"/V ", b"/W ")],
)  # fmt: skip
def test_a_renamed_entry_is_noticed(old, new):
    data = genuine.genuine_pdf()
    assert old in data
    assert "pdf_content" in not_passed(data.replace(old, new))


# --- noise ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"", b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF\n", b"%PDF-1.7\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.7\n" + b"[" * 50_000, b"%PDF-1.7\n" + b"<<" * 50_000,
        b"%PDF-1.7\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n",
    ],
)  # fmt: skip
def test_broken_files_are_unreadable(data):
    assert not examined(data).readable
    assert not_passed(data)


def test_a_file_above_the_limit_is_not_read():
    examination = examined(genuine.genuine_pdf().ljust(6 << 20))
    assert not examination.readable
    assert "larger" in examination.checks[0].reason


def test_deep_nesting_is_refused():
    body = b"%PDF-1.7\n1 0 obj\n" + b"[" * 60 + b"]" * 60 + b"\nendobj\n"
    table = len(body)
    body += b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    body += b"trailer<</Size 2/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    assert "deeper" in examined(body).checks[0].reason


def with_table(body: bytes, places: dict[int, int]) -> bytes:
    """A file with a cross-reference table of these objects; the first is the catalogue."""
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    table += b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(places) + 1, len(body))


@pytest.mark.parametrize(("begin", "end"), [(b"(", b")"), (b"%", b"")], ids=["strings", "comments"])
def test_objects_inside_one_another_end_soon(begin, end):
    """Each is read to the end of the file: with n of them that is n times the file."""
    count, body, places = 4000, b"%PDF-1.7\n", {}
    for number in range(1, count + 1):
        places[number] = len(body)
        body += b"%d 0 obj " % number + begin
    body += b"\n5 " * (end == b"") + (end + b" endobj ") * (count if end else 1)
    began = time.monotonic()
    assert not examined(with_table(body, places)).readable
    assert time.monotonic() - began < 3


def test_a_huge_object_stream_ends_soon():
    count = 4000
    inner = b" ".join(b"%d 0" % (number + 10) for number in range(count)) + b" null"
    packed = zlib.compress(inner)
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"
    stream_at = len(body)
    body += b"2 0 obj<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>stream\n" % (
        count, len(inner) - 4, len(packed),
    ) + packed + b"\nendstream endobj\n"  # fmt: skip
    table_at = len(body)
    rows = struct.pack(">BLH", 1, 9, 0) + struct.pack(">BLH", 1, stream_at, 0)
    rows += b"".join(struct.pack(">BLH", 2, 2, index) for index in range(count))
    body += b"3 0 obj<</Type/XRef/Size 5000/Root 1 0 R/W[1 4 2]/Index[1 2 10 %d]/Length %d>>" % (
        count, len(rows),
    ) + b"stream\n" + rows + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % table_at  # fmt: skip
    began = time.monotonic()
    assert examined(body).readable  # however many there are, each is found at once
    assert time.monotonic() - began < 3


def test_comments_inside_one_another_end_soon():
    """What follows an object's value is read to its end too."""
    count, body, places = 4000, b"%PDF-1.7\n", {}
    for number in range(1, count + 1):
        places[number] = len(body)
        body += b"%d 0 obj 5 %%" % number
    body += b" " * 1_000_000 + b"\nendobj\n"
    began = time.monotonic()
    assert not examined(with_table(body, places)).readable
    assert time.monotonic() - began < 3


@given(st.binary(max_size=500))
def test_random_bytes_never_pass(data):
    assert not_passed(data)
    assert not_passed(b"%PDF-1.7\n" + data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_changes_never_pass(data):
    genuine_bytes = genuine.genuine_pdf()
    at = data.draw(st.integers(0, len(genuine_bytes)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40))
    changed = genuine_bytes[:at] + put + genuine_bytes[at + cut :]
    if changed != genuine_bytes:
        assert not_passed(changed)
