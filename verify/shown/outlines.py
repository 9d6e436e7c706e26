"""Which character a glyph really is, whatever its file says: told by its outline.

A font that is to the byte the one that the page asks for needs no look. Of any other the outlines
are compared with those of our own fonts: a font whose glyphs were exchanged says one thing to
whoever copies its text and shows another.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import uharfbuzz as hb

from renderer import fonts
from renderer.errors import RendererError
from renderer.page import Page, Segment, Subset
from renderer.pdf_fonts import to_unicode
from verify.shown.drawn import UNTOLD, Font, Glyph

_USUAL: Final = (
    string.ascii_letters + string.digits + string.punctuation + " 年月日〇一二三四五六七八九十"
)


class Characters:
    """What the glyphs of a file's fonts show, with the page at hand that they should show."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._read: dict[Font, _Read] = {}

    def shown(self, glyph: Glyph) -> str:
        """The character that a glyph shows, `UNTOLD` where nobody knows."""
        return self._of(glyph.font).shown(glyph.id, glyph.copied)

    def copied(self, glyph: Glyph) -> str:
        """The text that copying a glyph gives."""
        if glyph.copied is not None:
            return glyph.copied
        found = self._of(glyph.font)
        return (
            found.shown(glyph.id, None) if found.says_what_it_shows else glyph.font.copied(glyph.id)
        )

    def _of(self, font: Font) -> _Read:
        found = self._read.get(font)
        if found is None:
            found = self._read[font] = self._known(font) or _ByOutline(font, self._page)
        return found

    def _known(self, font: Font) -> _Read | None:
        same = (subset for subset in self._page.fonts.values() if subset.data == font.data)
        subset = next(same, None)
        return None if subset is None else _Read(subset, font)


class _Read:
    """A font that is the very one of the page."""

    def __init__(self, subset: Subset, font: Font) -> None:
        self._characters = subset.characters
        self.says_what_it_shows = font.mapping == _mapping(subset)

    def shown(self, glyph: int, claimed: str | None) -> str:
        """The character of a glyph; `claimed` is the one that the page says it is, if it does."""
        known = 0 < glyph < len(self._characters)
        return chr(self._characters[glyph]) if known else UNTOLD


@lru_cache(maxsize=16)
def _mapping(subset: Subset) -> bytes:
    return to_unicode(subset)


class _ByOutline(_Read):
    """Another font: each of its outlines is looked for among ours."""

    def __init__(self, font: Font, page: Page) -> None:
        self.says_what_it_shows = False
        self._font, self._found = font, dict[tuple[int, str], str]()
        self._drawn = None if font.data is None else _opened(font.data)
        self._ours = _outlines(page)

    def shown(self, glyph: int, claimed: str | None) -> str:
        """As for every font; the outline decides, and the claim only where to look first."""
        claimed = self._font.copied(glyph) if claimed is None else claimed
        if self._font.data is None:
            return claimed  # the viewer's own font: it draws what it is asked for
        if self._drawn is None:
            return UNTOLD
        key = (glyph, claimed)
        if key not in self._found:
            self._found[key] = self._character(_outline(self._drawn, glyph), claimed)
        return self._found[key]

    def _character(self, outline: tuple[Segment, ...], claimed: str) -> str:
        """The character of an outline: that which the file claims, if it is true."""
        if not outline:
            return claimed if claimed.isspace() else ""
        if len(claimed) == 1 and any(one == outline for one in _ours_of(claimed)):
            return claimed
        return self._ours.get(outline, UNTOLD)


def _outlines(page: Page) -> Mapping[tuple[Segment, ...], str]:
    """The outlines of the characters on the page, and of those that are swapped for them."""
    on_page = {chr(code) for subset in page.fonts.values() for code in subset.characters if code}
    return {
        outline: character
        for character in sorted(on_page | set(_USUAL))
        for outline in _ours_of(character)
        if outline
    }


@lru_cache(maxsize=1024)
def _ours_of(character: str) -> tuple[tuple[Segment, ...], ...]:
    """How our fonts draw a character."""
    found = []
    for key in fonts.FILES:
        try:
            glyph = fonts.face(key).glyph(ord(character))
        except RendererError:
            continue
        if glyph is not None:
            found.append(_from_its_start(fonts.outline(key, glyph.id)))
    return tuple(found)


def _opened(data: bytes) -> hb.Font | None:
    """An embedded font with the em of ours; None where it is none."""
    try:
        face = hb.Face(data)
        font = hb.Font(face)
        font.scale = (fonts.EM, fonts.EM)
    except (hb.HarfBuzzError, ValueError):
        return None
    return font if face.glyph_count else None


def _outline(font: hb.Font, glyph: int) -> tuple[Segment, ...]:
    path: list[Segment] = []
    font.draw_glyph(glyph, fonts.draw_functions(), path)
    return _from_its_start(tuple(path))


def _from_its_start(outline: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """An outline wherever it lies across: the bearing in a font's metrics moves it."""
    start = outline[0][1] if outline and len(outline[0]) > 1 else 0
    moved = (
        (one[0], *(part if at % 2 else part - start for at, part in enumerate(one[1:])))
        for one in outline
    )
    return tuple(moved)  # type: ignore[arg-type]
