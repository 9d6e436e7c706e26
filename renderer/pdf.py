"""A page as PDF/A-3b (ISO 19005-3), written by hand.

The file has one shape, and nothing is drawn that `compose` did not put on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from renderer import icc
from renderer.attachment import Attachment
from renderer.deflate import begun, continued, deflate
from renderer.fingerprint import fingerprint
from renderer.info import LANGUAGE, PRODUCER, DocumentInfo
from renderer.page import PIXELS, Artwork, Deflated, Frame, Modules, Page
from renderer.pdf_content import Content, font_names, millimetres, points
from renderer.pdf_fonts import add_font
from renderer.pdf_objects import (
    ObjectTable,
    day,
    name,
    plain_stream,
    stream,
    text_string,
)
from renderer.pdf_signature import SignatureSlot, add_slot, form_entry, punch
from renderer.xmp import packet

CONTENT_DEFLATE_LEVEL = 1
"""Each page's content is compressed anew: level 4 takes half as long again to save 1 %."""

OUTPUT_CONDITION = "sRGB IEC61966-2.1"

_artworks: WeakKeyDictionary[Artwork, Deflated] = WeakKeyDictionary()


@dataclass(frozen=True)
class PdfFile:
    """A PDF and, where it has a signature slot, what signing needs to know.

    `hole` are the offsets of `<` and one past `>` of /Contents, whose digits are zeros;
    `byte_range` those of the run inside /ByteRange[…], which names everything but the hole.
    """

    data: bytes
    hole: tuple[int, int] | None = None
    byte_range: tuple[int, int] | None = None


def _artwork(artwork: Artwork) -> Deflated:
    """What a layout draws on every page, written and compressed once."""
    known = _artworks.get(artwork)
    if known is None:
        content = Content()
        content.marks(artwork.paths)
        known = _artworks[artwork] = deflate(content.bytes())
    return known


@cache
def _profile() -> Deflated:
    return deflate(icc.srgb())


_frames: WeakKeyDictionary[Frame, Deflated] = WeakKeyDictionary()


def _frame(page: Page, names: Mapping[str, str]) -> Deflated:
    """The beginning of a page's stream: the artwork called by name, then the frame. Kept."""
    known = _frames.get(page.frame)
    if known is None:
        content = Content(f"{millimetres(page.height)}/Art Do", names, page.fonts)
        content.marks(page.frame.marks)
        known = _frames[page.frame] = begun(content.bytes() + b"\n")
    return known


def _content(page: Page, names: Mapping[str, str]) -> Deflated:
    """The page's own stream."""
    content = Content("", names, page.fonts)
    content.marks(page.own)
    return continued(_frame(page, names), content.bytes(), CONTENT_DEFLATE_LEVEL)


def _add_attachments(table: ObjectTable, attachments: Sequence[Attachment], date: str) -> str:
    """Write associated files (ISO 19005-3, 6.8); the catalogue's entries for them."""
    specifications: dict[str, int] = {}
    for attachment in attachments:
        file = table.add(
            *stream(
                f"/Type/EmbeddedFile/Subtype{name(attachment.media_type)}"
                f"/Params<</Size {len(attachment.data)}/ModDate{date}>>",
                attachment.deflated,
            )
        )
        title = text_string(attachment.name)
        specifications[title] = table.add(
            (
                f"<</Type/Filespec/F{title}/UF{title}/Desc{text_string(attachment.description)}"
                f"/AFRelationship/Data/EF<</F {file} 0 R/UF {file} 0 R>>>>"
            ).encode()
        )
    if not specifications:
        return ""
    files = " ".join(f"{number} 0 R" for number in specifications.values())
    tree = "".join(f"{title}{number} 0 R" for title, number in sorted(specifications.items()))
    return f"/AF[{files}]/Names<</EmbeddedFiles<</Names[{tree}]>>>>"


def _add_info(table: ObjectTable, info: DocumentInfo, date: str) -> int:
    """The Info dictionary, which says what the XMP packet says (ISO 19005-3, 6.6.2.3)."""
    return table.add(
        (
            f"<</Title{text_string(info.document_title)}/Author{text_string(info.authority)}"
            f"/Keywords{text_string(', '.join(info.keywords))}"
            f"/Creator{text_string(PRODUCER)}/Producer{text_string(PRODUCER)}"
            f"/CreationDate{date}/ModDate{date}>>"
        ).encode()
    )


def _add_output_intent(table: ObjectTable) -> str:
    """The profile that gives DeviceRGB its meaning; the catalogue's entry for it."""
    profile = table.add(*stream("/N 3", _profile()))
    condition = text_string(OUTPUT_CONDITION)
    return (
        f"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier{condition}"
        f"/Info{condition}/DestOutputProfile {profile} 0 R>>]"
    )


def _add_resources(table: ObjectTable, page: Page, names: Mapping[str, str]) -> str:
    """Fonts and artwork of the page; its resource dictionary."""
    fonts = "".join(
        f"{label} {add_font(table, page.fonts[key])} 0 R" for key, label in names.items()
    )
    box = f"/BBox[0 0 {page.width} {page.height}]"  # in mm: the form is drawn under the page's cm
    art = table.add(
        *stream(f"/Type/XObject/Subtype/Form{box}/Resources<<>>", _artwork(page.artwork))
    )
    images = "".join(
        f"/Code{number} {_add_image(table, mark)} 0 R"
        for number, mark in enumerate(mark for mark in page.own if isinstance(mark, Modules))
    )
    return f"<</Font<<{fonts}>>/XObject<</Art {art} 0 R{images}>>>>"


def _add_image(table: ObjectTable, modules: Modules) -> int:
    """The image of a code (8.9.6.2): a mask, painted where its bits are 1."""
    side = modules.count * PIXELS
    return table.add(
        *stream(
            f"/Type/XObject/Subtype/Image/Width {side}/Height {side}/ImageMask true"
            "/BitsPerComponent 1/Decode[1 0]"
            f"/DecodeParms<</Predictor 15/Colors 1/BitsPerComponent 1/Columns {side}>>",
            modules.image,
        )
    )


def write(
    page: Page,
    info: DocumentInfo,
    attachments: Sequence[Attachment] = (),
    slot: SignatureSlot | None = None,
) -> PdfFile:
    """The page as a PDF/A-3b file; with a `slot`, ready to be signed.

    The same arguments give the same bytes.
    """
    table = ObjectTable()
    catalogue, tree, sheet = table.number(), table.number(), table.number()
    names, date = font_names(page), day(info.issued_on)
    resources = _add_resources(table, page, names)
    content, metadata_packet = _content(page, names), packet(info)
    contents = table.add(*stream("", content))
    entries = _add_output_intent(table)
    metadata = table.add(*plain_stream("/Type/Metadata/Subtype/XML", metadata_packet))
    entries += _add_attachments(table, attachments, date)
    info_number = _add_info(table, info, date)
    placed = add_slot(table, slot, sheet, page.height) if slot else None
    annotations = ""
    if placed:
        entries += form_entry(placed)
        annotations = f"/Annots[{placed.widget} 0 R]"
    table.put(
        sheet,
        (
            f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {points(page.width)}"
            f" {points(page.height)}]/Resources{resources}/Contents {contents} 0 R{annotations}>>"
        ).encode(),
    )
    table.put(tree, f"<</Type/Pages/Kids[{sheet} 0 R]/Count 1>>".encode())
    table.put(
        catalogue,
        (
            f"<</Type/Catalog/Pages {tree} 0 R/Lang({LANGUAGE})/Metadata {metadata} 0 R"
            f"/ViewerPreferences<</DisplayDocTitle true>>{entries}>>"
        ).encode(),
    )
    identifier = fingerprint(
        (
            content,
            metadata_packet,
            *(font.deflated for font in page.fonts.values()),
            *(attachment.deflated for attachment in attachments),
        )
    )
    data = table.file(catalogue, info_number, identifier)
    if placed is None:
        return PdfFile(data)
    filled = bytearray(data)
    hole, byte_range = punch(filled, placed)
    return PdfFile(bytes(filled), hole, byte_range)
