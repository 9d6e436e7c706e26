"""The font files: which font draws which character, how wide it is and what it looks like.

Two chains, one for text and one for titles and seals. A character is drawn by the first font of
its chain that has it; there is no shaping, because Chinese and plain Latin text needs none: one
code point is one glyph. Where the files come from: fonts/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import uharfbuzz as hb

from renderer.errors import RendererError
from renderer.page import Segment

FOLDER = Path(__file__).resolve().parent.parent / "fonts"

FILES: dict[str, str] = {
    "serif": "NotoSerifSC-Regular.ttf",
    "serif-rare": "SealpressSerifRare-Regular.ttf",
    "bold": "SealpressSerifTitle-Bold.ttf",
}

CHAINS: Mapping[str, tuple[str, ...]] = {
    "serif": ("serif", "serif-rare"),
    "bold": ("bold", "serif", "serif-rare"),
}
"""For each style, the fonts in the order in which they are asked for a character."""

EM = 1000
"""Units in the em of every font here; advances and metrics are thousandths of the em."""

LAST_RESORT = "last-resort"
"""The key of the font that `use_last_resort` names; its em may have another size."""

OUTLINES_KEPT = 512
"""Outlines held per process: the words of seals and watermarks, which come again and again."""


class FontMissing(RendererError):
    """A font file of this project is not there or cannot be read."""


class Glyph(NamedTuple):
    """The glyph of one code point: its face, its id there and its advance (1/1000 em)."""

    code: int
    face: str
    id: int
    advance: int


@dataclass(frozen=True, eq=False)
class Face:
    """One open font file.

    The file is mapped, not read; what is touched of it is shared between processes.
    """

    key: str
    file: Path
    family: str
    postscript_name: str
    bold: bool
    ascent: int
    descent: int
    cap_height: int
    font: hb.Font

    def glyph(self, code: int) -> Glyph | None:
        """The glyph of a code point, or None where this font has none."""
        identifier = self.font.get_nominal_glyph(code)
        if not identifier:
            return None
        return Glyph(code, self.key, identifier, self.font.get_glyph_h_advance(identifier))


def _metric(font: hb.Font, tag: str) -> int:
    value = font.get_metric_position_with_fallback(hb.OTMetricsTag[tag])
    return int(value)


@cache
def face(key: str) -> Face:
    """The open face of that key.

    Raises:
        FontMissing: the file is not there, is no font, or its em has not 1000 units.
    """
    path = FOLDER / FILES[key]
    try:
        source = hb.Face(hb.Blob.from_file_path(path))
    except (OSError, hb.HarfBuzzError) as error:
        raise FontMissing(f"font {key}: cannot open {path.name}: {error}") from error
    if not source.glyph_count or (source.upem != EM and key != LAST_RESORT):
        raise FontMissing(f"font {key}: {path.name} is no font with {EM} units in its em")
    font = hb.Font(source)
    font.scale = (EM, EM)
    return Face(
        key=key,
        file=path,
        family=source.get_name(hb.OTNameIdPredefined.FONT_FAMILY) or key,
        postscript_name=source.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or key,
        bold=key == "bold",
        ascent=_metric(font, "HORIZONTAL_ASCENDER"),
        descent=_metric(font, "HORIZONTAL_DESCENDER"),
        cap_height=_metric(font, "CAP_HEIGHT"),
        font=font,
    )


class _Chain(dict[str, Glyph]):
    """The glyphs of a chain's characters, looked up in its fonts once."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self.keys_in_order = CHAINS[style]

    def __missing__(self, character: str) -> Glyph:
        code = ord(character)
        for key in self.keys_in_order:
            found = face(key).glyph(code)
            if found is not None:
                self[character] = found
                return found
        raise KeyError(character)


_CHAINS = {style: _Chain(style) for style in CHAINS}


def use_last_resort(path: Path) -> None:
    """Let a TrueType font from elsewhere draw what both chains lack.

    For the life of the process, since what was set with a font stays set with it.

    Raises:
        FontMissing: the file cannot be opened, or another one was named before.
    """
    if FILES.setdefault(LAST_RESORT, str(path)) != str(path):
        raise FontMissing(f"font {LAST_RESORT}: {FILES[LAST_RESORT]} is in use, not {path}")
    if "glyf" not in face(LAST_RESORT).font.face.table_tags:
        raise FontMissing(f"font {LAST_RESORT}: {path.name} has no TrueType outlines")
    for chain in _CHAINS.values():
        if LAST_RESORT not in chain.keys_in_order:
            chain.keys_in_order += (LAST_RESORT,)


def glyphs(style: str, text: str) -> list[Glyph]:
    """The glyphs of a text.

    Raises:
        KeyError: the first character that no font of the chain has.
    """
    chain = _CHAINS[style]
    return [chain[character] for character in text]


def has(style: str, character: str) -> bool:
    """Whether a font of the chain draws the character."""
    try:
        _CHAINS[style][character]
    except KeyError:
        return False
    return True


def width(run: Sequence[Glyph]) -> int:
    """The advance width of glyphs side by side, in thousandths of the em."""
    return sum(g.advance for g in run)


def draw_functions() -> Any:
    """What HarfBuzz calls to draw a glyph: it appends segments to the list that it is given."""
    functions = hb.DrawFuncs()
    functions.set_move_to_func(lambda x, y, path: path.append(("M", x, y)))
    functions.set_line_to_func(lambda x, y, path: path.append(("L", x, y)))
    functions.set_quadratic_to_func(lambda a, b, x, y, path: path.append(("Q", a, b, x, y)))
    functions.set_cubic_to_func(lambda a, b, c, d, x, y, path: path.append(("B", a, b, c, d, x, y)))
    functions.set_close_path_func(lambda path: path.append(("C",)))
    return functions


@lru_cache(maxsize=OUTLINES_KEPT)
def outline(face_key: str, glyph_id: int) -> tuple[Segment, ...]:
    """The outline of a glyph in font units, y upwards, closed contours; filled non-zero."""
    path: list[Segment] = []
    face(face_key).font.draw_glyph(glyph_id, draw_functions(), path)
    return tuple(path)


@lru_cache(maxsize=OUTLINES_KEPT)
def ink(face_key: str, glyph_id: int) -> tuple[int, int, int, int]:
    """The box around a glyph's ink: left, bottom, right, top in font units."""
    extents = face(face_key).font.get_glyph_extents(glyph_id)
    if extents is None:
        return (0, 0, 0, 0)
    left, top = extents.x_bearing, extents.y_bearing
    return (left, top + extents.height, left + extents.width, top)
