"""Sealing an OFD package with GB/T 38540 seals that cover its parts.

The parts are digested, Signature.xml lists the digests, and the seal signature covers the digest
of Signature.xml (GB/T 33190 ch. 18). Signatures.xml is covered by the last seal, so that no further
one can be added: a sealed certificate is finished. An earlier seal leaves Signatures.xml alone, for
it has to grow, and otherwise covers everything that is there when it is set, earlier seals with
all their parts among it. So a later seal breaks none, and none can be taken out.
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from signing import ofd_entry_xml, part_digests, ses
from signing.errors import CannotSign, MalformedPackage
from signing.libcrypto import Sm2Key, sm3
from signing.ofd_entry_xml import ROOT, Listed
from signing.ofd_signature_xml import (
    IDS_OF_A_SEAL,
    Box,
    Stamp,
    signature_xml,
    signatures_xml,
)
from signing.part_digests import PACKED_BYTES_OID, Digests
from signing.ses import SealExtension, Stamping
from signing.zip_package import PackedPart, ZipPackage, to_store

__all__ = ["ROOT", "Box", "SealSigner", "Sealing", "seal", "seal_all"]

MAX_SEALS = 8
"""Most signatures in one file; a contract has two or three."""

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class SealSigner:
    """Who seals: the key, its certificate (DER), and the seal (SESeal, DER) that lists it.

    `stamping` gives the RFC 3161 time stamp of each signature, None makes signatures without.
    """

    key: Sm2Key
    certificate: bytes
    seal: bytes
    stamping: Stamping | None = None


@dataclass(frozen=True)
class Sealing:
    """One seal to be set: by whom, and in which box (mm) of the page with that index."""

    signer: SealSigner
    box: Box
    page_index: int = 0


def seal(
    package: bytes,
    signer: SealSigner,
    box: Box,
    at: datetime,
    page_index: int = 0,
    *,
    unpacked: Mapping[str, bytes] = _NOTHING,
) -> bytes:
    """The package with one final seal on one page, in `box` (x, y, width, height in mm).

    `package` must name its Signatures.xml in OFD.xml already. `at` is the aware time of sealing,
    written in whole seconds. What the package holds stays byte by byte. `unpacked` are parts of it
    that the caller has at hand, by name: they need not be unpacked here then. Raises
    MalformedPackage, CannotSign, and what the key and the time stamping raise.
    """
    return seal_all(package, [Sealing(signer, box, page_index)], at, unpacked=unpacked)


def seal_all(
    package: bytes,
    sealings: Sequence[Sealing],
    at: datetime,
    *,
    keep_open: bool = False,
    unpacked: Mapping[str, bytes] = _NOTHING,
) -> bytes:
    """The package with several seals, in their order; otherwise as `seal`.

    It may bear seals already if the last of them left it open. The last one set here is final,
    unless `keep_open`: then somebody else may set further ones, and one of these must be final.
    """
    if not sealings:
        raise CannotSign("no seal was given to set")
    work = _Work(ZipPackage(package), at, unpacked)
    for sealing in sealings[:-1]:
        work.place(sealing, final=False)
    work.place(sealings[-1], final=not keep_open)
    return work.finished()


class _Work:
    """A package under seals: what it has, and what the seals add to it."""

    def __init__(self, found: ZipPackage, at: datetime, unpacked: Mapping[str, bytes]) -> None:
        entry = ofd_entry_xml.read_entry(found)
        self._found, self._at, self._unpacked = found, at, unpacked
        self._signatures = entry.signatures
        self._pages = ofd_entry_xml.page_ids(found, entry.document)
        self._listed, self._highest_id = _open_signatures(found, entry.signatures)
        self._fresh = [found.packed(name) for name in found.names if name != entry.signatures]
        self._covered: list[tuple[PackedPart, Digests]] = []
        self._added: list[PackedPart] = []

    def place(self, sealing: Sealing, *, final: bool) -> None:
        """Set a seal; a final one covers Signatures.xml, so that no other can follow.

        It covers the packed bytes too. An earlier one does not: whoever sets the next may pack the
        parts anew, as other programs do, and must not break it by that.
        """
        signer, folder = sealing.signer, self._folder()
        signature, value = f"{folder}/Signature.xml", f"{folder}/SignedValue.dat"
        stamp = self._stamp(sealing)
        self._listed.append(Listed(str(stamp.id - 1), "Seal", signature))
        if final:
            self._add(self._signatures, self._list())
        self._add(f"{folder}/Seal.esl", signer.seal)
        self._cover()
        digests = [(part.name, digests.unpacked) for part, digests in self._covered]
        listing = signature_xml(digests, stamp, self._at, f"{folder}/Seal.esl", value)
        signed = ses.sign(
            key=signer.key,
            certificate=signer.certificate,
            seal=signer.seal,
            data_hash=sm3(listing),
            property_info=f"/{signature}",
            at=self._at,
            extensions=(self._packed_bytes(),) if final else (),
            stamping=signer.stamping,
        )
        self._add(signature, listing)
        self._add(value, signed)

    def finished(self) -> bytes:
        """The package with all that was added; one that stays open has its list at the end."""
        if all(part.name != self._signatures for part in self._added):
            self._add(self._signatures, self._list())
        return self._found.with_parts(self._added, without=self._signatures)

    def _add(self, name: str, part: bytes) -> None:
        packed = to_store(name, part)
        self._added.append(packed)
        self._fresh.append(packed)

    def _cover(self) -> None:
        """Digest what came since the last seal."""
        self._covered += (
            (part, part_digests.KNOWN.of(part, self._unpacked.get(part.name)))
            for part in self._fresh
        )
        self._fresh = []

    def _packed_bytes(self) -> SealExtension:
        parts = ((part.head, digests.packed) for part, digests in self._covered)
        return SealExtension(PACKED_BYTES_OID, False, part_digests.packed_digest(parts))

    def _list(self) -> bytes:
        listed = ((one.id, one.type, one.path) for one in self._listed)
        return signatures_xml(listed, self._highest_id)

    def _folder(self) -> str:
        """The folder for the next seal: Sign_N with the first N that no listed one has."""
        base = posixpath.dirname(self._signatures)
        taken = {posixpath.dirname(one.path) for one in self._listed}
        names = (f"{base}/Sign_{number}" for number in range(MAX_SEALS + 1))
        folder = next((name for name in names if name not in taken), None)
        if folder is None or len(self._listed) >= MAX_SEALS:
            raise MalformedPackage(f"a file bears {MAX_SEALS} seals at most")
        return folder

    def _stamp(self, sealing: Sealing) -> Stamp:
        _require_box(sealing.box)
        index, pages = sealing.page_index, self._pages
        if not 0 <= index < len(pages):
            raise MalformedPackage(f"the document has {len(pages)} pages, none with index {index}")
        page_id = pages[index]
        if page_id is None or not (page_id.isascii() and page_id.isdecimal()):
            raise MalformedPackage(f"the page with index {index} has no ID")
        self._highest_id += IDS_OF_A_SEAL
        return Stamp(self._highest_id, page_id, sealing.box)


def _open_signatures(package: ZipPackage, path: str) -> tuple[list[Listed], int]:
    """The signatures that a package bears already, and the highest number among their ids.

    Raises MalformedPackage where one of them covers the list of signatures, which ends it.
    """
    if path not in package.names:
        return [], 0
    listed, highest = ofd_entry_xml.read_signatures(package, path)
    for one in listed:
        if path in ofd_entry_xml.referenced(package, one.path):
            raise MalformedPackage(f"the package is sealed for good already, by {one.path}")
    return listed, highest


def _require_box(box: Box) -> None:
    if not all(map(math.isfinite, box)) or box[2] <= 0 or box[3] <= 0:
        raise MalformedPackage(f"a seal cannot stand in the box {box}")
