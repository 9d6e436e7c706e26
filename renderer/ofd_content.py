"""The two drawn parts of an OFD: the template, which a layout's pages share, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from renderer.decimals import decimal
from renderer.deflate import deflate
from renderer.ofd_names import (
    FIRST_FREE_ID,
    PAGE_LAYER_ID,
    TEMPLATE_ID,
    TEMPLATE_LAYER_ID,
    XMLNS,
)
from renderer.ofd_paths import modules_object, path_objects
from renderer.ofd_text import TextWriter
from renderer.page import Artwork, Deflated, Modules, Page, Path
from renderer.xml_text import DECLARATION


@dataclass(frozen=True)
class Template:
    """A layout's artwork as a page template, and the first identifier that it leaves free."""

    part: Deflated
    next_id: int


@dataclass(frozen=True)
class PageContent:
    """A page's own part; which objects show which field; the highest identifier in use."""

    part: bytes
    shown: Mapping[str, tuple[int, ...]]
    max_id: int


_templates: WeakKeyDictionary[Artwork, Template] = WeakKeyDictionary()


def template(artwork: Artwork) -> Template:
    """The template of an artwork, written and compressed once."""
    known = _templates.get(artwork)
    if known is None:
        objects: list[str] = []
        for path in artwork.paths:
            objects += path_objects(path, FIRST_FREE_ID + len(objects))
        text = (
            f"{DECLARATION}<ofd:Page {XMLNS}><ofd:Content>"
            f'<ofd:Layer ID="{TEMPLATE_LAYER_ID}" Type="Background">{"".join(objects)}'
            "</ofd:Layer></ofd:Content></ofd:Page>"
        )
        known = Template(deflate(text.encode()), FIRST_FREE_ID + len(objects))
        _templates[artwork] = known
    return known


def page_content(page: Page, font_ids: Mapping[str, int], next_id: int) -> PageContent:
    """The marks of a page, in their order, numbered from `next_id`."""
    writers = {key: TextWriter(font_ids[key], font) for key, font in page.fonts.items()}
    objects: list[str] = []
    shown: dict[str, tuple[int, ...]] = {}
    for mark in page.marks:
        identifier = next_id + len(objects)
        if isinstance(mark, Path):
            objects += path_objects(mark, identifier)
            continue
        if isinstance(mark, Modules):
            objects.append(modules_object(mark, identifier))
            continue
        new = writers[mark.font].objects(mark, identifier)
        objects += new
        if mark.field is not None:
            ids = range(identifier, identifier + len(new))
            shown[mark.field] = (*shown.get(mark.field, ()), *ids)
    text = (
        f'{DECLARATION}<ofd:Page {XMLNS}><ofd:Template TemplateID="{TEMPLATE_ID}" '
        'ZOrder="Background"/><ofd:Area><ofd:PhysicalBox>0 0 '
        f"{decimal(page.width)} {decimal(page.height)}</ofd:PhysicalBox></ofd:Area><ofd:Content>"
        f'<ofd:Layer ID="{PAGE_LAYER_ID}" Type="Body">{"".join(objects)}'
        "</ofd:Layer></ofd:Content></ofd:Page>"
    )
    return PageContent(text.encode(), shown, next_id + len(objects) - 1)
