"""The parts of an OFD that draw nothing: entry, document, resources, attachments, tags.

Elements stand in the order of the standard's schemas, which some readers insist on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from renderer.attachment import Attachment
from renderer.decimals import decimal
from renderer.info import PRODUCER, DocumentInfo
from renderer.ofd_names import (
    ATTACHMENTS,
    CUSTOM_TAGS,
    DOCUMENT,
    DOCUMENT_RESOURCES,
    FACE_NAMESPACE,
    FACE_TAGS,
    PAGE,
    PAGE_ID,
    PUBLIC_RESOURCES,
    RESOURCE_FOLDER,
    SIGNATURES,
    TEMPLATE,
    TEMPLATE_ID,
    XMLNS,
    within_document,
)
from renderer.page import Page, Subset
from renderer.xml_text import DECLARATION, escape


def root(info: DocumentInfo, document_id: str, to_be_sealed: bool) -> bytes:
    """OFD.xml (7.4). A document that will be sealed names its signatures beforehand.

    The seal covers this part too, so it must be final before the first signature.
    """
    keywords = "".join(f"<ofd:Keyword>{escape(word)}</ofd:Keyword>" for word in info.keywords)
    custom = "".join(
        f'<ofd:CustomData Name="{escape(label)}">{escape(value)}</ofd:CustomData>'
        for label, value in info.fields.items()
    )
    signatures = f"<ofd:Signatures>{SIGNATURES}</ofd:Signatures>" if to_be_sealed else ""
    return (
        f'{DECLARATION}<ofd:OFD {XMLNS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{document_id}</ofd:DocID><ofd:Title>{escape(info.document_title)}</ofd:Title>"
        f"<ofd:Author>{escape(info.authority)}</ofd:Author>"
        f"<ofd:CreationDate>{info.issued_on}</ofd:CreationDate>"
        + (f"<ofd:Keywords>{keywords}</ofd:Keywords>" if keywords else "")
        + f"<ofd:Creator>{PRODUCER}</ofd:Creator>"
        + (f"<ofd:CustomDatas>{custom}</ofd:CustomDatas>" if custom else "")
        + f"</ofd:DocInfo><ofd:DocRoot>{DOCUMENT}</ofd:DocRoot>{signatures}"
        "</ofd:DocBody></ofd:OFD>"
    ).encode()


def document(page: Page, max_id: int, has_images: bool, has_tags: bool, has_files: bool) -> bytes:
    """Document.xml (7.5): one page on one template."""
    images = (
        f"<ofd:DocumentRes>{within_document(DOCUMENT_RESOURCES)}</ofd:DocumentRes>"
        if has_images
        else ""
    )
    tags = f"<ofd:CustomTags>{within_document(CUSTOM_TAGS)}</ofd:CustomTags>" if has_tags else ""
    attachments = (
        f"<ofd:Attachments>{within_document(ATTACHMENTS)}</ofd:Attachments>" if has_files else ""
    )
    return (
        f"{DECLARATION}<ofd:Document {XMLNS}><ofd:CommonData><ofd:MaxUnitID>{max_id}"
        "</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 "
        f"{decimal(page.width)} {decimal(page.height)}</ofd:PhysicalBox></ofd:PageArea>"
        f"<ofd:PublicRes>{within_document(PUBLIC_RESOURCES)}</ofd:PublicRes>{images}"
        f'<ofd:TemplatePage ID="{TEMPLATE_ID}" ZOrder="Background" '
        f'BaseLoc="{within_document(TEMPLATE)}"/></ofd:CommonData><ofd:Pages>'
        f'<ofd:Page ID="{PAGE_ID}" BaseLoc="{within_document(PAGE)}"/></ofd:Pages>'
        f"{tags}{attachments}</ofd:Document>"
    ).encode()


def font_file(index: int) -> str:
    """The name of the n-th font's file within the resource folder."""
    return f"font_{index}.ttf"


def public_resources(fonts: Iterable[tuple[int, Subset]]) -> bytes:
    """PublicRes.xml (7.9): the embedded fonts with their identifiers, under their real names."""
    listed = "".join(
        f'<ofd:Font ID="{identifier}" FontName="{escape(font.family)}" '
        f'FamilyName="{escape(font.family)}" Bold="{"true" if font.bold else "false"}">'
        f"<ofd:FontFile>{font_file(index)}</ofd:FontFile></ofd:Font>"
        for index, (identifier, font) in enumerate(fonts)
    )
    return (
        f'{DECLARATION}<ofd:Res {XMLNS} BaseLoc="{RESOURCE_FOLDER}">'
        f"<ofd:Fonts>{listed}</ofd:Fonts></ofd:Res>"
    ).encode()


def image_file(index: int) -> str:
    """The name of the n-th code's image within the resource folder."""
    return f"code_{index}.png"


def document_resources(images: Iterable[int]) -> bytes:
    """DocumentRes.xml (7.9): the images with these identifiers."""
    listed = "".join(
        f'<ofd:MultiMedia ID="{identifier}" Type="Image" Format="PNG">'
        f"<ofd:MediaFile>{image_file(index)}</ofd:MediaFile></ofd:MultiMedia>"
        for index, identifier in enumerate(images)
    )
    return (
        f'{DECLARATION}<ofd:Res {XMLNS} BaseLoc="{RESOURCE_FOLDER}">'
        f"<ofd:MultiMedias>{listed}</ofd:MultiMedias></ofd:Res>"
    ).encode()


def attachment_list(attachments: Sequence[Attachment], date: str) -> bytes:
    """Attachments.xml (ch. 20); sizes in kilobytes. `Visible` is about the page, not the list."""
    listed = "".join(
        f'<ofd:Attachment ID="a{index}" Name="{escape(attachment.name)}" '
        f'Format="{escape(attachment.name.rpartition(".")[2])}" CreationDate="{date}T00:00:00" '
        f'Size="{decimal(len(attachment.data) / 1024)}" Visible="false">'
        f"<ofd:FileLoc>{escape(attachment.name)}</ofd:FileLoc></ofd:Attachment>"
        for index, attachment in enumerate(attachments, 1)
    )
    return f"{DECLARATION}<ofd:Attachments {XMLNS}>{listed}</ofd:Attachments>".encode()


def custom_tags() -> bytes:
    """CustomTags.xml (ch. 16): where the tags of the face are."""
    return (
        f'{DECLARATION}<ofd:CustomTags {XMLNS}><ofd:CustomTag NameSpace="{FACE_NAMESPACE}">'
        f"<ofd:FileLoc>{FACE_TAGS.rpartition('/')[2]}</ofd:FileLoc></ofd:CustomTag>"
        "</ofd:CustomTags>"
    ).encode()


def face_tags(shown: Mapping[str, Sequence[int]]) -> bytes:
    """The tags: for each field the TextObjects that show it, in reading order."""
    fields = "".join(
        f'<face:Field Key="{escape(key)}">'
        + "".join(f'<ofd:ObjectRef PageRef="{PAGE_ID}">{i}</ofd:ObjectRef>' for i in identifiers)
        + "</face:Field>"
        for key, identifiers in shown.items()
    )
    return (
        f'{DECLARATION}<face:Face xmlns:face="{FACE_NAMESPACE}" {XMLNS}>{fields}</face:Face>'
    ).encode()
