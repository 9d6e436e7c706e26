"""Ways to make a PDF's page say something else: each is named, in the field that it is about."""

from __future__ import annotations

import re

import pypdf
import pytest
from altering_pages import (
    NUMBER,
    SIGNED,
    after,
    content,
    edited,
    form,
    found,
    helvetica,
    looked_at,
    original,
    over,
    rectangle,
    resource,
    run_of,
)
from pypdf.generic import (
    DecodedStreamObject,
    NameObject,
    NumberObject,
)
from shown_pages import crane

from renderer.page import TextRun
from verify.check import CheckState


def test_the_file_itself_shows_what_was_signed():
    assert crane().looked_at("pdf", original()).check.state is CheckState.PASSED


def test_so_does_the_file_written_anew_by_another_program():
    shown_by = looked_at(lambda _: None)
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


def test_a_value_covered_with_white():
    shown_by = found(after(f"1 1 1 rg {rectangle('factory_number')} f"))
    assert shown_by[NUMBER] == (SIGNED, "")
    assert "page.shape" in shown_by
    assert set(shown_by) == {NUMBER, "page.shape"}


def test_a_value_covered_among_a_thousand_specks():
    specks = "1 1 1 rg " + "5 5 0.1 0.1 re f " * 1000
    shown_by = found(after(f"{specks} {rectangle('factory_number')} f {specks}"))
    assert shown_by[NUMBER] == (SIGNED, "")


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


def test_a_form_that_covers_a_value():
    operators = f"1 1 1 rg {rectangle('factory_number')} f"
    shown_by = found(resource("/XObject", "/Fx", lambda w: form(w, operators), "/Fx Do"))
    assert shown_by[NUMBER] == (SIGNED, "")


def test_a_large_form_that_covers_a_value_after_the_background():
    operators = f"1 1 1 rg {rectangle('factory_number')} f " + "0 0 m 1 1 l S " * 4000
    shown_by = found(resource("/XObject", "/Fx", lambda w: form(w, operators), "/Fx Do"))
    assert shown_by[NUMBER] == (SIGNED, "")


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
