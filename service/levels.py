"""How strong the signatures of an installation are, and what they are made stronger with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from renderer import pdf_signature
from service.guarded_tsa import GuardedTsa
from service.signing_settings import TRIES
from signing.ofd_seal import SealSigner
from signing.pades_levels import CONTENTS_BYTES, Level, Stamping, raise_level

if TYPE_CHECKING:
    from service.installation import Installation


@dataclass(frozen=True)
class Levels:
    """The level of PDFs, and where time stamps come from; without `stamping` there are none."""

    pdf: Level = "B-B"
    stamping: Stamping | None = None
    stamp_seals: bool = False

    @property
    def contents_bytes(self) -> int:
        """The room that the PDF's signature needs, bytes."""
        return pdf_signature.CONTENTS_BYTES if self.pdf == "B-B" else CONTENTS_BYTES

    def raised(self, signed_pdf: bytes) -> bytes:
        """A PDF that is signed B-B, at the level asked for.

        Raises:
            signing.errors.SigningError: it cannot be reached; nothing weaker is given.
        """
        if self.stamping is None:
            return signed_pdf
        return raise_level(signed_pdf, self.pdf, self.stamping)

    def sealing(self, signer: SealSigner) -> SealSigner:
        """The signer as it is to seal: with time stamps, where seals carry them."""
        if self.stamping is None or not self.stamp_seals:
            return signer
        return replace(signer, stamping=self.stamping.tsa)


PLAIN = Levels()
"""PAdES B-B, and seals without time stamps: nobody outside is asked."""


def of(installation: Installation) -> Levels:
    """What the settings ask for, with the roots and revocation lists as they are now.

    Raises:
        signing.errors.SigningError: a root or a list cannot be read.
    """
    asked = installation.settings.signing
    if not asked.needs_tsa:
        return PLAIN
    anchors = installation.anchors()
    roots, crls = installation.time_stamp_authorities()
    tsa = GuardedTsa(
        asked.tsa_url,
        roots,
        timeout_s=asked.tsa_timeout_s,
        tries=TRIES,
        ca_file=None if asked.tsa_tls_roots is None else str(asked.tsa_tls_roots),
    )
    stamping = Stamping(tsa, anchors.pdf_roots, anchors.pdf_crls + crls)
    return Levels(asked.pdf_level, stamping, asked.stamp_seals)
