"""What marks a page as no real certificate: a large word across it, a small line at its foot."""

from __future__ import annotations

import math
from functools import lru_cache

from renderer import characters, fonts, setting, shapes
from renderer.errors import Problem, Refused
from renderer.fit import Room, one_line
from renderer.layout import Layout
from renderer.layout_parts import MILLIMETRES_PER_POINT
from renderer.page import Path, Segment
from renderer.setting import Piece, Style

SAMPLE = "样本"
"""The word across a page that was made with development keys, and across previews."""

DEVELOPMENT_NOTICE = "本证由开发密钥签发，仅供测试，无法律效力"
"""The line at the foot of a page that was made with development keys."""

SHARE_OF_DIAGONAL = 0.56
"""How much of the page's diagonal a watermark may take."""


def _glyphs(font: str, text: str, field: str, label: str) -> list[fonts.Glyph]:
    complaint = characters.complaint(font, text)
    if complaint is not None:
        raise Refused([Problem(field, label, complaint)])
    return fonts.glyphs(font, text)


@lru_cache(maxsize=8)
def watermark(layout: Layout, word: str) -> Path:
    """A word across the page, as outlines, so that it is no text to be read or searched."""
    style = layout.geometry.watermark
    glyphs = _glyphs(style.font, word, "watermark", "水印")
    em = style.size * MILLIMETRES_PER_POINT
    longest = SHARE_OF_DIAGONAL * math.hypot(layout.width, layout.height)
    em = min(em, longest * 1000 / max(1, fonts.width(glyphs)))
    turn = math.radians(style.angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    segments: list[Segment] = []
    pen = -fonts.width(glyphs) / 2
    for glyph in glyphs:

        def transform(x: float, y: float, pen: float = pen) -> shapes.Point:
            across, up = (pen + x) * em / 1000, (y / 1000 - setting.HAN_CENTRE) * em
            return (
                style.x + across * cosine - up * sine,
                style.y - across * sine - up * cosine,
            )

        segments += shapes.glyph(glyph, transform)
        pen += glyph.advance
    return Path(tuple(segments), fill=layout.geometry.colours.watermark)


@lru_cache(maxsize=8)
def notice(layout: Layout, text: str) -> Piece:
    """One small line at the foot.

    Raises:
        Refused: it is longer than its place even at half its size, or no font draws it.
    """
    style = layout.geometry.notice
    glyphs = _glyphs(style.font, text, "notice", "提示")
    room = Room(style.width, 0, style.size, style.size / 2, style.size / 2, leading=1)
    size = one_line([g.advance for g in glyphs], room)
    if size is None:
        raise Refused([Problem("notice", "提示", "文字过长")])
    text_style = Style(style.font, size, layout.geometry.colours.notice)
    return setting.piece(None, glyphs, text_style, style.x, style.baseline, "centre")
