"""What the certificates, revocation lists and seals of a development authority look like.

Every name says 开发, so that none is mistaken for a real one. Times are aware and in whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, ses, sm2_certificates
from signing.certificates import BACKDATED, Revocation
from signing.libcrypto import Sm2PrivateKey
from signing.sm2_certificates import KeyUsage, Revoked

LIFETIME = timedelta(days=3652)
"""Ten years: a register of trial certificates should not fall silent under its users."""

CRL_LIFETIME = timedelta(days=30)
"""How long a revocation list is good: what was exported weeks ago still verifies."""

ORGANISATION = "Sealpress 开发 Development"

_CODES = {
    x509.ReasonFlags.key_compromise: 1,
    x509.ReasonFlags.ca_compromise: 2,
    x509.ReasonFlags.affiliation_changed: 3,
    x509.ReasonFlags.superseded: 4,
    x509.ReasonFlags.cessation_of_operation: 5,
    x509.ReasonFlags.certificate_hold: 6,
    x509.ReasonFlags.remove_from_crl: 8,
    x509.ReasonFlags.privilege_withdrawn: 9,
    x509.ReasonFlags.aa_compromise: 10,
}
"""Reasons of a revocation as numbers (RFC 5280 5.3.1); unspecified (0) is left out."""

_CA_USAGE = KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN
_SIGNER_USAGE = KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION


@dataclass(frozen=True)
class Authority:
    """An issuing authority, its USCC, and its seal's picture (PNG) with its sides in mm."""

    name: str
    uscc: str
    picture: bytes
    picture_mm: tuple[float, float]

    @property
    def common_name(self) -> str:
        """The name in its certificates: cut if it must be, but never its mark."""
        return certificates.shortened(self.name, "（开发）")


@dataclass(frozen=True)
class PdfChain:
    """The root of the PDF's chain with its key."""

    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def made(cls, key: ec.EllipticCurvePrivateKey, now: datetime) -> PdfChain:
        """A new root on that key."""
        name = certificates.name("Sealpress 开发 PDF 根 Development PDF Root", ORGANISATION)
        return cls(key, certificates.issue_root(key, name, now, LIFETIME))

    def signer(
        self, key: ec.EllipticCurvePublicKey, authority: Authority, now: datetime
    ) -> x509.Certificate:
        """The certificate with which an authority signs PDFs."""
        subject = certificates.name(authority.common_name, authority.name, authority.uscc)
        return certificates.issue_signer(self.root, self.key, key, subject, now, LIFETIME)

    def crl(self, previous: bytes | None, revoked: Iterable[Revocation], now: datetime) -> bytes:
        """A new list with the entries of the previous one, and others."""
        kept = certificates.revocations(previous) if previous is not None else ()
        entries = joined((*kept, *revoked))
        return certificates.issue_crl(self.root, self.key, entries, now, CRL_LIFETIME)


@dataclass(frozen=True)
class SealChain:
    """The root of the seals' chain with its key; its certificate is in DER."""

    key: Sm2PrivateKey
    root: bytes

    @classmethod
    def made(cls, key: Sm2PrivateKey, now: datetime) -> SealChain:
        """A new root on that key."""
        name = sm2_certificates.name("Sealpress 开发电子印章根 Development Seal Root", ORGANISATION)
        root = sm2_certificates.issue(
            subject=name,
            issuer=name,
            point=key.public.point,
            issuer_key=key,
            serial=x509.random_serial_number(),
            not_before=now - BACKDATED,
            not_after=now + LIFETIME,
            key_usage=_CA_USAGE,
            ca=True,
            path_length=0,
        )
        return cls(key, root)

    def maker(self, point: bytes, now: datetime) -> bytes:
        """The certificate of who makes seals (制章者)."""
        name = "Sealpress 开发制章者 Development Seal Maker"
        return self._signer(sm2_certificates.name(name, ORGANISATION), point, now)

    def signer(self, point: bytes, authority: Authority, now: datetime) -> bytes:
        """The certificate with which an authority seals."""
        organisation = authority.name[: certificates.MAX_ORGANISATION_CHARACTERS]
        subject = sm2_certificates.name(authority.common_name, organisation, authority.uscc)
        return self._signer(subject, point, now)

    def crl(self, previous: bytes | None, revoked: Iterable[Revocation], now: datetime) -> bytes:
        """A new list with the entries of the previous one, and others."""
        kept = sm2_certificates.parse_crl(previous).revoked.values() if previous is not None else ()
        root = sm2_certificates.parse(self.root)
        entries = joined((*map(_revocation, kept), *revoked))
        return sm2_certificates.build_crl(
            issuer=root.subject,
            issuer_key=self.key,
            number=int(now.timestamp()),
            this_update=now - BACKDATED,
            next_update=now + CRL_LIFETIME,
            revoked=map(_revoked, entries),
            keeps_since=root.not_before,
        )

    def _signer(self, subject: bytes, point: bytes, now: datetime) -> bytes:
        root = sm2_certificates.parse(self.root)
        return sm2_certificates.issue(
            subject=subject,
            issuer=root.subject,
            point=point,
            issuer_key=self.key,
            serial=x509.random_serial_number(),
            not_before=now - BACKDATED,
            not_after=min(now + LIFETIME, root.not_after),
            key_usage=_SIGNER_USAGE,
        )


def seal(
    authority: Authority, signer: bytes, maker_key: Sm2PrivateKey, maker: bytes, now: datetime
) -> bytes:
    """The authority's seal (SESeal, DER); it lasts as long as its one signer's certificate."""
    width, height = authority.picture_mm
    certificate = sm2_certificates.parse(signer)
    content = ses.SealContent(
        id=f"DEV-{authority.uscc}",
        name=authority.name,
        picture=authority.picture,
        width=round(width),
        height=round(height),
        signers=(signer,),
        created=now,
        valid_from=certificate.not_before,
        valid_to=certificate.not_after,
    )
    return ses.make_seal(content, maker_key, maker)


def joined(revocations: Iterable[Revocation]) -> tuple[Revocation, ...]:
    """One entry for each certificate, in the order of their numbers; the earliest moment counts."""
    found: dict[int, Revocation] = {}
    for one in revocations:
        known = found.get(one.serial_number)
        if known is None or one.revoked_at < known.revoked_at:
            found[one.serial_number] = one
    return tuple(found[serial] for serial in sorted(found))


def _revoked(one: Revocation) -> Revoked:
    return Revoked(one.serial_number, one.revoked_at, _CODES.get(one.reason), one.recorded_at)


def _revocation(one: Revoked) -> Revocation:
    reasons = {code: reason for reason, code in _CODES.items()}
    reason = reasons.get(one.reason or 0, x509.ReasonFlags.unspecified)
    return Revocation(one.serial, one.at, reason, one.recorded_at)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)
