"""The place for a signature in the PDF."""

from __future__ import annotations

import io

import pypdf
import pytest
import written_page as written
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from renderer import pdf
from renderer.pdf_signature import CONTENTS_BYTES


@pytest.fixture(scope="module")
def file() -> pdf.PdfFile:
    name = written.ORDINARY
    return pdf.write(
        written.page(name), written.info(name), written.attachments(name), written.slot()
    )


@pytest.fixture(scope="module")
def reader(file) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(file.data), strict=True)


def test_without_a_slot_there_is_no_hole():
    file = pdf.write(written.page(written.ORDINARY), written.info(written.ORDINARY))
    assert (file.hole, file.byte_range) == (None, None)
    assert b"/Sig" not in file.data


def test_the_hole_is_zeros_between_angle_brackets(file):
    start, end = file.hole
    assert file.data[start:end] == b"<" + b"0" * (2 * CONTENTS_BYTES) + b">"
    assert file.data[:start].endswith(b"/Contents")


def test_the_byte_range_names_everything_but_the_hole(file):
    first, last = file.byte_range
    assert file.data[first - 1 : first] == b"["
    assert file.data[last : last + 1] == b"]"
    numbers = list(map(int, file.data[first:last].split()))
    start, end = file.hole
    assert numbers == [0, start, end, len(file.data) - end]
    assert len("0" + 3 * " 9999999999") <= last - first


def test_a_reason_that_looks_like_syntax_is_only_text(reader):
    value = reader.get_fields()["Seal"]["/V"]
    assert value["/Reason"] == written.slot().reason
    assert value["/ByteRange"][0] == 0


def test_the_room_for_the_signature_is_as_asked():
    name = written.ORDINARY
    slot = written.slot(contents_bytes=9000)
    file = pdf.write(written.page(name), written.info(name), (), slot)
    assert file.hole[1] - file.hole[0] == 18002


def test_the_dictionary_says_what_pades_wants(reader):
    value = reader.get_fields()["Seal"]["/V"]
    assert value["/Filter"] == "/Adobe.PPKLite"
    assert value["/SubFilter"] == "/ETSI.CAdES.detached"
    assert value["/Name"] == "某市某局"
    assert value["/M"] == "D:20241201010203+00'00'"


def test_the_field_is_on_the_page_printed_visible_and_over_the_seals_place(reader):
    form = reader.root_object["/AcroForm"]
    assert form["/SigFlags"] == 3
    (field,) = form["/Fields"]
    (annotation,) = reader.pages[0]["/Annots"]
    assert annotation == field
    widget = annotation.get_object()
    assert widget["/F"] & 4
    assert not widget["/F"] & (1 | 2 | 32)  # invisible, hidden, no view
    millimetres = [float(n) * 25.4 / 72 for n in widget["/Rect"]]
    assert millimetres == pytest.approx([137, 297 - 254, 179, 297 - 212], abs=0.001)
    assert widget["/P"] == reader.pages[0]


def test_the_appearance_is_the_seal_and_lets_text_show_through(reader):
    form = reader.pages[0]["/Annots"][0].get_object()["/AP"]["/N"]
    state = form["/Resources"]["/ExtGState"]["/Ink"]
    assert (state["/ca"], state["/CA"], state["/BM"]) == (0.8, 0.8, "/Multiply")
    drawn = form.get_data().decode()
    assert drawn.startswith("/Ink gs ")
    assert drawn.count("0.851 0.102 0.102 rg") == 1
    assert drawn.endswith("21 14 m 25 27 l 15 19 l h f")


def test_the_seal_changes_no_other_object():
    name = written.ORDINARY
    page, info = written.page(name), written.info(name)
    plain = pypdf.PdfReader(io.BytesIO(pdf.write(page, info).data))
    sealed = pypdf.PdfReader(io.BytesIO(pdf.write(page, info, (), written.slot()).data))
    contents = [r.pages[0].get_contents().get_data() for r in (plain, sealed)]
    assert contents[0] == contents[1]


def test_pyhanko_finds_one_field_with_a_signature_in_the_only_revision(file):
    found = PdfFileReader(io.BytesIO(file.data))
    ((name, value, _),) = enumerate_sig_fields(found)
    assert name == "Seal"
    assert value.get_object()["/Type"] == "/Sig"
    assert found.xrefs.total_revisions == 1
