"""Sealing an OFD package with a GB/T 38540 seal that covers every one of its parts.

The parts are digested, Signature.xml lists the digests, and the seal signature covers the digest
of Signature.xml (GB/T 33190 ch. 18). Signatures.xml is covered too, so that no further signature
can be added: a sealed certificate is finished.
"""

from __future__ import annotations

import math
import posixpath
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lxml import etree

from signing import ses
from signing.errors import MalformedPackage
from signing.libcrypto import Sm2Key, sm3
from signing.ofd_signature_xml import NAMESPACE, Box, Stamp, signature_xml, signatures_xml
from signing.zip_package import PackedPart, ZipPackage

ROOT = "OFD.xml"

MAX_XML_BYTES = 1 << 20
"""Largest OFD.xml or Document.xml that is read, bytes; those of a certificate have 2,000."""

KEPT_PART_BYTES = 128 << 10
"""Packed parts up to this size, bytes, are unpacked and digested once for as long as they come
back: the frame of the page, the resources. Telling bytes equal costs next to nothing beside
unpacking them and SM3 (210 MB/s)."""

_NS = {"ofd": NAMESPACE}


@dataclass(frozen=True)
class SealSigner:
    """Who seals: the key, its certificate (DER), and the seal (SESeal, DER) that lists it."""

    key: Sm2Key
    certificate: bytes
    seal: bytes


def seal(package: bytes, signer: SealSigner, box: Box, at: datetime, page_index: int = 0) -> bytes:
    """The package with the seal on one page, in `box` (x, y, width, height in mm).

    `package` must name its Signatures.xml in OFD.xml already and must not have that part yet.
    `at` is the aware time of sealing, written in whole seconds. What the package holds stays byte
    by byte. Raises MalformedPackage, CannotSign.
    """
    _require_box(box)
    found = ZipPackage(package)
    signatures, document = _named_parts(found)
    folder = f"{posixpath.dirname(signatures)}/Sign_0"
    signature = f"{folder}/Signature.xml"
    value = f"{folder}/SignedValue.dat"
    added = [(signatures, signatures_xml(signature)), (f"{folder}/Seal.esl", signer.seal)]
    digests = [(name, _digest(found.packed(name))) for name in found.names]
    digests += [(name, _kept_sm3(part)) for name, part in added]
    stamp = Stamp(_page_id(found, document, page_index), box)
    listing = signature_xml(digests, stamp, at, added[1][0], value)
    signed = ses.sign(
        key=signer.key,
        certificate=signer.certificate,
        seal=signer.seal,
        data_hash=sm3(listing),
        property_info=f"/{signature}",
        at=at,
    )
    return found.with_parts([*added, (signature, listing), (value, signed)])


def _digest(part: PackedPart) -> bytes:
    return _kept_digest(part) if len(part.octets) <= KEPT_PART_BYTES else sm3(part.unpack())


@lru_cache(maxsize=128)
def _kept_digest(part: PackedPart) -> bytes:
    return sm3(part.unpack())


_kept_sm3 = lru_cache(maxsize=32)(sm3)  # the seal and Signatures.xml, which hardly ever change


def _require_box(box: Box) -> None:
    if not all(map(math.isfinite, box)) or box[2] <= 0 or box[3] <= 0:
        raise MalformedPackage(f"a seal cannot stand in the box {box}")


def _named_parts(package: ZipPackage) -> tuple[str, str]:
    """The paths of Signatures.xml and Document.xml, as OFD.xml names them."""
    body = _xml(package, ROOT).findall("ofd:DocBody", _NS)
    if len(body) != 1:
        raise MalformedPackage(f"OFD.xml describes {len(body)} documents; one can be sealed")
    named = []
    for element in ("Signatures", "DocRoot"):
        text = body[0].findtext(f"ofd:{element}", None, _NS)
        if not text:
            raise MalformedPackage(f"OFD.xml does not name its {element}")
        named.append(posixpath.normpath(text.strip()).lstrip("/"))
    signatures, document = named
    if not signatures.isascii() or "/" not in signatures or signatures.startswith("../"):
        raise MalformedPackage(f"OFD.xml wants its signatures at {signatures!r}, not in a folder")
    return signatures, document


def _page_id(package: ZipPackage, document: str, index: int) -> str:
    pages = _xml(package, document).findall("ofd:Pages/ofd:Page", _NS)
    if not 0 <= index < len(pages):
        raise MalformedPackage(f"the document has {len(pages)} pages, none with index {index}")
    page_id = pages[index].get("ID")
    if page_id is None or not (page_id.isascii() and page_id.isdecimal()):
        raise MalformedPackage(f"the page with index {index} has no ID")
    return page_id


def _xml(package: ZipPackage, name: str) -> etree._Element:
    data = package.read(name)
    if len(data) > MAX_XML_BYTES:
        raise MalformedPackage(f"{name} has {len(data)} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedPackage(f"{name} is not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedPackage(f"{name} has a document type declaration")
    return root
