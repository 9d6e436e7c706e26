"""What sealing needs of an OFD's own files: where the signatures go, and the ids of the pages.

A plain document, such as those written here, has its elements picked out of its text. That is as
exact as a parser where nothing but elements and text occurs; every other document goes through one.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from signing.errors import MalformedPackage
from signing.ofd_signature_xml import NAMESPACE
from signing.zip_package import ZipPackage

ROOT = "OFD.xml"

MAX_XML_BYTES = 1 << 20
"""Largest OFD.xml, Document.xml or Signatures.xml that is read, bytes; ours have 2,000."""

_NS = {"ofd": NAMESPACE}
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
_PLAIN_ROOT = re.compile(
    rb'<ofd:[A-Za-z]+ xmlns:ofd="' + re.escape(NAMESPACE.encode()) + rb'"(?: [A-Za-z]+="[^"<&]*")*>'
)
_PLAIN_TEXT = re.compile(rb"[^<&\s]+")
_PLAIN_PAGES = re.compile(rb"<ofd:Pages>((?:<ofd:Page [^<&]*/>)+)</ofd:Pages>")
_PLAIN_PAGE = re.compile(rb'<ofd:Page ID="([0-9]+)" BaseLoc="[^"<&]*"/>')


@dataclass(frozen=True)
class Entry:
    """The paths of Signatures.xml and Document.xml within the package."""

    signatures: str
    document: str


@dataclass(frozen=True)
class Listed:
    """One signature as Signatures.xml lists it; `path` is that of its Signature.xml."""

    id: str
    type: str
    path: str


def read_entry(package: ZipPackage) -> Entry:
    """What OFD.xml names; raises MalformedPackage where it does not name both, once."""
    data = _bytes(package, ROOT)
    return _located_entry(*(_plain_entry(data) or _parsed_entry(data)))


@lru_cache(maxsize=64)
def _located_entry(*found: str) -> Entry:
    """The two paths as part names; kept, since packages of one kind name the same."""
    signatures, document = (posixpath.normpath(one.strip()).lstrip("/") for one in found)
    if not signatures.isascii() or "/" not in signatures or signatures.startswith("../"):
        raise MalformedPackage(f"OFD.xml wants its signatures at {signatures!r}, not in a folder")
    return Entry(signatures, document)


def page_ids(package: ZipPackage, document: str) -> list[str | None]:
    """The ids of the pages in their order, None for one without; raises MalformedPackage."""
    data = _bytes(package, document)
    plain = _plain_pages(data)
    if plain is not None:
        return list(plain)
    pages = _parsed(data, document).findall("ofd:Pages/ofd:Page", _NS)
    return [page.get("ID") for page in pages]


def read_signatures(package: ZipPackage, path: str) -> tuple[list[Listed], int]:
    """The signatures there are, and the highest number that an id of theirs ends in.

    Raises MalformedPackage, also where one has no id or no place.
    """
    root = _parsed(_bytes(package, path), path)
    if root.tag != f"{{{NAMESPACE}}}Signatures":
        raise MalformedPackage(f"{path} is there already, but lists no signatures")
    found = []
    for item in root.findall("ofd:Signature", _NS):
        identifier, place = item.get("ID"), item.get("BaseLoc")
        if not identifier or not place:
            raise MalformedPackage(f"{path} lists a signature without an ID or BaseLoc")
        found.append(Listed(identifier, item.get("Type", "Seal"), _located(path, place)))
    ids = [one.id for one in found] + [root.findtext("ofd:MaxSignId", "0", _NS)]
    numbers = [re.search("[0-9]{1,9}$", one.strip()) for one in ids]
    return found, max((int(number[0]) for number in numbers if number), default=0)


def referenced(package: ZipPackage, path: str) -> frozenset[str]:
    """The parts that the Signature.xml at `path` covers; raises MalformedPackage."""
    root = _parsed(_bytes(package, path), path)
    references = root.iterfind("ofd:SignedInfo/ofd:References/ofd:Reference", _NS)
    return frozenset(_located(path, one.get("FileRef") or "") for one in references)


def _located(base: str, location: str) -> str:
    """The part that `location` names in the part `base` (ST_Loc, GB/T 33190 7.3)."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), location)).lstrip("/")


def _bytes(package: ZipPackage, name: str) -> bytes:
    data = package.read(name)
    if len(data) > MAX_XML_BYTES:
        raise MalformedPackage(f"{name} has {len(data)} bytes")
    return data


def _is_plain(data: bytes) -> bool:
    """Whether nothing but elements of the prefix `ofd`, bound once, and text is in it.

    So whatever looks like a tag is one. Other prefixes do no harm: they are other elements.
    """
    if not data.startswith(_DECLARATION) or data.count(b"<?") != 1 or b"<!" in data:
        return False
    body = data[len(_DECLARATION) :].lstrip()
    return _PLAIN_ROOT.match(body) is not None and data.count(b"xmlns") == 1


def _plain_entry(data: bytes) -> tuple[str, str] | None:
    """Both paths where each element occurs once in the whole file, in plain form."""
    if not _is_plain(data) or data.count(b"<ofd:DocBody") != 1:
        return None
    signatures, document = _plain_text(data, b"Signatures"), _plain_text(data, b"DocRoot")
    return (signatures, document) if signatures and document else None


def _plain_text(data: bytes, name: bytes) -> str | None:
    """The text of the only element whose name begins so, if it is that element, in plain form."""
    opening, closing = b"<ofd:%b>" % name, b"</ofd:%b>" % name
    start = data.find(opening) + len(opening)
    match = _PLAIN_TEXT.match(data, start)
    if data.count(opening[:-1]) != 1 or start < len(opening) or match is None:
        return None
    return match[0].decode("utf-8", "replace") if data.startswith(closing, match.end()) else None


def _parsed_entry(data: bytes) -> tuple[str, str]:
    body = _parsed(data, ROOT).findall("ofd:DocBody", _NS)
    if len(body) != 1:
        raise MalformedPackage(f"OFD.xml describes {len(body)} documents; one can be sealed")
    named = []
    for element in ("Signatures", "DocRoot"):
        text = body[0].findtext(f"ofd:{element}", None, _NS)
        if not text:
            raise MalformedPackage(f"OFD.xml does not name its {element}")
        named.append(text)
    return named[0], named[1]


def _plain_pages(data: bytes) -> list[str] | None:
    """The ids where all pages are in the one list of them, in plain form."""
    match = _PLAIN_PAGES.search(data) if _is_plain(data) else None
    if match is None or data.count(b"<ofd:Pages") != 1:
        return None
    found = _PLAIN_PAGE.findall(match[1])
    if len(found) != data.count(b"<ofd:Page "):
        return None
    return [one.decode() for one in found]


def _parsed(data: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedPackage(f"{name} is not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedPackage(f"{name} has a document type declaration")
    return root
