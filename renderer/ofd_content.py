"""The two drawn parts of an OFD: the template, which a layout's pages share, and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from weakref import WeakKeyDictionary

from renderer.decimals import decimal
from renderer.deflate import begun, continued, deflate
from renderer.ofd_names import (
    FIRST_FREE_ID,
    PAGE_LAYER_ID,
    TEMPLATE_ID,
    TEMPLATE_LAYER_ID,
    XMLNS,
)
from renderer.ofd_paths import path_objects
from renderer.ofd_text import TextWriter
from renderer.ofd_values import box
from renderer.page import Artwork, Deflated, Frame, Mark, Modules, Page, Path, TextRun
from renderer.xml_text import DECLARATION

DEFLATE_LEVEL = 1
"""Each page's own objects are compressed anew: level 4 takes twice the time to save 2 %."""


@dataclass(frozen=True)
class Template:
    """A layout's artwork as a page template, and the first identifier that it leaves free."""

    part: Deflated
    next_id: int


@dataclass(frozen=True)
class _Beginning:
    """A page's part up to the end of its frame; its first identifier, and the next one free."""

    text: bytes
    stream: Deflated
    first_id: int
    next_id: int


@dataclass(frozen=True, eq=False)
class PageContent:
    """A page's own part, and what it needs and says.

    `font_ids` are the identifiers of the fonts, `images` those of the codes' images; `shown` tells
    which objects show which field; `max_id` is the highest identifier in use.
    """

    frame: _Beginning
    own: bytes
    font_ids: Mapping[str, int]
    images: Mapping[int, Modules]
    shown: Mapping[str, tuple[int, ...]]
    max_id: int

    @property
    def text(self) -> bytes:
        """The part as it is read."""
        return self.frame.text + self.own

    @cached_property
    def part(self) -> Deflated:
        """The part compressed: when it is first asked for, as pages are not only written."""
        return continued(self.frame.stream, self.own, DEFLATE_LEVEL)


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


_frames: WeakKeyDictionary[Frame, _Beginning] = WeakKeyDictionary()


class _Objects:
    """The objects of marks, numbered in their order."""

    def __init__(self, page: Page, font_ids: Mapping[str, int], next_id: int) -> None:
        self.next_id = next_id
        self.shown: dict[str, tuple[int, ...]] = {}
        self.images: dict[int, Modules] = {}
        self._writers = {key: TextWriter(font_ids[key], page.fonts[key]) for key in font_ids}
        self._parts: list[str] = []

    def add(self, marks: Iterable[Mark]) -> None:
        """Write several marks in their order."""
        for mark in marks:
            first = self.next_id
            if isinstance(mark, TextRun):
                new = self._writers[mark.font].objects(mark, first)
                self.next_id += len(new)
                if mark.field is not None:
                    ids = range(first, self.next_id)
                    self.shown[mark.field] = (*self.shown.get(mark.field, ()), *ids)
            elif isinstance(mark, Path):
                new = path_objects(mark, first)
                self.next_id += len(new)
            else:
                new = [_image_object(mark, first, first + 1)]
                self.images[first + 1] = mark
                self.next_id += 2
            self._parts += new

    def text(self) -> str:
        """All objects so far."""
        return "".join(self._parts)


def _image_object(code: Modules, identifier: int, image: int) -> str:
    """The image of a code (10.2); the CTM makes the unit square that it is as large as the code."""
    side, place = decimal(code.size), box(code.left, code.top, code.size, code.size)
    return (
        f'<ofd:ImageObject ID="{identifier}" Boundary="{place}" CTM="{side} 0 0 {side} 0 0" '
        f'ResourceID="{image}"/>'
    )


def _frame(page: Page, font_ids: Mapping[str, int], first_id: int) -> _Beginning:
    """The beginning of a page's part, written and compressed once for each frame."""
    known = _frames.get(page.frame)
    if known is None or known.first_id != first_id:
        objects = _Objects(page, font_ids, first_id)
        objects.add(page.frame.marks)
        text = (
            f'{DECLARATION}<ofd:Page {XMLNS}><ofd:Template TemplateID="{TEMPLATE_ID}" '
            'ZOrder="Background"/><ofd:Area><ofd:PhysicalBox>0 0 '
            f"{decimal(page.width)} {decimal(page.height)}</ofd:PhysicalBox></ofd:Area>"
            f'<ofd:Content><ofd:Layer ID="{PAGE_LAYER_ID}" Type="Body">{objects.text()}'
        ).encode()
        known = _Beginning(text, begun(text), first_id, objects.next_id)
        _frames[page.frame] = known
    return known


def page_content(page: Page, next_id: int) -> PageContent:
    """The marks of a page, in their order, numbered from `next_id`: what is shared comes first."""
    own = len(page.frame.fonts)
    font_ids = dict(zip(page.font_keys[:own], count(next_id), strict=False))
    frame = _frame(page, font_ids, next_id + own)
    font_ids |= zip(page.font_keys[own:], count(frame.next_id), strict=False)
    objects = _Objects(page, font_ids, frame.next_id + len(page.font_keys) - own)
    objects.add(page.own)
    return PageContent(
        frame=frame,
        own=f"{objects.text()}</ofd:Layer></ofd:Content></ofd:Page>".encode(),
        font_ids=font_ids,
        images=objects.images,
        shown=objects.shown,
        max_id=objects.next_id - 1,
    )
