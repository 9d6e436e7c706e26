"""What lies around a PDF's text: fonts, the seal, pictures, other pages; nothing goes unnamed."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from itertools import pairwise

import pypdf
import pytest
from altering_pages import (
    NUMBER,
    SIGNED,
    Change,
    after,
    content,
    form,
    found,
    looked_at,
    run_of,
)
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)
from shown_pages import crane

from renderer.subset_tables import tables_of
from verify.check import CheckState

# --- fonts ---------------------------------------------------------------------------------------


def font(writer: pypdf.PdfWriter) -> DictionaryObject:
    return writer.pages[0]["/Resources"]["/Font"]["/F2"]


def swapped_outlines(writer: pypdf.PdfWriter) -> None:
    """The outlines of the first two digits exchanged within the embedded font."""
    one, two = run_of("factory_number").glyphs[:2]
    descriptor = font(writer)["/DescendantFonts"][0]["/FontDescriptor"]
    data = bytearray(descriptor["/FontFile2"].get_data())
    tables = tables_of(bytes(data))
    count = struct.unpack(">H", tables[b"maxp"][4:6])[0]
    ends = list(struct.unpack(f">{count + 1}I", tables[b"loca"]))
    outlines = [tables[b"glyf"][a:b] for a, b in pairwise(ends)]
    outlines[one], outlines[two] = outlines[two], outlines[one]
    offsets = [sum(map(len, outlines[:at])) for at in range(count + 1)]
    for table, made in (
        (b"loca", struct.pack(f">{count + 1}I", *offsets)),
        (b"glyf", b"".join(outlines)),
    ):
        at = data.find(tables[table])
        data[at : at + len(made)] = made
    stream = DecodedStreamObject()
    stream.set_data(bytes(data))
    descriptor[NameObject("/FontFile2")] = writer._add_object(stream)


def test_a_font_whose_digits_were_exchanged():
    exchanged = str.maketrans(SIGNED[0] + SIGNED[1], SIGNED[1] + SIGNED[0])
    shown_by = found(swapped_outlines)
    assert shown_by[NUMBER] == (SIGNED, SIGNED.translate(exchanged))
    assert shown_by["number"][1] == crane().content.number.translate(exchanged)


def test_text_that_copies_as_something_else():
    def change(writer: pypdf.PdfWriter) -> None:
        stream = font(writer)["/ToUnicode"]
        digit = f"{ord(SIGNED[0]):04x}".encode()
        data = stream.get_data().replace(b"<" + digit + b">", b"<0058>")
        assert data != stream.get_data()
        new = DecodedStreamObject()
        new.set_data(data)
        font(writer)[NameObject("/ToUnicode")] = writer._add_object(new)

    shown_by = looked_at(change)
    copied = {(one.signed, one.found) for one in shown_by.altered}
    assert {one.field for one in shown_by.altered} == {"page.copied_text"}
    assert (SIGNED, SIGNED.replace(SIGNED[0], "X")) in copied


def test_advances_that_push_digits_apart():
    def change(writer: pypdf.PdfWriter) -> None:
        descendant = font(writer)["/DescendantFonts"][0].get_object()
        descendant[NameObject("/W")] = ArrayObject()

    assert NUMBER in found(change)


@pytest.mark.parametrize(
    ("key", "value"), [("/Encoding", NameObject("/UniGB-UCS2-H")), ("/ToUnicode", None)]
)
def test_a_font_that_is_read_otherwise(key, value):
    def change(writer: pypdf.PdfWriter) -> None:
        if value is None:
            del font(writer)[key]
        else:
            font(writer)[NameObject(key)] = value

    assert found(change)


# --- around the page -----------------------------------------------------------------------------


def annotation(writer: pypdf.PdfWriter) -> None:
    from pypdf.annotations import FreeText

    writer.add_annotation(0, FreeText(text="有效期至2099年", rect=(100, 100, 200, 120)))


def scripted(writer: pypdf.PdfWriter) -> None:
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)


def cropped(writer: pypdf.PdfWriter) -> None:
    writer.pages[0][NameObject("/CropBox")] = ArrayObject([FloatObject(n) for n in (0, 0, 99, 99)])


def resized(writer: pypdf.PdfWriter) -> None:
    writer.pages[0][NameObject("/MediaBox")] = ArrayObject(
        [FloatObject(n) for n in (0, 0, 595.2756, 1000)]
    )


def seal(writer: pypdf.PdfWriter) -> DictionaryObject:
    return writer.pages[0]["/Annots"][0].get_object()


def moved_seal(writer: pypdf.PdfWriter) -> None:
    rect = [float(number) for number in seal(writer)["/Rect"]]
    seal(writer)[NameObject("/Rect")] = ArrayObject([FloatObject(n - 20) for n in rect])


def painted_seal(writer: pypdf.PdfWriter) -> None:
    appearance = seal(writer)["/AP"]["/N"]
    stream = DecodedStreamObject()
    stream.set_data(appearance.get_data() + b"\n1 1 1 rg 0 0 42 42 re f")
    for key in ("/Type", "/Subtype", "/BBox", "/Resources"):
        stream[NameObject(key)] = appearance[key]
    seal(writer)["/AP"][NameObject("/N")] = writer._add_object(stream)


def no_seal(writer: pypdf.PdfWriter) -> None:
    del writer.pages[0]["/Annots"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda writer: writer.add_blank_page(595, 842), "page.pages"),
        (scripted, "page.script"),
        (lambda writer: writer.add_attachment("other.txt", b"x"), "page.attachment"),
        (annotation, "page.annotation"),
        (cropped, "page.settings"),
        (lambda writer: writer.pages[0].rotate(90), "page.settings"),
        (resized, "page.size"),
        (moved_seal, "page.seal"),
        (painted_seal, "page.seal"),
        (no_seal, "page.seal"),
    ],
)
def test_what_is_not_the_pages_own_is_named(change, named):
    assert named in found(change)


def test_what_an_annotation_says_is_told():
    assert "有效期至2099年" in found(annotation)["page.annotation"][1]


# --- pictures ------------------------------------------------------------------------------------


def image(edit: Callable[[bytes], bytes]) -> Change:
    def change(writer: pypdf.PdfWriter) -> None:
        import zlib

        stream = writer.pages[0]["/Resources"]["/XObject"]["/Code0"].get_object()
        data = zlib.decompress(stream._data)
        stream._data = zlib.compress(edit(data))

    return change


def test_a_code_with_one_module_turned():
    def edit(data: bytes) -> bytes:
        line = len(data) // (8 * 65)  # bytes in a line, and its filter
        turned, row, column = bytearray(data), 30, 30
        side = int((len(data) / 8) ** 0.5)
        assert line
        for at in range(8):
            turned[(8 * row + at) * (side + 1) + 1 + column] ^= 0xFF
        return bytes(turned)

    assert set(found(image(edit))) == {"code"}


def test_a_code_with_one_pixel_turned():
    assert {"code", "page.image"} <= set(
        found(image(lambda data: data[:5000] + b"\x01" + data[5001:]))
    )


def test_a_code_in_another_place():
    moved = content(
        lambda text: re.sub(
            r"q ([\d.]+ 0 0 -[\d.]+) [\d.]+ ([\d.]+) cm /Code0", r"q \1 50 \2 cm /Code0", text
        )
    )
    assert {"code", "page.image"} <= set(found(moved))


def test_another_background_or_none():
    def other(writer: pypdf.PdfWriter) -> None:
        art = writer.pages[0]["/Resources"]["/XObject"]["/Art"].get_object()
        data = art.get_data()
        art.set_data(data.replace(b" c ", b" c ", 1) + b"\n0 0 1 RG 0 0 m 210 297 l S")

    assert set(found(other)) == {"page.background"}
    assert set(found(content(lambda text: text.replace("/Art Do", "", 1)))) == {"page.background"}


# --- limits --------------------------------------------------------------------------------------


def test_a_page_of_endless_drawing_is_given_up():
    shown_by = looked_at(after("0 0 m 1 1 l S " * 60_000))
    assert shown_by.check.state is CheckState.FAILED
    assert "过多" in shown_by.check.reason


def test_a_page_of_endless_text_is_given_up():
    many = "0041" * 12_000
    shown_by = looked_at(after(f"BT /F2 3 Tf 1 0 0 -1 30 20 Tm <{many}> Tj ET"))
    assert shown_by.check.state is CheckState.FAILED
    assert "过多" in shown_by.check.reason


def test_forms_that_draw_themselves_come_to_an_end():
    def change(writer: pypdf.PdfWriter) -> None:
        reference = form(writer, "/Fx Do /Fx Do")
        inner = reference.get_object()["/Resources"]
        inner[NameObject("/XObject")] = DictionaryObject({NameObject("/Fx"): reference})
        listed = writer.pages[0]["/Resources"]["/XObject"]
        listed[NameObject("/Fx")] = reference
        after("/Fx Do")(writer)

    assert looked_at(change).check.state is CheckState.FAILED


def test_a_title_in_the_files_own_words_is_no_matter_of_the_page():
    def change(writer: pypdf.PdfWriter) -> None:
        writer.add_metadata({"/Title": TextStringObject("x")})

    assert looked_at(change).check.state is CheckState.PASSED
