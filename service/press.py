"""The press: from what is printed to one signed PDF and one sealed OFD. No disk, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from renderer import ofd, overprint, pdf
from renderer.attachment import Attachment
from renderer.compose import Code, Content, compose
from renderer.errors import LayoutError
from renderer.info import DocumentInfo
from renderer.layout import Layout
from renderer.layout_parts import SealPlace
from renderer.page import Page
from renderer.pdf import PdfFile
from renderer.pdf_signature import SignatureSlot
from renderer.seal_art import SealArt
from renderer.values import printed, printed_date
from service.levels import PLAIN, Levels
from signing import ofd_seal, pades
from signing.ofd_seal import SealSigner
from signing.ofd_signature_xml import Box
from signing.pades import PdfSigner
from verify.dataset import FILE_NAME

SAMPLE = overprint.SAMPLE
CANCELLED = "已注销"
DEVELOPMENT_NOTICE = overprint.DEVELOPMENT_NOTICE
PREVIEW_NOTICE = "预览样本，未签章，无法律效力"
PREVIEW_CODE = "SEALPRESS PREVIEW"
"""What a preview's code says where there is no certificate yet: nothing that resolves."""


@dataclass(frozen=True)
class AuthoritySeal:
    """What an authority signs with: a PDF signer, a seal signer, and the seal's picture."""

    name: str
    pdf: PdfSigner
    seal: SealSigner
    art: SealArt


@dataclass(frozen=True)
class Pair:
    """One certificate in both formats."""

    pdf: bytes
    ofd: bytes


@dataclass(frozen=True)
class Sheet:
    """Everything that one certificate's two files are made of.

    `code` is the whole content of our QR code, `platform_code` that of the platform's, if there is
    one; `dataset` is the canonical JSON that travels inside.
    """

    layout: Layout
    content: Content
    license_id: str
    code: str
    dataset: bytes
    development: bool
    platform_code: str | None = None

    @property
    def codes(self) -> tuple[Code, ...]:
        """What is printed: the platform's code first, ours where the layout has a second place."""
        if not self.platform_code:
            return (Code(self.code),)
        return (Code(self.platform_code), Code(self.code))[: len(self.layout.geometry.codes)]


def press(
    sheet: Sheet, authority: AuthoritySeal, signed_at: datetime, levels: Levels = PLAIN
) -> Pair:
    """Compose once, write and sign both files, at the levels asked for or not at all.

    Raises:
        renderer.errors.Refused: a value cannot be drawn.
        signing.errors.SigningError: a key or certificate cannot be used, or no time stamp is to
            be had where the levels ask for one.
    """
    page = compose(
        sheet.layout,
        sheet.content,
        sheet.codes,
        watermark=SAMPLE if sheet.development else None,
        notice=DEVELOPMENT_NOTICE if sheet.development else None,
    )
    info = document_info(sheet)
    files = [Attachment(FILE_NAME, sheet.dataset, "application/json", "签名数据集")]
    slot = signature_slot(sheet.layout, authority, signed_at, levels)
    file = pdf.write(page, info, files, slot)
    package = ofd.write_file(page, info, files, to_be_sealed=True)
    return Pair(
        pdf=levels.raised(_signed(file, authority)),
        ofd=ofd_seal.seal(
            package.data,
            levels.sealing(authority.seal),
            seal_box(sheet.layout),
            signed_at,
            unpacked=package.unpacked,
        ),
    )


def preview(
    layout: Layout, content: Content, code: str | None = None, watermark: str = SAMPLE
) -> Page:
    """The page as an unsigned preview: marked across, without a seal."""
    return compose(
        layout, content, [Code(code or PREVIEW_CODE)], watermark=watermark, notice=PREVIEW_NOTICE
    )


def preview_info(layout: Layout, content: Content) -> DocumentInfo:
    """What a preview says of itself."""
    return DocumentInfo(layout.title, content.number, "", content.authority, content.issued_on)


def document_info(sheet: Sheet) -> DocumentInfo:
    """What both files say of themselves."""
    content, layout = sheet.content, sheet.layout
    return DocumentInfo(
        title=layout.title,
        number=content.number,
        license_id=sheet.license_id,
        authority=content.authority,
        issued_on=content.issued_on,
        fields=printed_fields(layout, content),
    )


def printed_fields(layout: Layout, content: Content) -> Mapping[str, str]:
    """Printed labels and the values as printed: dates in Chinese form."""
    shown = {"证书编号": content.number}
    for key, field in layout.fields.items():
        shown[field.label] = printed(field.format, content.face.get(key, ""), field.unit) or ""
    return shown | {
        "发证机关": content.authority,
        "发证日期": printed_date(content.issued_on) or "",
    }


def signature_slot(
    layout: Layout, authority: AuthoritySeal, signed_at: datetime, levels: Levels = PLAIN
) -> SignatureSlot:
    """The place of the PDF's signature, and what the signature says.

    Raises:
        LayoutError: the layout has no place for a seal.
    """
    place = _seal_place(layout)
    return SignatureSlot(
        art=authority.art,
        place=(place.x, place.y, place.diameter),
        signed_at=signed_at,
        name=authority.name,
        reason=f"签发{layout.title}",
        contents_bytes=levels.contents_bytes,
    )


def seal_box(layout: Layout) -> Box:
    """Where the OFD's seal stands: x, y, width and height in mm from the top left.

    Raises:
        LayoutError: the layout has no place for a seal.
    """
    place = _seal_place(layout)
    radius = place.diameter / 2
    return (place.x - radius, place.y - radius, place.diameter, place.diameter)


def _seal_place(layout: Layout) -> SealPlace:
    if layout.seal is None:
        raise LayoutError(f"{layout.id}: the layout has no [seal], so it cannot be issued")
    return layout.seal


def _signed(file: PdfFile, authority: AuthoritySeal) -> bytes:
    if file.hole is None or file.byte_range is None:
        raise LayoutError("the PDF was written without a place for its signature")
    return pades.sign(file.data, file.hole, file.byte_range, authority.pdf)
