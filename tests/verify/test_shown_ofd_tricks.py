"""Ways to make an OFD's page say something else: each is named, in the field that it is about."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache

import pytest
from shown_pages import certificate, crane, told

from verify.check import CheckState
from verify.shown.outcome import Shown

PAGE, TEMPLATE = "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Tpls/Tpl_0/Content.xml"
DOCUMENT, FONTS = "Doc_0/Document.xml", "Doc_0/PublicRes.xml"
IMAGE, TEXT_FONT = "Doc_0/Res/code_0.png", "Doc_0/Res/font_1.ttf"
NUMBER = "face.factory_number"
END, ACTIONS = "</ofd:Document>", "<ofd:Actions/>"
ANNOTATIONS = "<ofd:Annotations>Annots.xml</ofd:Annotations>"
LAYERS = "<ofd:Layer>" * 5 + "</ofd:Layer>" * 5
SIGNED = crane().content.face["factory_number"]
OBJECT = (
    rf"<ofd:TextObject [^>]*>(?:(?!</ofd:TextObject>).)*>{SIGNED}</ofd:TextCode></ofd:TextObject>"
)


@cache
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(crane().file("ofd"))) as package:
        return {name: package.read(name) for name in package.namelist()}


def looked_at(changed: dict[str, bytes]) -> Shown:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in (parts() | changed).items():
            package.writestr(zipfile.ZipInfo(name), data)
    return crane().looked_at("ofd", target.getvalue())


def edited(name: str, pattern: str, replacement: str) -> dict[str, bytes]:
    text, count = re.subn(pattern, replacement, parts()[name].decode(), count=1)
    assert count == 1, pattern
    return {name: text.encode()}


def in_value(pattern: str, replacement: str) -> dict[str, bytes]:
    """The object that shows the factory number, edited."""
    match = re.search(OBJECT, parts()[PAGE].decode())
    assert match is not None
    changed, count = re.subn(pattern, replacement, match[0], count=1)
    assert count == 1, pattern
    return {PAGE: parts()[PAGE].decode().replace(match[0], changed).encode()}


def added(element: str, before: str = "</ofd:Layer>") -> dict[str, bytes]:
    return {PAGE: parts()[PAGE].decode().replace(before, element + before, 1).encode()}


def found(changed: dict[str, bytes]) -> dict[str, tuple[str, str]]:
    return told(looked_at(changed))


def test_the_package_put_together_anew_shows_what_was_signed():
    assert looked_at({}).check.state is CheckState.PASSED


def test_digits_exchanged_in_drawing_and_text():
    glyphs = r"<ofd:Glyphs>(\d+) (\d+)"
    change = in_value(glyphs, r"<ofd:Glyphs>\2 \1")
    exchanged = SIGNED[1] + SIGNED[0] + SIGNED[2:]
    assert found(change)[NUMBER] == (SIGNED, exchanged)
    page = change[PAGE].decode().replace(f">{SIGNED}<", f">{exchanged}<")
    assert found({PAGE: page.encode()}) == {NUMBER: (SIGNED, exchanged)}


def test_text_that_copies_as_something_else():
    other = SIGNED[:-1] + "7"
    assert found(in_value(f">{SIGNED}<", f">{other}<")) == {"page.copied_text": (SIGNED, other)}


def test_a_value_taken_away_or_drawn_twice():
    assert found(in_value("(?s).*", "")) == {NUMBER: (SIGNED, "")}
    assert found(in_value("(?s)^(.*)$", r"\1\1")) == {NUMBER: (SIGNED, SIGNED * 2)}


@pytest.mark.parametrize(
    ("pattern", "replacement", "shows"),
    [
        (r'Boundary="([\d.]+) ', r'Boundary="1\1 ', None),
        (r'Value="17 17 17"', 'Value="255 255 255"', ""),
        (r'Value="17 17 17"', 'Value="240 240 240"', ""),
        (r'Value="17 17 17"', 'Value="200 0 0"', SIGNED),
        (r'Size="[\d.]+"', 'Size="2"', SIGNED),
        (r'Boundary="([\d.]+) ([\d.]+) [\d.]+ ', r'Boundary="\1 \2 3 ', None),
        (r'DeltaX="[^"]*"', 'DeltaX="g 7 0"', None),
        (r"<ofd:TextObject ", '<ofd:TextObject CTM="1 0.2 0 1 0 0" ', None),
    ],
    ids=["moved", "white", "pale", "red", "small", "cut off", "on one heap", "slanted"],
)
def test_a_value_drawn_otherwise(pattern, replacement, shows):
    change = found(in_value(pattern, replacement))
    assert change[NUMBER][0] == SIGNED
    assert shows is None or change[NUMBER][1] == shows


@pytest.mark.parametrize("attribute", ["Alpha", "Visible", "HScale", "CharDirection", "Italic"])
def test_an_attribute_that_no_certificate_has_is_named(attribute):
    change = found(in_value("<ofd:TextObject ", f'<ofd:TextObject {attribute}="0" '))
    assert change["page.drawing"] == ("", f"TextObject {attribute}")


def covering(fill: str = "255 255 255") -> str:
    match = re.search(OBJECT, parts()[PAGE].decode())
    assert match is not None
    boundary = re.search(r'Boundary="([^"]*)"', match[0])
    assert boundary is not None
    _, _, width, height = boundary[1].split()
    return (
        f'<ofd:PathObject ID="900" Boundary="{boundary[1]}" Stroke="false" Fill="true">'
        f'<ofd:FillColor Value="{fill}"/><ofd:AbbreviatedData>M 0 0 L {width} 0 L {width} {height} '
        f"L 0 {height} C</ofd:AbbreviatedData></ofd:PathObject>"
    )


def test_a_value_covered_with_white():
    change = found(added(covering()))
    assert change[NUMBER] == (SIGNED, "")
    assert "page.shape" in change


def test_a_picture_over_a_value():
    boundary = re.search(r'Boundary="([^"]*)"', covering())
    assert boundary is not None
    element = (
        f'<ofd:ImageObject ID="901" Boundary="{boundary[1]}" CTM="16 0 0 6 0 0" ResourceID="99"/>'
    )
    assert "page.image" in found(added(element))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            lambda: added('<ofd:CompositeObject ID="902" Boundary="0 0 9 9" ResourceID="5"/>'),
            "page.drawing",
        ),
        (lambda: added(f'<ofd:PageBlock ID="903">{covering()}</ofd:PageBlock>'), NUMBER),
        (lambda: edited(DOCUMENT, END, ANNOTATIONS + END), "page.annotation"),
        (lambda: edited(DOCUMENT, END, ACTIONS + END), "page.script"),
        (lambda: edited(DOCUMENT, "(<ofd:Page [^>]*>)", r"\1\1"), "page.pages"),
        (lambda: edited(PAGE, "</ofd:Page>", "<ofd:Actions/></ofd:Page>"), "page.script"),
        (lambda: edited(PAGE, "<ofd:Template [^>]*>", ""), "page.background"),
        (lambda: edited(PAGE, 'ZOrder="Background"', 'ZOrder="Foreground"'), "page.background"),
        (lambda: edited(PAGE, 'TemplateID="2"', 'TemplateID="77"'), "page.background"),
        (lambda: edited(TEMPLATE, r'Boundary="[\d.]+ ', 'Boundary="1 '), "page.background"),
        (lambda: edited(TEMPLATE, "</ofd:Layer>", covering() + "</ofd:Layer>"), "page.background"),
        (lambda: edited(PAGE, "0 0 210 297", "0 0 210 300"), "page.size"),
        (lambda: edited(PAGE, "0 0 210 297", "5 0 210 297"), "page.size"),
        (lambda: edited(PAGE, '<ofd:PathObject ID="16".*?</ofd:PathObject>', ""), "page.shape"),
        (
            lambda: edited("Doc_0/Attachs/Attachments.xml", "certificate.json", "other.json"),
            "page.attachment",
        ),
        (lambda: {IMAGE: b"no picture"}, "code"),
        (lambda: edited(PAGE, r'(<ofd:ImageObject [^>]*Boundary=")[\d.]+', r"\g<1>60"), "code"),
        (lambda: edited(FONTS, "<ofd:FontFile>font_1.ttf</ofd:FontFile>", ""), "page.font"),
        (lambda: {TEXT_FONT: b"no font"}, NUMBER),
    ],
)
def test_what_is_not_the_pages_own_is_named(change, named):
    assert named in found(change())


def test_the_code_of_another_certificate_in_its_place():
    with zipfile.ZipFile(
        io.BytesIO(certificate("crane-filing", "C0392-2024").file("ofd"))
    ) as other:
        assert set(found({IMAGE: other.read(IMAGE)})) <= {"code", "page.image"}


def test_glyphs_that_are_drawn_by_the_font_instead():
    """Without glyph ids a reader goes by the font's own table, which says what it likes."""
    change = found(in_value("<ofd:CGTransform.*</ofd:CGTransform>", ""))
    assert NUMBER in change


@pytest.mark.parametrize(
    "change",
    [
        lambda: edited(PAGE, 'Size="[^"]*"', 'Size="x"'),
        lambda: edited(PAGE, "<ofd:Glyphs>", "<ofd:Glyphs>1e999 "),
        lambda: edited(PAGE, 'DeltaX="g ', 'DeltaX="g 99999999 1 '),
        lambda: edited(PAGE, "<ofd:AbbreviatedData>", "<ofd:AbbreviatedData>M 1 Z q "),
        lambda: edited(PAGE, "<ofd:Content>", f"<ofd:Content>{LAYERS}"),
        lambda: edited(DOCUMENT, 'BaseLoc="Pages', 'BaseLoc="../Pages'),
        lambda: {PAGE: b"<"},
        lambda: {PAGE: b"<!DOCTYPE x>" + parts()[PAGE]},
        lambda: added("<ofd:PathObject/>"),
        lambda: added('<ofd:TextObject Boundary="0 0 1 1" Font="14" Size="1"/>' * 3),
    ],
)
def test_what_cannot_be_read_is_never_taken_for_the_page(change):
    assert looked_at(change()).check.state is CheckState.FAILED


def test_a_page_of_endless_text_is_given_up():
    text = "字" * 12_000
    element = (
        '<ofd:TextObject ID="904" Boundary="0 0 1 1" Font="14" Size="1">'
        f'<ofd:TextCode X="0" Y="0">{text}</ofd:TextCode></ofd:TextObject>'
    )
    shown_by = looked_at(added(element))
    assert shown_by.check.state is CheckState.FAILED
    assert "过多" in shown_by.check.reason
