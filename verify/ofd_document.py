"""From OFD.xml to what the other checks need: pages with their boxes, attachments, signatures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from verify.fault import Fault
from verify.limits import DATASET_BYTES, OFD_PAGES
from verify.ofd_names import locate
from verify.ofd_package import Package
from verify.ofd_xml import (
    attribute,
    children,
    expect_root,
    only_child,
    optional_child,
    text,
)

ROOT: Final = "OFD.xml"

_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Box:
    """An ST_Box: left, top, width and height in millimetres, top left origin."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, other: Box) -> bool:
        """Whether another box lies wholly inside this one placed at its own origin."""
        return (
            other.x >= 0
            and other.y >= 0
            and other.x + other.width <= self.width
            and other.y + other.height <= self.height
        )


@dataclass(frozen=True)
class Document:
    """What an OFD's own files say it consists of; paths are part names.

    `pages` maps page ids to the physical box of each, `signatures` is the part that lists the
    signatures, None in an unsigned document; `attachments` maps names to parts.
    """

    path: str
    pages: Mapping[str, Box]
    signatures: str | None
    attachments: tuple[tuple[str, str], ...]


def read(package: Package) -> Document:
    """Follow OFD.xml to the document, its pages and its attachments.

    Raises:
        Fault: a file on the way is missing, malformed or ambiguous.
    """
    root = package.root(ROOT)
    expect_root(root, "OFD", ROOT)
    body = only_child(root, "DocBody")
    path = locate(ROOT, text(only_child(body, "DocRoot")))
    signatures = optional_child(body, "Signatures")
    document = package.root(path)
    expect_root(document, "Document", path)
    return Document(
        path=path,
        pages=_pages(package, path, document),
        signatures=None if signatures is None else locate(ROOT, text(signatures)),
        attachments=_attachments(package, path, document),
    )


def dataset(package: Package, document: Document, name: str) -> bytes | None:
    """The bytes of the only attachment of that name; None where there is none.

    Raises:
        Fault: several attachments have the name, its part is missing, or it is too long.
    """
    found = [part for called, part in document.attachments if called == name]
    if not found:
        return None
    if len(found) > 1:
        raise Fault(f"有多个名为{name}的附件", f"several attachments are called {name}")
    data = package.part(found[0])
    if len(data) > DATASET_BYTES:
        raise Fault(f"数据集超过{DATASET_BYTES}字节", f"data set above {DATASET_BYTES} bytes")
    return data


def read_box(value: str) -> Box:
    """An ST_Box from its text "x y w h", millimetres.

    Raises:
        Fault: not four plain decimal numbers, or no extent.
    """
    words = value.split()
    if len(words) != 4 or not all(_NUMBER.fullmatch(word) for word in words):
        raise Fault(f"{value[:40]!r}不是区域", f"{value[:40]!r} is no box")
    box = Box(*map(float, words))
    if box.width <= 0 or box.height <= 0 or not math.isfinite(box.width * box.height):
        raise Fault("区域没有面积", "a box without extent")
    return box


def _pages(package: Package, path: str, document: etree._Element) -> dict[str, Box]:
    """The pages by id, each with its own physical box or the document's."""
    common = only_child(document, "CommonData")
    usual = _area(optional_child(common, "PageArea"))
    listed = children(only_child(document, "Pages"), "Page")
    if not 1 <= len(listed) <= OFD_PAGES:
        raise Fault(f"页数应为1至{OFD_PAGES}", f"there should be 1 to {OFD_PAGES} pages")
    pages: dict[str, Box] = {}
    for page in listed:
        identifier = attribute(page, "ID")
        if identifier in pages:
            raise Fault(f"页标识{identifier}重复", f"two pages have the id {identifier}")
        part = locate(path, attribute(page, "BaseLoc"))
        content = package.root(part)
        expect_root(content, "Page", part)
        box = _area(optional_child(content, "Area")) or usual
        if box is None:
            raise Fault(f"页{identifier}没有页面区域", f"page {identifier} has no page area")
        pages[identifier] = box
    return pages


def _area(area: etree._Element | None) -> Box | None:
    """The physical box of a CT_PageArea."""
    return None if area is None else read_box(text(only_child(area, "PhysicalBox")))


def _attachments(
    package: Package, path: str, document: etree._Element
) -> tuple[tuple[str, str], ...]:
    """Names and parts of the attachments, in order."""
    listed = optional_child(document, "Attachments")
    if listed is None:
        return ()
    part = locate(path, text(listed))
    root = package.root(part)
    expect_root(root, "Attachments", part)
    return tuple(
        (attribute(item, "Name"), locate(part, text(only_child(item, "FileLoc"))))
        for item in children(root, "Attachment")
    )
