"""One certificate's page signed on P-256 and on RSA, at every level of PAdES.

The P-256 signer is that of a development authority, the RSA signer has a root of its own; time
stamps are by `openssl`, whose authority has a key of the signer's kind.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from renderer import pdf, raster, seal_art
from renderer.pdf_signature import SignatureSlot
from service import press
from signing import certificates, development, key_folder, pades, pades_levels, trust
from signing.document_key import NEW_RSA_BITS, rsa_from_private_key
from signing.pades_levels import LEVELS, Level, Stamping
from signing.tsa import Tsa

from . import openssl_tsa
from .specimens import SPECIMENS

KINDS = tuple(openssl_tsa.KEYS)
SPECIMEN = SPECIMENS[min(SPECIMENS)]
AUTHORITY, USCC = SPECIMEN.content.authority, "11450100MB0000001Q"
SEAL_MM = 42.0


@dataclass(frozen=True)
class SignedPdf:
    """A file, the kind of its signer's key and the level that was asked for."""

    kind: str
    level: Level
    path: Path

    @property
    def name(self) -> str:
        """Such as `rsa B-LTA`."""
        return f"{self.kind} {self.level}"


class Workshop:
    """A folder in which keys, time stamping authorities and files are made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = datetime.now(UTC)
        self._keys, self._trust = folder / "keys", folder / "trust"
        development.create_authorities(self._keys, self._now)
        trust.export(self._keys, self._trust)
        self._certify_rsa()

    @property
    def anchors(self) -> tuple[Path, ...]:
        """The roots: ours, that of the RSA signer, those of both time stamping authorities."""
        stamping = (authority.root for authority in self.authorities.values())
        return (self._trust / trust.PDF_ROOT, self._folder / "rsa-root.pem", *stamping)

    @property
    def crls(self) -> tuple[Path, ...]:
        """The revocation lists of all of them."""
        stamping = (authority.crl for authority in self.authorities.values())
        return (self._trust / trust.PDF_CRL, self._folder / "rsa.crl", *stamping)

    @cached_property
    def authorities(self) -> dict[str, openssl_tsa.Authority]:
        """The time stamping authorities by the kind of their keys."""
        found = {}
        for kind in KINDS:
            folder = self._folder / f"tsa-{kind}"
            folder.mkdir()
            found[kind] = openssl_tsa.found(folder, kind)
        return found

    def files(self) -> list[SignedPdf]:
        """A file of every kind and level."""
        return [one for kind in KINDS for one in self._levels(kind)]

    def _signer_on_p256(self) -> pades.PdfSigner:
        picture = raster.seal_png(seal_art.draw(AUTHORITY, SEAL_MM), 96)
        side = round(SEAL_MM)
        development.create_signer(self._keys, AUTHORITY, USCC, picture, (side, side), self._now)
        return key_folder.load_pdf_signer(self._keys, USCC)

    def _certify_rsa(self) -> None:
        """The RSA signer's own root: a development authority's signers are on P-256."""
        issuer, key = certificates.new_key(), rsa.generate_private_key(65537, NEW_RSA_BITS)
        year, name = timedelta(days=365), certificates.name("RSA root", "Test")
        root = certificates.issue_root(issuer, name, self._now, year)
        subject = certificates.name("RSA（开发）", AUTHORITY, USCC)
        issued = certificates.issue_signer(root, issuer, key.public_key(), subject, self._now, year)
        crl = certificates.issue_crl(root, issuer, (), self._now, year)
        (self._folder / "rsa-root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        (self._folder / "rsa.crl").write_bytes(crl)
        self._rsa_signer = pades.PdfSigner(
            rsa_from_private_key("test:rsa", key), issued.public_bytes(Encoding.DER)
        )

    def _levels(self, kind: str) -> list[SignedPdf]:
        blank = self._unsigned()
        signed = pades.sign(
            blank.data,
            blank.hole,
            blank.byte_range,
            self._signer_on_p256() if kind == "ec" else self._rsa_signer,
        )
        files = []
        authority = self.authorities[kind]
        with openssl_tsa.serving(authority) as url:
            stamping = Stamping(
                tsa=Tsa(url, certificates.from_pem(authority.root.read_bytes())),
                roots=tuple(
                    root
                    for path in self.anchors[:2]
                    for root in certificates.from_pem(path.read_bytes())
                ),
                crls=tuple(path.read_bytes() for path in self.crls),
            )
            for level in LEVELS:
                path = self._folder / f"{kind}-{level}.pdf"
                path.write_bytes(pades_levels.raise_level(signed, level, stamping))
                files.append(SignedPdf(kind, level, path))
        return files

    def _unsigned(self) -> pdf.PdfFile:
        slot = SignatureSlot(
            art=seal_art.draw(AUTHORITY, SEAL_MM),
            place=(150.0, 235.0, SEAL_MM),
            signed_at=self._now,
            name=AUTHORITY,
            reason="签发",
            contents_bytes=pades_levels.CONTENTS_BYTES,
        )
        info = press.preview_info(SPECIMEN.layout, SPECIMEN.content)
        return pdf.write(SPECIMEN.page, info, (), slot)
