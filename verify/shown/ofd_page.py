"""The page that an OFD shows, read from its own parts (GB/T 33190).

Annotations, further pages, actions and attachments are noted: a certificate has none but its data
set. Which parts there may be, and that they are covered, is for other checks.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from renderer import ofd_names
from verify import ofd_document, ofd_package
from verify.dataset import FILE_NAME
from verify.fault import Fault
from verify.ofd_names import locate
from verify.ofd_package import Package
from verify.ofd_xml import (
    NAMESPACE,
    attribute,
    children,
    expect_root,
    only_child,
    optional_child,
    parse,
    text,
)
from verify.shown.drawn import Art, Drawn, Shape
from verify.shown.ofd_objects import Objects
from verify.shown.ofd_resources import Resources

_DOCUMENT: Final = frozenset({"CommonData", "Pages", "CustomTags", "Attachments"})
_COMMON: Final = frozenset({"MaxUnitID", "PageArea", "PublicRes", "DocumentRes", "TemplatePage"})
_PAGE: Final = frozenset({"Template", "Area", "Content"})


def read(data: bytes) -> Drawn:
    """What the page draws.

    Raises:
        Fault: it cannot be read, or draws more than any page of ours.
    """
    return of(ofd_package.read(data))


def of(package: Package) -> Drawn:
    """The same of a package that is open already."""
    path, document = _document(package)
    common = only_child(document, "CommonData")
    pages = children(only_child(document, "Pages"), "Page")
    if not pages:
        raise Fault("没有页面", "there is no page")
    part = locate(path, attribute(pages[0], "BaseLoc"))
    page = package.root(part)
    expect_root(page, "Page", part)
    box = _box(page, common)
    drawn = Drawn(box.width, box.height)
    if len(pages) > 1:
        drawn.note("page.pages", "页数", str(len(pages)), "1")
    if (box.x, box.y) != (0.0, 0.0):
        drawn.note("page.size", "页面大小", f"{box.x:g} {box.y:g}")
    _note_unknown(document, _DOCUMENT, drawn)
    _note_unknown(common, _COMMON, drawn)
    _note_unknown(page, _PAGE, drawn)
    _note_attachments(package, path, document, drawn)
    resources = Resources(package, path, common, drawn)
    _take_template(package, path, common, page, drawn, resources)
    Objects(drawn, resources).read(only_child(page, "Content"))
    return drawn


def is_plain(package: Package) -> bool:
    """Whether the document is where ours is, and has no attachments beside the data set."""
    path, document = _document(package)
    noted = Drawn(0, 0)
    _note_attachments(package, path, document, noted)
    return path == ofd_names.DOCUMENT and not noted.notes


def _document(package: Package) -> tuple[str, etree._Element]:
    root = package.root(ofd_document.ROOT)
    path = locate(ofd_document.ROOT, text(only_child(only_child(root, "DocBody"), "DocRoot")))
    document = package.root(path)
    expect_root(document, "Document", path)
    return path, document


def _box(page: etree._Element, common: etree._Element) -> ofd_document.Box:
    """The page's physical box: its own, or the document's."""
    area = optional_child(page, "Area")
    if area is None:
        area = only_child(common, "PageArea")
    return ofd_document.read_box(text(only_child(area, "PhysicalBox")))


def _note_unknown(element: etree._Element, known: frozenset[str], drawn: Drawn) -> None:
    """Note the children that no document of ours has."""
    for child in element:
        name = str(child.tag).removeprefix(f"{{{NAMESPACE}}}")
        if name not in known:
            kind = ("page.annotation", "批注") if name == "Annotations" else _OTHER
            drawn.note(*kind, name)


_OTHER: Final = ("page.script", "动作或其他内容")


def _note_attachments(package: Package, path: str, document: etree._Element, drawn: Drawn) -> None:
    listed = optional_child(document, "Attachments")
    if listed is None:
        return
    part = locate(path, text(listed))
    names = [item.get("Name") or "" for item in children(package.root(part), "Attachment")]
    for name in names:
        if name != FILE_NAME or names.count(FILE_NAME) > 1:
            drawn.note("page.attachment", "附件", name)


def _take_template(
    package: Package,
    path: str,
    common: etree._Element,
    page: etree._Element,
    drawn: Drawn,
    resources: Resources,
) -> None:
    """The one template under the page, which is its background; further ones are drawn with it."""
    listed = {one.get("ID"): one for one in children(common, "TemplatePage")}
    for use in children(page, "Template"):
        template = listed.get(use.get("TemplateID"))
        if template is None:
            drawn.note("page.background", "底纹和边框", "模板缺失")
            continue
        part = locate(path, attribute(template, "BaseLoc"))
        data = package.part(part)
        if use.get("ZOrder") != "Background" or drawn.art is not None:
            drawn.note("page.background", "底纹和边框", "模板被叠加在页面上")
            drawn.shapes += _template(data, part, drawn, resources, drawn.next())
            continue
        drawn.art = _art(data, part, drawn, resources)


def _art(data: bytes, part: str, drawn: Drawn, resources: Resources) -> Art:
    order = drawn.next()
    return Art(data, lambda: _template(data, part, drawn, resources, order))


def _template(
    data: bytes, part: str, drawn: Drawn, resources: Resources, order: int
) -> list[Shape]:
    """The shapes of a template; text and pictures in it are on the page like the rest."""
    root = parse(data, part)
    expect_root(root, "Page", part)
    shapes, drawn.shapes = drawn.shapes, []
    try:
        Objects(drawn, resources).read(only_child(root, "Content"))
        return [shape._replace(order=order) for shape in drawn.shapes]
    finally:
        drawn.shapes = shapes
