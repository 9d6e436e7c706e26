"""The check `shown`: the page of a file against the data set that it carries."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from renderer.layout import Layout
from renderer.page import Path
from verify import code as codes
from verify import conclude as c
from verify.check import Check, CheckState, Examination
from verify.fault import Fault, Untold, said
from verify.limits import SHOWN_GLYPHS
from verify.shown import expected as wanted
from verify.shown import marks, matching
from verify.shown.drawn import Drawn, Note, Shape, extent, printable
from verify.shown.expected import Expected
from verify.shown.outcome import Shown, unlooked
from verify.verdict import Altered

if TYPE_CHECKING:
    from signing.trust import TrustAnchors
    from verify.dataset import DataSet

_log: Final = logging.getLogger(__name__)

LABELS_TOLD: Final = 8
"""Of what differs, in a check's reason; the whole list stands beside it."""

REPORTED: Final = 64
"""Differences reported at most."""


def judge(examination: Examination, data: bytes, found: DataSet, anchors: TrustAnchors) -> Shown:
    """The page of an examined PDF or OFD against the data set in it, read; never raises."""
    kind, carried = examination.kind, examination.dataset or b""
    try:
        layout = wanted.layout_of(found)
        known = _as_written(examination, layout, found)
        if known is None:
            notes, texts = _differences(_read(examination, data), layout, carried, found, anchors)
        else:
            notes, texts = (
                [note for text in known for note in _of_code(text, carried, anchors)],
                known,
            )
    except Untold as untold:
        return unlooked(untold.reason)
    except Fault as fault:
        return Shown(Check(c.SHOWN, CheckState.FAILED, fault.reason))
    except Exception as error:
        _log.debug("looking at the page of a file of the kind %s", kind, exc_info=True)
        name = type(error).__name__
        return Shown(
            Check(c.SHOWN, CheckState.FAILED, said("页面无法核对", f"an unexpected {name}"))
        )
    if not notes:
        reason = said("页面显示与签名数据一致", "the page shows what was signed")
        return Shown(Check(c.SHOWN, CheckState.PASSED, reason), codes=texts)
    labels = list(dict.fromkeys(note.label for note in notes))
    named = "、".join(labels[:LABELS_TOLD]) + ("等" if len(labels) > LABELS_TOLD else "")
    reason = said(f"页面显示与签名数据不一致：{named}", "the page does not show what was signed")
    altered = tuple(
        Altered(note.field, note.label, note.signed, note.found) for note in notes[:REPORTED]
    )
    return Shown(Check(c.SHOWN, CheckState.FAILED, reason), altered, texts)


def _differences(
    drawn: Drawn, layout: Layout, carried: bytes, found: DataSet, anchors: TrustAnchors
) -> tuple[list[Note], tuple[str, ...]]:
    """Everything in which the page is not the one expected; and what its codes say."""
    expected = wanted.page(layout, found, development=_marked(drawn, layout))
    seen = marks.codes(drawn.pictures, expected)
    paths = [mark for mark in expected.page.marks if isinstance(mark, Path)]
    drawing, strange = marks.shapes(drawn.shapes, (*paths, *seen.paths))
    ground, further = marks.background(drawn.art, expected)
    added = {id(shape) for shape in strange}
    covers = [
        *(one for one in (*drawn.shapes, *further) if one.fill is not None or id(one) in added),
        *(_cover(one.box, one.order) for one in seen.strange),
    ]
    notes = [
        *_size(drawn, expected),
        *matching.text_differences(drawn, expected, _largest(covers)),
        *seen.notes,
        *(note for text in seen.texts for note in _of_code(text, carried, anchors)),
        *drawing,
        *ground,
        *(() if drawn.seal is None else marks.seal(drawn.seal, expected)),
        *drawn.notes,
    ]
    return list(dict.fromkeys(notes)), seen.texts


def _as_written(examination: Examination, layout: Layout, found: DataSet) -> tuple[str, ...] | None:
    """What the codes say of a page that is just as we write it; None where it must be looked at."""
    from verify.shown import as_written

    opened = examination.opened
    try:
        if examination.kind == "pdf":
            from verify.pdf_file import PdfFile

            return as_written.pdf(opened, layout, found) if isinstance(opened, PdfFile) else None
        from verify.ofd_package import Package

        return as_written.ofd(opened, layout, found) if isinstance(opened, Package) else None
    except Untold:
        raise
    except Exception:
        return None  # whatever is odd about the file, the look at it tells


def _read(examination: Examination, data: bytes) -> Drawn:
    """The page as the file draws it; opened anew where a later revision may have changed it."""
    if examination.kind == "pdf":
        from verify.pdf_file import PdfFile
        from verify.shown import pdf_page

        opened = examination.opened
        drawn = pdf_page.of(opened) if isinstance(opened, PdfFile) else pdf_page.read(data)
    else:
        from verify.ofd_package import Package
        from verify.shown import ofd_page

        package = examination.opened
        drawn = ofd_page.of(package) if isinstance(package, Package) else ofd_page.read(data)
    if len(drawn.glyphs) > SHOWN_GLYPHS:
        raise Fault("页面上的文字过多", "more text than on any page of ours")
    return drawn


def _marked(drawn: Drawn, layout: Layout) -> bool:
    """Whether the page has a mark of a page made with development keys: the word, or the line."""
    word, line = layout.geometry.colours.watermark, layout.geometry.notice.baseline
    return any(shape.fill == word for shape in drawn.shapes) or any(
        abs(glyph.y - line) < 1 for glyph in drawn.glyphs
    )


def _largest(covers: list[Shape]) -> list[Shape]:
    """Of all that is painted over others the largest, as many as are looked at."""

    def area(shape: Shape) -> float:
        left, top, right, bottom = extent(shape.segments)
        return (right - left) * (bottom - top)

    return sorted(covers, key=area, reverse=True)[: matching.COVERS_LOOKED_AT]


def _cover(box: tuple[float, float, float, float], order: int) -> Shape:
    left, top, width, height = box
    return Shape((("M", left, top), ("L", left + width, top + height)), None, None, 0, False, order)


def _size(drawn: Drawn, expected: Expected) -> Iterator[Note]:
    page = expected.page
    if abs(drawn.width - page.width) > 0.05 or abs(drawn.height - page.height) > 0.05:
        found, signed = (f"{one.width:g}×{one.height:g}毫米" for one in (drawn, page))
        yield Note("page.size", "页面大小", found, signed)


def _of_code(text: str, carried: bytes, anchors: TrustAnchors) -> Iterable[Note]:
    """A code of ours must be of this data set, and signed; the platform's tells nothing here."""
    if not codes.is_address(text):
        return ()
    digits = text.rpartition("/")[2]
    signed = codes.decode(digits) if codes.is_content(text, digits) else None
    if signed is None:
        return (Note("code", "二维码", printable(text), "本证的二维码"),)
    if signed.claims.dataset_sha256 != hashlib.sha256(carried).digest():
        return (Note("code", "二维码", f"{signed.claims.number}的二维码", "本证的二维码"),)
    if codes.signature(signed, anchors.code_keys) is CheckState.FAILED:
        return (Note("code", "二维码", "签名无效的二维码", "本证的二维码"),)
    return ()
