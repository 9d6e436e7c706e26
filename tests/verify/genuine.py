"""Genuine files to alter: one signed PDF and one sealed OFD by a development authority.

Made once for a run, through the rooms that make real ones. The keys stay at hand, so that a test
can sign what no honest program would.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from renderer import compose, info, layout, ofd, pdf, raster, seal_art
from renderer.attachment import Attachment
from renderer.page import Page
from renderer.pdf_signature import SignatureSlot
from signing import cose, development, key_folder, ofd_seal, pades, trust
from verify import dataset
from verify.identifiers import make_license_id

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
SIGNED = NOW - timedelta(hours=1)
FOUNDED = NOW - timedelta(days=2)
OTHER_USCC = "11450100007565396J"
PLACE = (158.0, 233.0, 42.0)
BOX = (137.0, 212.0, 42.0, 42.0)
PICTURE_MM = (42, 42)

_REQUEST = json.loads(
    (Path(__file__).parent.parent / "samples" / "01-tower-crane.json").read_text("utf-8")
)
NAME = _REQUEST["authority"]["name"]
USCC = _REQUEST["authority"]["code"]
DATASET = dataset.build(
    type=_REQUEST["type"],
    layout_version="C0330-2023",
    license_id=str(make_license_id("11100000000013338W999", USCC, "450100T20240000001", 1)),
    number=_REQUEST["number"],
    version=1,
    authority=_REQUEST["authority"],
    holder=_REQUEST["holder"],
    issued_on=_REQUEST["issued_on"],
    face=_REQUEST["face"],
    status_index=7,
)


@dataclass(frozen=True)
class House:
    """A development authority with two signers, loaded; its folder is gone."""

    anchors: trust.TrustAnchors
    pdf_signer: pades.PdfSigner
    seal_signer: ofd_seal.SealSigner
    other_pdf_signer: pades.PdfSigner
    other_seal_signer: ofd_seal.SealSigner
    art: seal_art.SealArt
    folder: Path


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """Where the keys are until the run ends."""
    return tempfile.TemporaryDirectory(prefix="sealpress-genuine-")


@cache
def house() -> House:
    """The authority, founded two days ago, its lists made a day ago."""
    keys, art = Path(folder().name) / "keys", seal_art.draw(NAME, 42.0)
    development.create_authorities(keys, FOUNDED)
    for uscc in (USCC, OTHER_USCC):
        development.create_signer(keys, NAME, uscc, raster.seal_png(art, 96), PICTURE_MM, FOUNDED)
    return House(
        anchors=trust.of_keys(keys),
        pdf_signer=key_folder.load_pdf_signer(keys, USCC),
        seal_signer=key_folder.load_seal_signer(keys, USCC),
        other_pdf_signer=key_folder.load_pdf_signer(keys, OTHER_USCC),
        other_seal_signer=key_folder.load_seal_signer(keys, OTHER_USCC),
        art=art,
        folder=keys,
    )


@cache
def code_of(data: bytes) -> str:
    """The content of the code of a data set, signed with the house's key."""
    found = dataset.parse(data)
    claims = cose.CodeClaims(
        number=found.number,
        version=found.version,
        factory_number=found.face.get("factory_number", ""),
        issued_on=found.issued_on.isoformat(),
        dataset_sha256=hashlib.sha256(data).digest(),
        status_index=found.status_index or 0,
    )
    signed = cose.encode(claims, key_folder.code_key(house().folder, SIGNED))
    return "HTTPS://SEALPRESS.EXAMPLE/V/" + cose.to_digits(signed)


def page(carried: bytes = DATASET, **face: str) -> Page:
    """The certificate's page; named values of the face replace those of the sample."""
    content = compose.Content(
        number=_REQUEST["number"],
        authority=_REQUEST["authority"]["name"],
        issued_on=_REQUEST["issued_on"],
        face={**_REQUEST["face"], **face},
    )
    code = compose.Code(code_of(carried))
    return compose.compose(layout.load("crane-use-registration"), content, [code])


def document() -> info.DocumentInfo:
    return info.DocumentInfo(
        title="建筑起重机械使用登记证书",
        number=_REQUEST["number"],
        license_id="",
        authority=_REQUEST["authority"]["name"],
        issued_on=_REQUEST["issued_on"],
    )


def data_set(data: bytes = DATASET, name: str = "certificate.json") -> Attachment:
    return Attachment(name, data, "application/json", "数据集")


def slot(signed_at: datetime = SIGNED) -> SignatureSlot:
    return SignatureSlot(house().art, PLACE, signed_at, NAME, "签发")


def sign_pdf(
    signer: pades.PdfSigner | None = None,
    attachments: tuple[Attachment, ...] | None = None,
    signed_at: datetime = SIGNED,
    **face: str,
) -> bytes:
    """A PDF signed by whoever is given, the honest signer by default."""
    carried = (data_set(),) if attachments is None else attachments
    file = pdf.write(page(**face), document(), carried, slot(signed_at))
    assert file.hole is not None
    assert file.byte_range is not None
    return pades.sign(file.data, file.hole, file.byte_range, signer or house().pdf_signer)


def plain_ofd(attachments: tuple[Attachment, ...] | None = None, **face: str) -> bytes:
    """An OFD that waits for its seal."""
    carried = (data_set(),) if attachments is None else attachments
    return ofd.write(page(**face), document(), carried, to_be_sealed=True)


def seal_ofd(
    package: bytes | None = None,
    signer: ofd_seal.SealSigner | None = None,
    box: tuple[float, float, float, float] = BOX,
    at: datetime = SIGNED,
) -> bytes:
    """An OFD sealed by whoever is given, the honest signer by default."""
    package = plain_ofd() if package is None else package
    return ofd_seal.seal(package, signer or house().seal_signer, box, at)


@cache
def genuine_pdf() -> bytes:
    return sign_pdf()


@cache
def genuine_ofd() -> bytes:
    return seal_ofd()
