"""What a PDF of ours says is read where it is written; anything else is not found."""

from __future__ import annotations

import zlib

import genuine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import limits, pdf_bytes, written_pdf
from verify.pdf_bytes import Span
from verify.written_pdf import Written


def read(data: bytes) -> Written | None:
    value = pdf_bytes.find_value(data)
    assert value is not None
    return written_pdf.read(data, value)


def test_the_data_set_the_range_and_the_time_are_found() -> None:
    data = genuine.genuine_pdf()
    value = pdf_bytes.find_value(data)
    assert value is not None
    found = written_pdf.read(data, value)
    assert found is not None
    assert found.dataset == genuine.DATASET
    assert found.signature.signed_at == genuine.SIGNED
    assert found.signature.byte_range == [0, value[0], value[1], len(data) - value[1]]


def test_the_data_set_is_found_by_its_name_among_others() -> None:
    first, last = (genuine.data_set(b"{}", name) for name in ("a.json", "z.json"))
    found = read(genuine.sign_pdf(attachments=(last, genuine.data_set(), first)))
    assert found is not None
    assert found.dataset == genuine.DATASET


@pytest.mark.parametrize("attached", [(), (genuine.data_set(name="certificate.json.json"),)])
def test_a_file_without_one_has_none(attached: tuple[object, ...]) -> None:
    assert read(genuine.sign_pdf(attachments=attached)) is None  # type: ignore[arg-type]


def test_a_data_set_that_inflates_beyond_its_limit_is_not_read() -> None:
    for size, is_read in ((limits.DATASET_BYTES, True), (limits.DATASET_BYTES + 1, False)):
        data = genuine.sign_pdf(attachments=(genuine.data_set(b"0" * size),))
        assert (read(data) is not None) is is_read


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Type/Sig/", b"/Type/Sog/"),
        (b"/ByteRange[0 ", b"/ByteRange[x "),
        (b"/M(D:2", b"/M(D:x"),
        (b"/M(D:20261", b"/M(D:20269"),
        (b"+00'00')>>\nendobj", b"+00'00')/>\nendobj"),
        (b"(certificate.json)", b"(certificate.jsom)"),
        (b"/Type/Filespec/F(", b"/Type/Filespec/G("),
        (b"/Type/EmbeddedFile/", b"/Type/EmbeddedFall/"),
        (b"/Filter/FlateDecode/Length ", b"/Filter/FlateDecode/Longth "),
        (b"startxref\n", b"startxref\n1"),
        (b"xref\n0 ", b"xref\n1 "),
        (b"00000 n \n", b"00000 f \n"),
        (b"%%EOF\n", b"%%EOF"),
    ],
)
def test_what_is_written_otherwise_is_not_found(old: bytes, new: bytes) -> None:
    data = genuine.genuine_pdf()
    assert old in data
    assert read(data.replace(old, new)) is None


def test_a_broken_stream_is_not_read() -> None:
    data = genuine.genuine_pdf()
    stream = genuine.data_set().deflated
    packed = stream.stream
    assert zlib.decompress(b"\x78\x9c" + packed + stream.adler32.to_bytes(4, "big"))
    assert packed in data
    for broken in (b"\xff" + packed[1:], packed[:-1] + b"\x00"):
        assert read(data.replace(packed, broken)) is None


@given(st.binary(max_size=400), st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_noise_is_never_more_than_not_found(data: bytes, value: Span) -> None:
    assert written_pdf.read(data, value) is None


@given(st.data())
def test_a_changed_file_of_ours_never_makes_it_fail(data: st.DataObject) -> None:
    file = bytearray(genuine.genuine_pdf())
    value = pdf_bytes.find_value(bytes(file))
    assert value is not None
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(value[1], len(file) - 1))
        file[place] = data.draw(st.integers(0, 255))
    written_pdf.read(bytes(file), value)
