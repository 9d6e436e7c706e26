"""The OFD as a package: its parts, their order, what names what."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile

import pytest
import written_page as written
from lxml import etree

from renderer import ofd
from renderer.deflate import deflate
from renderer.fingerprint import fingerprint
from renderer.ofd_paths import path_objects
from renderer.page import Path, Stroke

NAMESPACE = "http://www.ofdspec.org/2016"
O = f"{{{NAMESPACE}}}"  # noqa: E741 - as short as the prefix that it stands for
STRICT = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)

ORDER = {  # GB/T 33190's schemas: children of each element in their only allowed order
    "OFD": ["DocBody"],
    "DocBody": ["DocInfo", "DocRoot", "Versions", "Signatures"],
    "DocInfo": [
        *("DocID", "Title", "Author", "Subject", "Abstract", "CreationDate", "ModDate"),
        *("DocUsage", "Cover", "Keywords", "Creator", "CreatorVersion", "CustomDatas"),
    ],
    "Document": [
        *("CommonData", "Pages", "Outlines", "Permissions", "Actions", "VPreferences"),
        *("Bookmarks", "Annotations", "CustomTags", "Attachments", "Extensions"),
    ],
    "CommonData": ["MaxUnitID", "PageArea", "PublicRes", "DocumentRes", "TemplatePage"],
    "Page": ["Template", "PageRes", "Area", "Content", "Actions"],
    "TextObject": ["FillColor", "StrokeColor", "CGTransform", "TextCode"],
    "PathObject": ["StrokeColor", "FillColor", "AbbreviatedData"],
    "Res": ["ColorSpaces", "DrawParams", "Fonts", "MultiMedias", "CompositeGraphicUnits"],
    "MultiMedia": ["MediaFile"],
}
NUMBER = r"-?(0|[1-9]\d*)(\.\d+)?"


@pytest.fixture(scope="module", params=[written.ORDINARY, written.RARE])
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def data(name) -> bytes:
    return ofd.write(written.page(name), written.info(name), written.attachments(name))


@pytest.fixture(scope="module")
def parts(data) -> dict[str, bytes]:
    return unpacked(data)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {entry: found.read(entry) for entry in found.namelist()}


def xml(parts: dict[str, bytes]) -> dict[str, etree._Element]:
    return {n: etree.fromstring(d, STRICT) for n, d in parts.items() if n.endswith(".xml")}


def test_the_package_is_led_by_ofd_xml_and_holds_what_it_should(parts):
    names = list(parts)
    assert names[0] == "OFD.xml"
    fonts = [n for n in names if n.endswith(".ttf")]
    assert set(names) - set(fonts) == {
        *("OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml"),
        *("Doc_0/DocumentRes.xml", "Doc_0/Res/code_0.png"),
        *("Doc_0/Pages/Page_0/Content.xml", "Doc_0/Tpls/Tpl_0/Content.xml"),
        *("Doc_0/Attachs/Attachments.xml", "Doc_0/Attachs/certificate.json"),
        *("Doc_0/Tags/CustomTags.xml", "Doc_0/Tags/Face.xml"),
    }


def test_the_same_arguments_give_the_same_bytes(name, data):
    page = written.page.__wrapped__(name)  # composed anew: nothing remembered can help
    assert ofd.write(page, written.info(name), written.attachments(name)) == data


def test_every_part_is_strict_utf8_xml_with_the_prefix_on_every_element(parts):
    for part, root in xml(parts).items():
        assert parts[part].startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        for element in root.iter():
            expected = "face" if element.tag.startswith("{urn:") else "ofd"
            assert element.prefix == expected
            assert all(not key.startswith("{") for key in element.attrib)


def test_elements_stand_in_the_order_of_the_schemas(parts):
    for root in xml(parts).values():
        for element in root.iter():
            local = etree.QName(element).localname
            if local in ORDER and not (local == "Page" and element.get("BaseLoc")):
                places = [ORDER[local].index(etree.QName(child).localname) for child in element]
                assert places == sorted(places)


def test_every_location_leads_to_a_part(parts):
    """BaseLoc and the like are relative to the file that holds them."""
    documents = xml(parts)
    root = documents["OFD.xml"]
    assert root.findtext(f"{O}DocBody/{O}DocRoot") == "Doc_0/Document.xml"
    document = documents["Doc_0/Document.xml"]
    named = [e.get("BaseLoc") for e in document.iter() if e.get("BaseLoc")]
    named += [
        document.findtext(path)
        for path in (
            *(f"{O}CommonData/{O}PublicRes", f"{O}CommonData/{O}DocumentRes"),
            *(f"{O}CustomTags", f"{O}Attachments"),
        )
    ]
    assert {f"Doc_0/{location}" for location in named} <= set(parts)
    fonts = documents["Doc_0/PublicRes.xml"]
    files = {f"Doc_0/{fonts.get('BaseLoc')}/{e.text}" for e in fonts.iter(f"{O}FontFile")}
    assert files == {part for part in parts if part.endswith(".ttf")}
    images = documents["Doc_0/DocumentRes.xml"]
    files = {f"Doc_0/{images.get('BaseLoc')}/{e.text}" for e in images.iter(f"{O}MediaFile")}
    assert files == {part for part in parts if part.endswith(".png")}
    tags = documents["Doc_0/Tags/CustomTags.xml"].findtext(f"{O}CustomTag/{O}FileLoc")
    assert f"Doc_0/Tags/{tags}" in parts


def test_identifiers_are_unique_and_the_highest_is_told(parts):
    found = [
        int(element.get("ID"))
        for part, root in xml(parts).items()
        if "Attachs" not in part
        for element in root.iter()
        if element.get("ID")
    ]
    assert len(found) == len(set(found))
    told = xml(parts)["Doc_0/Document.xml"].findtext(f"{O}CommonData/{O}MaxUnitID")
    assert int(told) == max(found)


def test_fonts_are_the_subsets_of_the_page_under_their_real_names(name, parts):
    page = written.page(name)
    listed = list(xml(parts)["Doc_0/PublicRes.xml"].iter(f"{O}Font"))
    for element, key in zip(listed, sorted(page.fonts), strict=True):
        subset = page.fonts[key]
        assert element.get("FontName") == element.get("FamilyName") == subset.family
        assert element.get("Bold") == ("true" if subset.bold else "false")
        assert parts[f"Doc_0/Res/{element.findtext(f'{O}FontFile')}"] == subset.data


def test_the_data_set_is_an_attachment_byte_by_byte(name, parts):
    (attachment,) = written.attachments(name)
    (listed,) = xml(parts)["Doc_0/Attachs/Attachments.xml"]
    assert listed.get("Name") == "certificate.json"
    assert listed.get("CreationDate") == f"{written.info(name).issued_on}T00:00:00"
    assert float(listed.get("Size")) == pytest.approx(len(attachment.data) / 1024, abs=0.001)
    assert parts[f"Doc_0/Attachs/{listed.findtext(f'{O}FileLoc')}"] == attachment.data


def test_the_document_says_what_it_is(name, parts):
    info = written.info(name)
    root = xml(parts)["OFD.xml"]
    assert (root.get("Version"), root.get("DocType")) == ("1.0", "OFD")
    said = root.find(f"{O}DocBody/{O}DocInfo")
    assert re.fullmatch("[0-9a-f]{32}", said.findtext(f"{O}DocID"))
    assert said.findtext(f"{O}Title") == info.document_title
    assert said.findtext(f"{O}Author") == info.authority
    assert said.findtext(f"{O}CreationDate") == info.issued_on
    assert [word.text for word in said.iter(f"{O}Keyword")] == list(info.keywords)
    assert {e.get("Name"): e.text for e in said.iter(f"{O}CustomData")} == info.fields


def test_another_page_is_another_document():
    ids = {
        etree.fromstring(unpacked(ofd.write(written.page(n), written.info(n)))["OFD.xml"]).findtext(
            f".//{O}DocID"
        )
        for n in (written.ORDINARY, written.RARE)
    }
    assert len(ids) == 2


def test_a_fingerprint_depends_on_every_part_and_its_place():
    deflated = deflate(b"c")
    assert len(fingerprint([])) == 16
    variants = [
        [b"a", b"b"],
        [b"b", b"a"],
        [b"ab"],
        [b"a", b"b", b""],
        [b"a", deflated],
        [deflated],
    ]
    assert len({fingerprint(parts) for parts in variants}) == len(variants)
    assert fingerprint([deflated]) != fingerprint([deflate(b"d")])


def test_to_be_sealed_names_the_signatures_and_changes_nothing_else(name, parts):
    sealed = unpacked(
        ofd.write(written.page(name), written.info(name), written.attachments(name), True)
    )
    body = etree.fromstring(sealed["OFD.xml"]).find(f"{O}DocBody")
    assert [etree.QName(e).localname for e in body] == ["DocInfo", "DocRoot", "Signatures"]
    assert body.findtext(f"{O}Signatures") == "Doc_0/Signs/Signatures.xml"
    assert {n for n in parts if parts[n] != sealed[n]} == {"OFD.xml"}
    assert sealed.keys() == parts.keys()


def test_without_fields_and_attachments_nothing_names_them():
    page = written.bare_page(Path((("M", 1.0, 1.0), ("L", 2.0, 2.0)), Stroke((0, 0, 0), 0.1)))
    info = dataclasses.replace(written.info(written.RARE), fields={}, number="", license_id="")
    parts = unpacked(ofd.write(page, info))
    assert not any("Attachs" in part or "Tags" in part for part in parts)
    text = parts["OFD.xml"] + parts["Doc_0/Document.xml"]
    for word in (b"CustomDatas", b"Keywords", b"CustomTags", b"Attachments", b"Signatures"):
        assert word not in text


def test_all_numbers_are_plain_decimals(parts):
    for part in ("Doc_0/Pages/Page_0/Content.xml", "Doc_0/Tpls/Tpl_0/Content.xml"):
        for element in xml(parts)[part].iter():
            for key in ("Boundary", "Size", "LineWidth", "X", "Y"):
                for word in (element.get(key) or "").split():
                    assert re.fullmatch(NUMBER, word)
            for word in (element.get("DeltaX") or "").split():
                assert word == "g" or re.fullmatch(NUMBER, word)
        for data in xml(parts)[part].iter(f"{O}AbbreviatedData"):
            assert all(re.fullmatch(f"[MLBC]|{NUMBER}", word) for word in data.text.split())


def drawn(path: Path) -> list[etree._Element]:
    return [
        etree.fromstring(
            text.replace("<ofd:PathObject", f'<ofd:PathObject xmlns:ofd="{NAMESPACE}"')
        )
        for text in path_objects(path, 7)
    ]


TRIANGLE = (("M", 10.0, 20.0), ("L", 15.0, 20.5), ("L", 12.0, 24.0), ("C",))


def test_a_path_lies_within_its_boundary_pen_included():
    (found,) = drawn(Path(TRIANGLE, Stroke((255, 0, 0), 0.5)))
    x, y, width, height = map(float, found.get("Boundary").split())
    assert x <= 9.75
    assert y <= 19.75
    assert x + width >= 15.25
    assert y + height >= 24.25
    numbers = [float(w) for w in found.findtext(f"{O}AbbreviatedData").split() if w not in "MLC"]
    assert [numbers[0] + x, numbers[1] + y] == pytest.approx([10, 20])
    assert (found.get("Stroke"), found.get("Fill"), found.get("LineWidth")) == (
        *("true", "false"),
        "0.5",
    )
    assert found.find(f"{O}StrokeColor").get("Value") == "255 0 0"


def test_a_path_with_both_is_filled_and_then_stroked():
    first, second = drawn(Path(TRIANGLE, Stroke((0, 0, 0), 0.1), (9, 8, 7), even_odd=True))
    assert (first.get("ID"), first.get("Fill"), first.get("Stroke")) == ("7", "true", "false")
    assert first.get("Rule") == "Even-Odd"
    assert (second.get("ID"), second.get("Fill"), second.get("Stroke")) == ("8", "false", "true")


def test_a_path_with_neither_or_nothing_in_it_is_left_out():
    assert drawn(Path(TRIANGLE)) == drawn(Path((), fill=(0, 0, 0))) == []
