"""The names of an OFD package: its namespace, its parts, its fixed identifiers (GB/T 33190).

Only `OFD.xml` has a prescribed name; the others are the customary ones, some of which readers take
for granted. Locations are relative to the file that holds them (7.3, ST_Loc).
"""

from __future__ import annotations

NAMESPACE = "http://www.ofdspec.org/2016"
XMLNS = f'xmlns:ofd="{NAMESPACE}"'
"""Every element carries the prefix: some readers look for `ofd:` instead of the namespace."""

DOCUMENT_FOLDER = "Doc_0"
ROOT = "OFD.xml"
DOCUMENT = f"{DOCUMENT_FOLDER}/Document.xml"
PUBLIC_RESOURCES = f"{DOCUMENT_FOLDER}/PublicRes.xml"
DOCUMENT_RESOURCES = f"{DOCUMENT_FOLDER}/DocumentRes.xml"
RESOURCE_FOLDER = "Res"
PAGE = f"{DOCUMENT_FOLDER}/Pages/Page_0/Content.xml"
TEMPLATE = f"{DOCUMENT_FOLDER}/Tpls/Tpl_0/Content.xml"
ATTACHMENTS = f"{DOCUMENT_FOLDER}/Attachs/Attachments.xml"
CUSTOM_TAGS = f"{DOCUMENT_FOLDER}/Tags/CustomTags.xml"
FACE_TAGS = f"{DOCUMENT_FOLDER}/Tags/Face.xml"
SIGNATURES = f"{DOCUMENT_FOLDER}/Signs/Signatures.xml"

FACE_NAMESPACE = "urn:sealpress:face:1"
"""The namespace of the tags that bind a certificate's fields to the text that shows them."""

PAGE_ID, TEMPLATE_ID, PAGE_LAYER_ID, TEMPLATE_LAYER_ID = 1, 2, 3, 4
FIRST_FREE_ID = 5
"""Identifiers are unique in a document (7.3, ST_ID); objects are numbered from here."""


def within_document(part: str) -> str:
    """A part's location as seen from Document.xml."""
    return part.removeprefix(f"{DOCUMENT_FOLDER}/")
