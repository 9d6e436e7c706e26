"""Lines and pictures held against those of the expected page."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from renderer.curves import cubic
from renderer.page import Path
from renderer.seal_art import RED
from verify.shown import code_picture
from verify.shown.drawn import Art, Drawn, Note, Picture, Seal, Segment, Shape, extent
from verify.shown.expected import Expected

TOLERANCE: Final = 0.05
"""Millimetres that a point may stand off."""
WIDTH_TOLERANCE: Final = 0.01
COLOUR_TOLERANCE: Final = 1
SHAPES_NAMED: Final = 16
"""Of those that were added; a person needs no more of them."""
JUDGED_KEPT: Final = 64
"""Backgrounds and seals whose judgement is remembered: an installation has a handful."""

_judged: OrderedDict[tuple[object, bytes], bool] = OrderedDict()


@dataclass(frozen=True)
class Codes:
    """The texts of the codes in their places, and the shapes that belong to them."""

    texts: tuple[str, ...]
    paths: tuple[Path, ...]
    notes: tuple[Note, ...]
    strange: tuple[Picture, ...]


def codes(pictures: Sequence[Picture], expected: Expected) -> Codes:
    """The codes on a page, in the order of their places; every other picture is strange."""
    texts: list[str] = []
    paths: list[Path] = []
    notes: list[Note] = []
    left = list(pictures)
    for place in range(len(expected.layout.geometry.codes)):
        found, margin = _at(place, left, expected)
        if found is None or found.dark is None:
            if place == 0:
                notes.append(Note("code", "二维码", "缺失，或不在其位置上", "第一个二维码"))
            continue
        left.remove(found)
        paths += margin
        text = code_picture.text(found.dark)
        if text is None:
            notes.append(Note("code", "二维码", "图案被改动，无法识读", "本系统绘制的二维码"))
        else:
            texts.append(text)
    notes += [Note("page.image", "图片", f"多出的图片，{_where(one.box)}") for one in left]
    return Codes(tuple(texts), tuple(paths), tuple(notes), tuple(left))


def _at(
    place: int, pictures: Iterable[Picture], expected: Expected
) -> tuple[Picture | None, list[Path]]:
    """The picture in the n-th place for a code, and the white square that belongs under it."""
    for picture in pictures:
        if picture.dark is not None:
            margin, modules = expected.code(place, picture.dark)
            wanted = (modules.left, modules.top, modules.size, modules.size)
            near = all(abs(a - b) <= TOLERANCE for a, b in zip(picture.box, wanted, strict=True))
            if near and picture.colour == modules.colour:
                return picture, [margin]
    return None, []


def _where(box: tuple[float, float, float, float]) -> str:
    left, top, width, height = box
    return f"距左{left:.0f}毫米、距上{top:.0f}毫米，{width:.0f}×{height:.0f}毫米"


def shapes(found: Sequence[Shape], paths: Iterable[Path]) -> tuple[list[Note], list[Shape]]:
    """Shapes that are missing or were added; and those that were added."""
    left = list(found)
    missing = 0
    for path in paths:
        for wanted in _wanted(path):
            same = next((one for one in left if _same(one, wanted)), None)
            if same is None:
                missing += 1
            else:
                left.remove(same)
    notes = [Note("page.shape", "线条和图形", f"缺少{missing}处")] if missing else []
    notes += [
        Note("page.shape", "线条和图形", f"多出的图形，{_placed(one)}")
        for one in left[:SHAPES_NAMED]
    ]
    return notes, left


def _placed(shape: Shape) -> str:
    left, top, right, bottom = extent(shape.segments)
    return _where((left, top, right - left, bottom - top))


def _wanted(path: Path) -> Iterator[Shape]:
    """What is drawn of an expected path: the filled area, then the line."""
    segments: tuple[Segment, ...] = tuple(cubic(path.segments))
    if path.fill is not None:
        yield Shape(segments, path.fill, None, 0.0, path.even_odd, 0)
    if path.stroke is not None:
        yield Shape(segments, None, path.stroke.colour, path.stroke.width, False, 0)


def _same(one: Shape, other: Shape) -> bool:
    return (
        _near(one.fill, other.fill)
        and _near(one.stroke, other.stroke)
        and abs(one.width - other.width) <= WIDTH_TOLERANCE
        and one.even_odd == other.even_odd
        and len(one.segments) == len(other.segments)
        and all(
            a[0] == b[0]
            and len(a) == len(b)
            and all(abs(x - y) <= TOLERANCE for x, y in zip(a[1:], b[1:], strict=True))
            for a, b in zip(one.segments, other.segments, strict=True)
        )
    )


def _near(one: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(abs(a - b) <= COLOUR_TOLERANCE for a, b in zip(one, other, strict=True))


def background(art: Art | None, expected: Expected) -> tuple[list[Note], list[Shape]]:
    """Whether the background is that of the layout; and what it draws besides."""
    if art is None:
        return [Note("page.background", "底纹和边框", "缺失")], []
    further: list[Shape] = []

    def judge() -> bool:
        notes, left = shapes(art.read(), expected.page.artwork.paths)
        further.extend(left)
        return not notes

    if _remembered((expected.layout, _digest(art.data)), judge):
        return [], []
    return [Note("page.background", "底纹和边框", "被改动")], further


def seal(found: Seal, expected: Expected) -> list[Note]:
    """Whether the seal stands in its place and is no more than red ink."""
    place = expected.layout.seal
    if place is None:
        return [Note("page.seal", "印章", _where(found.box))]
    radius = place.diameter / 2
    wanted = (place.x - radius, place.y - radius, place.diameter, place.diameter)
    if not all(abs(a - b) <= TOLERANCE for a, b in zip(found.box, wanted, strict=True)):
        return [Note("page.seal", "印章", _where(found.box), _where(wanted))]
    if _remembered((None, _digest(found.data)), lambda: _only_ink(found.read())):
        return []
    return [Note("page.seal", "印章", "印章图形中另有内容")]


def _only_ink(drawn: Drawn) -> bool:
    """A seal is red shapes and nothing else."""
    alien = drawn.notes or drawn.glyphs or drawn.pictures or drawn.art
    return not alien and all(_near(one.fill or one.stroke, RED) for one in drawn.shapes)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _remembered(key: tuple[object, bytes], judge: Callable[[], bool]) -> bool:
    """A judgement that was made before, or the one made now; only what was found right is kept."""
    if key in _judged:
        return True
    right = judge()
    if right:
        _judged[key] = True
        while len(_judged) > JUDGED_KEPT:
            _judged.popitem(last=False)
    return right
