"""Copies of an OFD with something altered, for readers that are to notice it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from lxml import etree

OFD = {"ofd": "http://www.ofdspec.org/2016"}

PAGE_CONTENT = "Doc_0/Pages/Page_0/Content.xml"
SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"


def copied(ofd: Path, copy: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Copy a package; `change` gets each part's name and content and gives the new content."""
    with zipfile.ZipFile(ofd) as package, zipfile.ZipFile(copy, "w") as out:
        for name in package.namelist():
            out.writestr(name, change(name, package.read(name)))
    return copy


def with_text_objects(
    ofd: Path, copy: Path, value: str, alter: Callable[[etree._Element, list[etree._Element]], None]
) -> Path:
    """Copy a package after altering the text objects that together print `value`.

    `alter` gets the page's root and those objects, which must stand one after another.
    """

    def change(name: str, data: bytes) -> bytes:
        if name != PAGE_CONTENT:
            return data
        page = etree.fromstring(data)
        alter(page, _printing(value, page.findall(".//ofd:TextObject", OFD)))
        return etree.tostring(page, xml_declaration=True, encoding="UTF-8")

    return copied(ofd, copy, change)


def _printing(value: str, objects: list[etree._Element]) -> list[etree._Element]:
    for start in range(len(objects)):
        printed = ""
        for end in range(start, len(objects)):
            printed += "".join(text_of(objects[end]).split())
            if printed == value:
                return objects[start : end + 1]
            if not value.startswith(printed):
                break
    raise AssertionError(f"no text objects print {value}")


def text_of(text_object: etree._Element) -> str:
    """The characters of a text object."""
    return text_object.findtext("ofd:TextCode", "", OFD)


def erase(page: etree._Element, objects: list[etree._Element]) -> None:
    """Leave the value out."""
    for text_object in objects:
        text_object.getparent().remove(text_object)


def exchange(old: str, new: str) -> Callable[[etree._Element, list[etree._Element]], None]:
    """Draw the first `old` of the value as `new`; the characters in TextCode stay as they were.

    The glyph of `new` is taken from anywhere else on the page where the same font prints it.
    """

    def alter(page: etree._Element, objects: list[etree._Element]) -> None:
        (altered, *_) = [one for one in objects if old in text_of(one)]
        others = page.iterfind(f".//ofd:TextObject[@Font='{altered.get('Font')}']", OFD)
        (giver, *_) = [one for one in others if new in text_of(one)]
        glyphs = altered.find(".//ofd:Glyphs", OFD)
        ids = glyphs.text.split()
        ids[text_of(altered).index(old)] = giver.findtext(".//ofd:Glyphs", "", OFD).split()[
            text_of(giver).index(new)
        ]
        glyphs.text = " ".join(ids)

    return alter
