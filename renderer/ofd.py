"""A page as an OFD package (GB/T 33190-2016), written by hand, ready to be sealed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from renderer import ofd_parts
from renderer.attachment import Attachment
from renderer.fingerprint import fingerprint
from renderer.info import DocumentInfo
from renderer.ofd_content import page_content, template
from renderer.ofd_names import (
    ATTACHMENTS,
    CUSTOM_TAGS,
    DOCUMENT,
    DOCUMENT_FOLDER,
    DOCUMENT_RESOURCES,
    FACE_TAGS,
    PAGE,
    PUBLIC_RESOURCES,
    RESOURCE_FOLDER,
    ROOT,
    TEMPLATE,
)
from renderer.page import Page, Stored
from renderer.png import png
from renderer.zip_archive import Content, archive


@dataclass(frozen=True)
class OfdFile:
    """An OFD package, and those of its parts that were at hand unpacked, by their names.

    Whoever digests the parts need not unpack them again.
    """

    data: bytes
    unpacked: Mapping[str, bytes]


def write(
    page: Page,
    info: DocumentInfo,
    attachments: Sequence[Attachment] = (),
    to_be_sealed: bool = False,
) -> bytes:
    """The page as an OFD file.

    With `to_be_sealed`, OFD.xml names `Doc_0/Signs/Signatures.xml`, which sealing then adds; no
    other part changes by it. The same arguments give the same bytes.
    """
    return write_file(page, info, attachments, to_be_sealed).data


def write_file(
    page: Page,
    info: DocumentInfo,
    attachments: Sequence[Attachment] = (),
    to_be_sealed: bool = False,
) -> OfdFile:
    """The same as `write`, with what sealing it would otherwise have to unpack."""
    background = template(page.artwork)
    content = page_content(page, background.next_id)
    fonts = [(content.font_ids[key], page.fonts[key]) for key in page.font_keys]
    has_tags = bool(content.shown)
    entries: list[tuple[str, Content]] = [
        (
            DOCUMENT,
            ofd_parts.document(
                page, content.max_id, bool(content.images), has_tags, bool(attachments)
            ),
        ),
        (PUBLIC_RESOURCES, ofd_parts.public_resources(fonts)),
        (PAGE, content.part),
        (TEMPLATE, background.part),
    ]
    unpacked = {PAGE: content.text}
    resources = f"{DOCUMENT_FOLDER}/{RESOURCE_FOLDER}"
    # Stored, so that a seal need not digest it twice, unpacked and packed: SM3 is slow, and a
    # subset shrinks by a fifth only, which is a twentieth of the sealed file.
    entries += (
        (f"{resources}/{ofd_parts.font_file(index)}", Stored(font.data, font.deflated.crc32))
        for index, (_, font) in enumerate(fonts)
    )
    if content.images:
        entries.append((DOCUMENT_RESOURCES, ofd_parts.document_resources(content.images)))
        entries += (
            (f"{resources}/{ofd_parts.image_file(index)}", png(code))
            for index, code in enumerate(content.images.values())
        )
    if has_tags:
        entries += [
            (CUSTOM_TAGS, ofd_parts.custom_tags()),
            (FACE_TAGS, ofd_parts.face_tags(content.shown)),
        ]
    if attachments:
        folder = ATTACHMENTS.rpartition("/")[0]
        entries.append((ATTACHMENTS, ofd_parts.attachment_list(attachments, info.issued_on)))
        entries += ((f"{folder}/{a.name}", a.deflated) for a in attachments)
        unpacked |= {f"{folder}/{a.name}": a.data for a in attachments}
    identifier = uuid.UUID(bytes=fingerprint(part for _, part in entries), version=5)
    root = ofd_parts.root(info, identifier.hex, to_be_sealed)
    return OfdFile(archive([(ROOT, root), *entries]), unpacked)
