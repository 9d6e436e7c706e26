"""Ways to make a PDF's page say something else: each is named, in the field that it is about."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from functools import cache

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from shown_pages import crane, told

from renderer.page import TextRun
from renderer.pdf_content import shown
from renderer.subset_tables import tables_of
from verify.check import CheckState
from verify.shown.look import Shown

Change = Callable[[pypdf.PdfWriter], None]


@cache
def original() -> bytes:
    return crane().file("pdf")


def changed(change: Change, *, incremental: bool = True) -> bytes:
    """The file with a change, appended as an update or written anew."""
    source = io.BytesIO(original())
    writer = (
        pypdf.PdfWriter(source, incremental=True)
        if incremental
        else pypdf.PdfWriter(clone_from=source)
    )
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def looked_at(change: Change, *, incremental: bool = True) -> Shown:
    return crane().looked_at("pdf", changed(change, incremental=incremental))


def found(change: Change) -> dict[str, tuple[str, str]]:
    return told(looked_at(change))


def content(edit: Callable[[str], str]) -> Change:
    """A change of the page's content stream."""

    def change(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[0]
        before = page["/Contents"].get_object().get_data().decode("latin-1")
        after = edit(before)
        assert after != before
        stream = DecodedStreamObject()
        stream.set_data(after.encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)

    return change


def run_of(field: str) -> TextRun:
    return next(
        one for one in crane().page().own if isinstance(one, TextRun) and one.field == field
    )


def drawn(field: str) -> re.Pattern[str]:
    """The operators that draw a value: its place, and its glyphs."""
    run = run_of(field)
    glyphs = shown(run, crane().page().fonts[run.font].widths)
    return re.compile(
        rf"BT (/F\d) ([\d.]+) Tf 1 0 0 -1 ([\d.]+) ([\d.]+) Tm {re.escape(glyphs)} ET"
    )


def edited(field: str, replacement: str | Callable[[re.Match[str]], str]) -> Change:
    def edit(text: str) -> str:
        after, count = drawn(field).subn(replacement, text)
        assert count == 1
        return after

    return content(edit)


NUMBER = "face.factory_number"
SIGNED = crane().content.face["factory_number"]


def test_the_file_itself_shows_what_was_signed():
    assert crane().looked_at("pdf", original()).check.state is CheckState.PASSED


def test_so_does_the_file_written_anew_by_another_program():
    shown_by = looked_at(lambda writer: None, incremental=False)
    assert shown_by.check.state is CheckState.PASSED, shown_by


def test_digits_exchanged_in_the_drawing():
    def turned(match: re.Match[str]) -> str:
        glyphs = match[0].partition("<")[2].partition(">")[0]
        first, second = glyphs[:4], glyphs[4:8]
        return match[0].replace(first + second, second + first, 1)

    assert found(edited("factory_number", turned)) == {
        NUMBER: (SIGNED, SIGNED[1] + SIGNED[0] + SIGNED[2:])
    }


def test_a_value_taken_away():
    assert found(edited("factory_number", "")) == {NUMBER: (SIGNED, "")}


def test_a_value_moved_to_another_cell():
    target = run_of("model")

    def moved(match: re.Match[str]) -> str:
        return match[0].replace(f"{match[3]} {match[4]} Tm", f"{target.x + 30:g} {target.y:g} Tm")

    model = crane().content.face["model"]
    assert found(edited("factory_number", moved)) == {
        NUMBER: (SIGNED, ""),
        "face.model": (model, model + SIGNED),
    }


def test_a_value_moved_off_its_place_by_half_a_millimetre():
    def moved(match: re.Match[str]) -> str:
        return match[0].replace(f"{match[3]} ", f"{float(match[3]) + 0.5:g} ", 1)

    assert found(edited("factory_number", moved)) == {NUMBER: (SIGNED, SIGNED)}


def test_a_value_drawn_smaller():
    def smaller(match: re.Match[str]) -> str:
        return match[0].replace(f" {match[2]} Tf", " 2 Tf")

    assert found(edited("factory_number", smaller)) == {NUMBER: (SIGNED, SIGNED)}


def test_a_value_drawn_twice():
    assert found(edited("factory_number", r"\g<0>\n\g<0>")) == {NUMBER: (SIGNED, SIGNED * 2)}


@pytest.mark.parametrize(
    "before",
    ["1 1 1 rg", "0.95 g", "0 0 0 0 k", "3 Tr", "7 Tr"],
    ids=["white", "pale grey", "no ink", "invisible", "clip"],
)
def test_a_value_that_nobody_sees(before):
    def hidden(match: re.Match[str]) -> str:
        return f"q {before} {match[0]} Q"

    assert found(edited("factory_number", hidden))[NUMBER] == (SIGNED, "")


@pytest.mark.parametrize("before", ["1 0 0 rg", "/Pattern cs /P scn", "1 Tr", "50 Tz"], ids=str)
def test_a_value_drawn_otherwise(before):
    shown_by = found(edited("factory_number", lambda match: f"q {before} {match[0]} Q"))
    assert NUMBER in shown_by


def over(field: str) -> tuple[float, float, float, float]:
    run = run_of(field)
    return run.x, run.y - run.size, run.width, 1.3 * run.size


def rectangle(field: str) -> str:
    return "{:.3f} {:.3f} {:.3f} {:.3f} re".format(*over(field))


def after(operators: str) -> Change:
    return content(lambda text: f"{text}\n{operators}")


def test_a_value_covered_with_white():
    shown_by = found(after(f"1 1 1 rg {rectangle('factory_number')} f"))
    assert shown_by[NUMBER] == (SIGNED, "")
    assert "page.shape" in shown_by
    assert set(shown_by) == {NUMBER, "page.shape"}


def test_a_value_covered_and_written_anew():
    run = run_of("factory_number")
    digits = "".join(f"{glyph:04x}" for glyph in reversed(run.glyphs))
    operators = (
        f"1 1 1 rg {rectangle('factory_number')} f 0.067 0.067 0.067 rg "
        f"BT /F2 {run.size} Tf 1 0 0 -1 {run.x} {run.y} Tm <{digits}> Tj ET"
    )
    assert found(after(operators))[NUMBER] == (SIGNED, SIGNED[::-1])


def test_one_digit_covered_and_written_anew():
    run = run_of("factory_number")
    x = run.x + run.offsets[2]
    nine = run.glyphs[SIGNED.index("9")]
    operators = (
        f"1 1 1 rg {x} {run.y - run.size} 1.9 5 re f 0.067 0.067 0.067 rg "
        f"BT /F2 {run.size} Tf 1 0 0 -1 {x} {run.y} Tm <{nine:04x}> Tj ET"
    )
    assert found(after(operators))[NUMBER] == (SIGNED, SIGNED[:2] + "9" + SIGNED[3:])


def test_a_thick_line_over_a_value():
    x, y, width, height = over("factory_number")
    line = f"1 1 1 RG {height} w {x} {y + height / 2} m {x + width} {y + height / 2} l S"
    assert "page.shape" in found(after(line))


def form(writer: pypdf.PdfWriter, operators: str) -> DictionaryObject:
    stream = DecodedStreamObject()
    stream.set_data(operators.encode())
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject([FloatObject(n) for n in (0, 0, 210, 297)]),
            NameObject("/Resources"): DictionaryObject(),
        }
    )
    return writer._add_object(stream)


def resource(kind: str, name: str, make: Callable[[pypdf.PdfWriter], object], use: str) -> Change:
    """A resource beside those of the page, and its use at the end."""

    def change(writer: pypdf.PdfWriter) -> None:
        resources = writer.pages[0]["/Resources"]
        listed = resources.setdefault(NameObject(kind), DictionaryObject())
        listed[NameObject(name)] = make(writer)
        after(use)(writer)

    return change


def test_a_form_that_covers_a_value():
    operators = f"1 1 1 rg {rectangle('factory_number')} f"
    shown_by = found(resource("/XObject", "/Fx", lambda w: form(w, operators), "/Fx Do"))
    assert shown_by[NUMBER] == (SIGNED, "")


def test_a_large_form_that_covers_a_value_after_the_background():
    operators = f"1 1 1 rg {rectangle('factory_number')} f " + "0 0 m 1 1 l S " * 4000
    shown_by = found(resource("/XObject", "/Fx", lambda w: form(w, operators), "/Fx Do"))
    assert shown_by[NUMBER] == (SIGNED, "")


def helvetica(writer: pypdf.PdfWriter) -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )


def test_text_in_a_font_of_the_viewers():
    run = run_of("factory_number")
    use = f"BT /Fh 3 Tf 1 0 0 -1 {run.x + 20} {run.y} Tm (A\\102) Tj ET"
    shown_by = found(resource("/Font", "/Fh", helvetica, use))
    assert shown_by[NUMBER] == (SIGNED, SIGNED + "AB")
    assert "page.font" in shown_by


def test_text_where_none_belongs():
    shown_by = found(
        resource("/Font", "/Fh", helvetica, "BT /Fh 3 Tf 1 0 0 -1 30 20 Tm (VOID) Tj ET")
    )
    assert shown_by["page.text"] == ("", "VOID")


def picture(writer: pypdf.PdfWriter) -> object:
    stream = DecodedStreamObject()
    stream.set_data(b"\xff" * 12)
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(2),
            NameObject("/Height"): NumberObject(2),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
        }
    )
    return writer._add_object(stream)


def test_a_picture_over_a_value():
    x, y, width, height = over("factory_number")
    use = f"q {width} 0 0 -{height} {x} {y + height} cm /Im Do Q"
    shown_by = found(resource("/XObject", "/Im", picture, use))
    assert shown_by[NUMBER] == (SIGNED, "")
    assert "page.image" in shown_by


@pytest.mark.parametrize(
    ("operators", "named"),
    [
        ("0 0 10 10 re W n", "W"),
        ("BI /W 1 /H 1 /BPC 8 /CS /G ID x EI", "BI"),
        ("/Sh sh", "sh"),
        ("/OC /Oc BDC EMC", "BDC"),
        ("/Gs gs", "gs"),
        ("(", "?"),
        ("1 2 3 4 5 cm", "cm"),
        ("Q Q Q", "Q"),
    ],
)
def test_drawing_that_no_certificate_has(operators, named):
    shown_by = looked_at(after(operators))
    assert shown_by.check.state is CheckState.FAILED or named == "?"
    if named != "?":
        assert ("page.drawing", named) in {(one.field, one.found) for one in shown_by.altered}


def test_a_label_changed_or_taken_away():
    label = next(
        one
        for one in crane().page().frame.marks
        if isinstance(one, TextRun) and one.text == "规格型号"
    )
    glyphs = "".join(f"{glyph:04x}" for glyph in label.glyphs)
    away = content(lambda text: text.replace(f"<{glyphs}> Tj", "<> Tj", 1))
    assert found(away) == {"page.text": ("规格型号", "")}


def test_lines_of_the_table_taken_away():
    away = content(lambda text: re.sub(r"24 86 m[^\n]*h S", "", text))
    assert set(found(away)) == {"page.shape"}


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
    outlines = [tables[b"glyf"][a:b] for a, b in zip(ends, ends[1:], strict=False)]
    outlines[one], outlines[two] = outlines[two], outlines[one]
    offsets = [sum(map(len, outlines[:at])) for at in range(count + 1)]
    for table, content in (
        (b"loca", struct.pack(f">{count + 1}I", *offsets)),
        (b"glyf", b"".join(outlines)),
    ):
        at = data.find(tables[table])
        data[at : at + len(content)] = content
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
