"""The place for a signature: field, widget, appearance, and a hole for the CMS.

The signature belongs to the first revision, so that the file has one revision and nothing of it
lies outside the signature (ISO 32000-1, 12.7.4.5 and 12.8; ETSI EN 319 142-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from renderer.deflate import deflate
from renderer.page import Deflated
from renderer.pdf_content import Content, millimetres, points
from renderer.pdf_objects import ObjectTable, moment, stream, text_string
from renderer.seal_art import SealArt

FIELD_NAME = "Seal"
FIELD_LABEL = "电子印章"

OPACITY = 0.8
"""Of the seal's ink. It is multiplied with what lies under it, as ink is: text stays readable."""

PRINTED_AND_LOCKED = 4 | 128
"""Annotation flags (12.5.3): PDF/A demands Print; Locked keeps editors from moving the seal."""

SIGNATURES_EXIST_APPEND_ONLY = 3

CONTENTS_BYTES = 6144
"""Room for a CMS with two certificates and, later, a timestamp and revocation data."""

RUN_WIDTH = 44
"""Characters kept for the four numbers of /ByteRange: `0` and three of up to ten digits."""

RESOURCES = f"/ExtGState<</Ink<</Type/ExtGState/ca {OPACITY}/CA {OPACITY}/BM/Multiply>>>>"

_appearances: WeakKeyDictionary[SealArt, Deflated] = WeakKeyDictionary()


@dataclass(frozen=True)
class SignatureSlot:
    """What a signature will say and where its seal stands.

    `place` is the seal's centre and diameter in mm (x, y, d); `signed_at` must carry a zone;
    `contents_bytes` is the room for the CMS.
    """

    art: SealArt
    place: tuple[float, float, float]
    signed_at: datetime
    name: str
    reason: str
    contents_bytes: int = CONTENTS_BYTES


@dataclass(frozen=True)
class Placed:
    """The objects of a slot in a file, and where its signature dictionary begins."""

    widget: int
    dictionary_at: int


def _appearance(art: SealArt) -> Deflated:
    """The seal's picture as content of a form; compressed once for each seal."""
    known = _appearances.get(art)
    if known is None:
        content = Content(f"/Ink gs {millimetres(art.diameter)}")
        content.marks(art.paths)
        known = _appearances[art] = deflate(content.bytes())
    return known


def _rectangle(slot: SignatureSlot, page_height: float) -> str:
    """The widget's rectangle in points from the bottom left."""
    x, y, diameter = slot.place
    left, bottom = x - diameter / 2, page_height - y - diameter / 2
    return " ".join(map(points, (left, bottom, left + diameter, bottom + diameter)))


def add_slot(table: ObjectTable, slot: SignatureSlot, page: int, page_height: float) -> Placed:
    """Write the objects of a slot on the page with object number `page`."""
    side = points(slot.art.diameter)
    form = table.add(
        *stream(
            f"/Type/XObject/Subtype/Form/BBox[0 0 {side} {side}]/Resources<<{RESOURCES}>>",
            _appearance(slot.art),
        )
    )
    signature = table.number()
    widget = table.add(
        (
            f"<</Type/Annot/Subtype/Widget/FT/Sig/T{text_string(FIELD_NAME)}"
            f"/TU{text_string(FIELD_LABEL)}/F {PRINTED_AND_LOCKED}"
            f"/Rect[{_rectangle(slot, page_height)}]/P {page} 0 R/V {signature} 0 R"
            f"/AP<</N {form} 0 R>>>>"
        ).encode()
    )
    # The hole and the byte range come first: nothing that a caller names can be taken for them.
    dictionary_at = table.put(
        signature,
        f"<</Type/Sig/ByteRange[{' ' * RUN_WIDTH}]/Contents<".encode(),
        b"0" * (2 * slot.contents_bytes),
        (
            ">/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
            f"/Name{text_string(slot.name)}/Reason{text_string(slot.reason)}"
            f"/M{moment(slot.signed_at)}>>"
        ).encode(),
    )
    return Placed(widget, dictionary_at)


def form_entry(placed: Placed) -> str:
    """The catalogue's entry for the form that holds the signature field."""
    return f"/AcroForm<</Fields[{placed.widget} 0 R]/SigFlags {SIGNATURES_EXIST_APPEND_ONLY}>>"


def punch(data: bytearray, placed: Placed) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the hole and the byte range in a finished file, and fill in the byte range.

    Returns the offsets of the hole (`<` and one past `>`) and of the run inside /ByteRange[…].
    """
    run = data.index(b"[", placed.dictionary_at) + 1
    hole = data.index(b"<", run + RUN_WIDTH)
    end = data.index(b">", hole) + 1
    numbers = f"0 {hole} {end} {len(data) - end}"
    data[run : run + RUN_WIDTH] = numbers.ljust(RUN_WIDTH).encode()
    return (hole, end), (run, run + RUN_WIDTH)
