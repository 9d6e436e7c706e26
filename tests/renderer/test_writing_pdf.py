"""The PDF as a file: its objects, its metadata, what travels inside."""

from __future__ import annotations

import dataclasses
import io
import re
import zlib
from datetime import timedelta, timezone

import pypdf
import pytest
import written_page as written
from lxml import etree

from renderer import icc, pdf
from renderer.page import Page, Path, Stroke
from renderer.pdf_objects import moment, name, text_string
from renderer.xmp import packet

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


@pytest.fixture(scope="module")
def data() -> bytes:
    name = written.RARE
    return pdf.write(written.page(name), written.info(name), written.attachments(name)).data


@pytest.fixture(scope="module")
def reader(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=True)


def test_the_same_arguments_give_the_same_bytes(data):
    name = written.RARE
    page = written.page.__wrapped__(name)  # composed anew: nothing remembered can help
    assert pdf.write(page, written.info(name), written.attachments(name)).data == data


def test_another_number_gives_another_file_identifier(reader):
    name = written.RARE
    other = dataclasses.replace(written.info(name), number="另一号")
    found = pypdf.PdfReader(io.BytesIO(pdf.write(written.page(name), other).data))
    assert found.trailer["/ID"] != reader.trailer["/ID"]


def test_every_entry_of_the_cross_reference_table_points_at_its_object(data):
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)[1])
    lines = data[start:].split(b"\n")
    assert lines[0] == b"xref"
    count = int(lines[1].split()[1])
    for number, line in enumerate(lines[3 : 2 + count], 1):
        offset = int(line[:10])
        assert data[offset:].startswith(b"%d 0 obj\n" % number)


def test_header_and_end(data):
    assert data.startswith(b"%PDF-1.7\n%")
    assert all(byte > 127 for byte in data[10:14])
    assert data.count(b"%%EOF") == 1


def test_every_stream_is_flate_but_the_metadata_which_anyone_must_find(data, reader):
    for number in range(1, len(reader.xref[0]) + 1):
        found = reader.get_object(number)
        if isinstance(found, pypdf.generic.StreamObject):
            plain = found.get("/Type") == "/Metadata"
            assert ("/Filter" not in found) == plain
    assert packet(written.info(written.RARE)) in data


def test_xmp_is_wellformed_says_pdf_a_3b_and_agrees_with_the_info_dictionary(reader):
    root = etree.fromstring(reader.root_object["/Metadata"].get_data())
    found = {etree.QName(e).localname: "".join(e.itertext()) for e in root.iter() if len(e) == 0}
    values = {
        etree.QName(e).localname: "".join(e.itertext()) for e in root.iterfind(f".//{RDF}*/*")
    }
    assert (found["part"], found["conformance"]) == ("3", "B")
    assert values["title"] == reader.metadata.title == written.info(written.RARE).document_title
    assert values["creator"] == reader.metadata.author == "桂林市住房和城乡建设局"
    assert values["Keywords"] == reader.metadata["/Keywords"]
    assert values["Producer"] == values["CreatorTool"] == reader.metadata.producer
    assert reader.metadata.creator == reader.metadata.producer
    assert values["CreateDate"] == values["ModifyDate"] == "2024-11-30T00:00:00+08:00"
    assert reader.metadata.creation_date.isoformat() == values["CreateDate"]
    assert reader.metadata.modification_date.isoformat() == values["ModifyDate"]


def test_markup_in_names_stays_text_in_xmp():
    info = dataclasses.replace(written.info(written.RARE), authority='<a>&"局"')
    assert "<a>" not in packet(info).decode()
    etree.fromstring(packet(info))


def test_the_output_intent_is_our_srgb_profile(reader):
    (intent,) = reader.root_object["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data() == icc.srgb()
    assert intent["/DestOutputProfile"]["/N"] == 3


def test_the_data_set_is_an_associated_file_byte_by_byte(reader):
    (attachment,) = written.attachments(written.RARE)
    (specification,) = (entry.get_object() for entry in reader.root_object["/AF"])
    assert specification["/AFRelationship"] == "/Data"
    assert specification["/F"] == specification["/UF"] == "certificate.json"
    assert specification["/Desc"] == "签名数据集"
    file = specification["/EF"]["/F"]
    assert file.get_data() == attachment.data
    assert file["/Subtype"] == "/application/json"
    assert file["/Params"] == {"/Size": len(attachment.data), "/ModDate": "D:20241130000000+08'00'"}
    assert reader.attachments == {"certificate.json": [attachment.data]}


def test_the_names_of_several_files_stand_in_order():
    first = written.attachments(written.ORDINARY)[0]
    files = [dataclasses.replace(first, name=name) for name in ("b.json", "a.json")]
    info = written.info(written.ORDINARY)
    found = pypdf.PdfReader(io.BytesIO(pdf.write(written.page(written.ORDINARY), info, files).data))
    names = found.root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    assert names[::2] == ["a.json", "b.json"]
    assert len(found.root_object["/AF"]) == 2


def test_language_and_title_are_for_readers_and_no_tags_are_claimed(reader):
    root = reader.root_object
    assert root["/Lang"] == "zh-CN"
    assert root["/ViewerPreferences"] == {"/DisplayDocTitle": True}
    assert {"/MarkInfo", "/StructTreeRoot", "/OpenAction", "/AcroForm"}.isdisjoint(root)


def test_the_page_has_its_size(reader):
    box = reader.pages[0].mediabox
    assert float(box.width) * 25.4 / 72 == pytest.approx(210, abs=0.001)
    assert float(box.height) * 25.4 / 72 == pytest.approx(297, abs=0.001)


def test_font_files_are_the_subsets_with_their_deflate_stream_taken_over(data, reader):
    page = written.page(written.RARE)
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for resource, key in zip(sorted(fonts), sorted(page.fonts), strict=True):
        subset = page.fonts[key]
        descendant = fonts[resource]["/DescendantFonts"][0].get_object()
        file = descendant["/FontDescriptor"]["/FontFile2"]
        assert file.get_data() == subset.data
        assert file["/Length1"] == len(subset.data)
        assert descendant["/CIDToGIDMap"] == "/Identity"
        assert data.count(subset.deflated.stream) == 1


def test_widths_are_those_of_the_glyphs(reader):
    page = written.page(written.RARE)
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for resource, key in zip(sorted(fonts), sorted(page.fonts), strict=True):
        descendant = fonts[resource]["/DescendantFonts"][0].get_object()
        expanded = [descendant["/DW"]] * len(page.fonts[key].widths)
        listed = descendant["/W"]
        for first, run in zip(listed[::2], listed[1::2], strict=True):
            expanded[first : first + len(run)] = run
        assert expanded == list(page.fonts[key].widths)


def content_of(page: Page) -> str:
    found = pypdf.PdfReader(io.BytesIO(pdf.write(page, written.info(written.RARE)).data))
    return found.pages[0].get_contents().get_data().decode()


SQUARE = (("M", 1.0, 2.0), ("L", 5.0, 2.5), ("L", 5.0, 4.0), ("C",))


@pytest.mark.parametrize(
    ("path", "end"),
    [
        (Path(SQUARE, Stroke((255, 0, 51), 0.25)), "1 0 0.2 RG 0.25 w\n{} S"),
        (Path(SQUARE, fill=(0, 0, 0)), "0 0 0 rg\n{} f"),
        (Path(SQUARE, fill=(0, 0, 0), even_odd=True), "0 0 0 rg\n{} f*"),
        (Path(SQUARE, Stroke((0, 0, 0), 1), (0, 0, 0)), "0 0 0 RG 1 w\n0 0 0 rg\n{} B"),
        (Path(SQUARE, Stroke((0, 0, 0), 1), (0, 0, 0), True), "0 0 0 RG 1 w\n0 0 0 rg\n{} B*"),
    ],
)
def test_a_path_is_painted_as_asked(path, end):
    assert content_of(written.bare_page(path)).endswith(end.format("1 2 m 5 2.5 l 5 4 l h"))


def test_a_path_without_stroke_and_fill_draws_nothing():
    assert content_of(written.bare_page(Path(SQUARE))).endswith("/Art Do\n")


def test_pens_are_stated_when_they_change():
    thin, thick = Path(SQUARE, Stroke((0, 0, 0), 0.1)), Path(SQUARE, Stroke((0, 0, 0), 0.2))
    assert content_of(written.bare_page(thin, thin, thick)).count(" RG ") == 2


def test_strings_keep_every_character():
    assert text_string(r"a(b)\c") == r"(a\(b\)\\c)"
    assert text_string("证𠮷") == "<FEFF8BC1D842DFB7>"
    assert text_string("a\nb") == "<FEFF0061000A0062>"
    assert name("application/json") == "/application#2Fjson"
    assert name("é#") == "/#C3#A9#23"


def test_moments_carry_their_zone():
    at = written.SIGNED_AT
    assert moment(at) == "(D:20241201010203+00'00')"
    west = timezone(-timedelta(hours=3, minutes=30))
    assert moment(at.astimezone(west)) == "(D:20241130213203-03'30')"
    with pytest.raises(ValueError, match="zone"):
        moment(at.replace(tzinfo=None))


def test_adler_and_zlib_frame_are_right(data):
    for found in re.finditer(rb"/FlateDecode/Length (\d+)>>\nstream\n", data):
        zlib.decompress(data[found.end() : found.end() + int(found[1])])
