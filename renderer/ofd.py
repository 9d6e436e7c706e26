"""A page as an OFD package (GB/T 33190-2016), written by hand, ready to be sealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

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
from renderer.page import Deflated, Page
from renderer.png import png
from renderer.zip_archive import archive


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
    background = template(page.artwork)
    content = page_content(page, background.next_id)
    fonts = [(content.font_ids[key], page.fonts[key]) for key in page.font_keys]
    has_tags = bool(content.shown)
    entries: list[tuple[str, bytes | Deflated]] = [
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
    resources = f"{DOCUMENT_FOLDER}/{RESOURCE_FOLDER}"
    entries += (
        (f"{resources}/{ofd_parts.font_file(index)}", font.deflated)
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
    identifier = uuid.UUID(bytes=fingerprint(part for _, part in entries), version=5)
    root = ofd_parts.root(info, identifier.hex, to_be_sealed)
    return archive([(ROOT, root), *entries])
