"""Pages that are to the byte what our own writers make of the data set today.

Such a page needs no look at its glyphs: it is written anew and compared, in a quarter of the time.
Whatever differs, if only in how it is written, is left to the look itself: nothing fails here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from renderer import ofd_content, ofd_names, ofd_parts, pdf_content
from renderer.layout import Layout
from renderer.ofd_values import rgb
from renderer.page import Artwork, Deflated, Page
from renderer.pdf_fonts import DEFAULT_WIDTH, to_unicode
from verify.dataset import DataSet
from verify.pdf_objects import name_in
from verify.shown import (
    code_picture,
    expected,
    marks,
    ofd_page,
    ofd_resources,
    pdf_fonts,
    pdf_page,
    pdf_pictures,
)
from verify.shown.drawn import Drawn
from verify.shown.expected import Expected

if TYPE_CHECKING:
    from verify.ofd_package import Package
    from verify.pdf_file import PdfFile

_RESOURCES = f"{ofd_names.DOCUMENT_FOLDER}/{ofd_names.RESOURCE_FOLDER}"


def ofd(package: Package, layout: Layout, found: DataSet) -> tuple[str, ...] | None:
    """What the codes of a package say whose page is as written; None where it is not.

    Raises:
        Fault: its document cannot be read.
        Untold: the page cannot be composed here.
    """
    parts = package.parts
    codes = _ofd_codes(package, layout)
    drawn = parts.get(ofd_names.PAGE)
    if not codes or drawn is None or not ofd_page.is_plain(package):
        return None
    development = f'"{rgb(layout.geometry.colours.watermark)}"'.encode() in drawn
    page = _page(layout, found, development, codes).page
    template = ofd_content.template(page.artwork)
    content = ofd_content.page_content(page, template.next_id)
    if drawn != content.text:
        return None
    fonts = [(content.font_ids[key], page.fonts[key]) for key in page.font_keys]
    wanted = {
        ofd_names.PUBLIC_RESOURCES: ofd_parts.public_resources(fonts),
        ofd_names.DOCUMENT_RESOURCES: ofd_parts.document_resources(content.images),
        ofd_names.DOCUMENT: ofd_parts.document(
            page, content.max_id, bool(content.images), bool(content.shown), has_files=True
        ),
    }
    wanted |= {
        f"{_RESOURCES}/{ofd_parts.font_file(index)}": font.data
        for index, (_, font) in enumerate(fonts)
    }
    same = all(parts.get(name) == data for name, data in wanted.items())
    background = parts.get(ofd_names.TEMPLATE) == _template(page.artwork)
    return tuple(code.text for code in codes) if same and background else None


class _Code(NamedTuple):
    """A code as a picture shows it: what it says, and its modules row by row."""

    text: str
    dark: bytes


def _page(layout: Layout, found: DataSet, development: bool, codes: Sequence[_Code]) -> Expected:
    darks = [code.dark for code in codes]
    return expected.page(layout, found, development=development, codes=darks)


def _ofd_codes(package: Package, layout: Layout) -> Sequence[_Code]:
    """The codes under their usual names; none where one cannot be read."""
    codes = []
    for index in range(len(layout.geometry.codes)):
        image = package.parts.get(f"{_RESOURCES}/{ofd_parts.image_file(index)}")
        if image is None:
            break
        modules = ofd_resources.modules_of(image)
        text = None if modules is None else code_picture.text(modules[0])
        if text is None or modules is None or modules[1] != layout.geometry.colours.code:
            return ()
        codes.append(_Code(text, modules[0]))
    return codes


@lru_cache(maxsize=16)
def _template(artwork: Artwork) -> bytes:
    """The part that a layout's background is."""
    return _plain(ofd_content.template(artwork).part)


def _plain(deflated: Deflated) -> bytes:
    return zlib.decompress(deflated.stream, -zlib.MAX_WBITS)


def pdf(file: PdfFile, layout: Layout, found: DataSet) -> tuple[str, ...] | None:
    """The same of an open PDF of one revision.

    Raises:
        Fault: its page cannot be read.
        Untold: the page cannot be composed here.
    """
    sheet = pdf_page.plain(file)
    if sheet is None or sheet.around.seal is None:
        return None
    codes = _pdf_codes(sheet.objects, layout)
    watermark = pdf_content.filling(layout.geometry.colours.watermark).encode()
    if not codes:
        return None
    page = _page(layout, found, watermark in sheet.content, codes)
    same = (
        sheet.content == _content(page.page)
        and _same_fonts(sheet.fonts, page.page)
        and _same_art(sheet.objects.get("/Art"), page.page.artwork)
        and abs(sheet.around.width - page.page.width) < _NEAR
        and abs(sheet.around.height - page.page.height) < _NEAR
        and not marks.seal(sheet.around.seal, page)
    )
    return tuple(code.text for code in codes) if same else None


_NEAR = 0.01


def _pdf_codes(objects: Mapping[str, Any], layout: Layout) -> Sequence[_Code]:
    """The codes under their usual names; none where there are other objects."""
    names = [f"/Code{index}" for index in range(len(objects) - 1)]
    if set(objects) != {"/Art", *names} or len(names) > len(layout.geometry.codes):
        return ()
    codes = []
    for name in names:
        dark = pdf_pictures.modules_of(objects[name])
        text = None if dark is None else code_picture.text(dark)
        if text is None or dark is None:
            return ()
        codes.append(_Code(text, dark))
    return codes


def _content(page: Page) -> bytes:
    """The content stream of a page."""
    names = pdf_content.font_names(page)
    opening = f"{pdf_content.millimetres(page.height)}/Art Do"
    frame = pdf_content.Content(opening, names, page.fonts)
    frame.marks(page.frame.marks)
    own = pdf_content.Content("", names, page.fonts)
    own.marks(page.own)
    return frame.bytes() + b"\n" + own.bytes()


def _same_fonts(listed: Mapping[str, Any], page: Page) -> bool:
    """Whether the fonts are those of the page, with their widths and what copying them gives."""
    names = pdf_content.font_names(page)
    if set(listed) != set(names.values()):
        return False
    for key, name in names.items():
        subset, read = page.fonts[key], pdf_fonts.read(name, listed[name], Drawn(0, 0))
        odd = {
            glyph: float(width)
            for glyph, width in enumerate(subset.widths)
            if width != DEFAULT_WIDTH
        }
        same = (
            read.font.data == subset.data
            and read.font.mapping == to_unicode(subset)
            and read.widths == odd
            and read.usual_width == DEFAULT_WIDTH
        )
        if not same:
            return False
    return True


def _same_art(form: Any, artwork: Artwork) -> bool:
    """Whether the background is the layout's, in no other space than the page's own.

    It is the larger part of a page, and the same in all files: a stream that was found to be it
    need not be inflated again.
    """
    plain = set(form) <= _FORM and not form.get("/Resources", True)
    if not plain or name_in(form, "/Filter") != "/FlateDecode":
        return False
    if _known_art.get(artwork) != form.encoded_data:
        if hashlib.sha256(form.data).digest() != _art_digest(artwork):
            return False
        _known_art[artwork] = form.encoded_data
    return True


_FORM = frozenset({"/Type", "/Subtype", "/BBox", "/Resources", "/Filter", "/Length"})

_known_art: WeakKeyDictionary[Artwork, bytes] = WeakKeyDictionary()
"""The stream, deflated, in which the artwork of a layout was found last."""


@lru_cache(maxsize=16)
def _art_digest(artwork: Artwork) -> bytes:
    content = pdf_content.Content()
    content.marks(artwork.paths)
    return hashlib.sha256(content.bytes()).digest()
