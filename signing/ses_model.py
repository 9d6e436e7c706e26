"""Seals and seal signatures of GB/T 38540 and GM/T 0031, as found in their bytes.

`made` and `tbs` are the signed bytes just as they stand in the input. Whatever was checked to get
here is form only; `maker_signed` and `signer_signed` say whether the signatures hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from signing import sm2_certificates, sm2_digest, sm2_known
from signing.errors import SigningError
from signing.libcrypto import Sm2PublicKey, sm3
from signing.sm3_begun import BegunDigest

VERSION = 4
"""The edition written, GB/T 38540-2020: SES_Header/version and TBS_Sign/version."""

FIRST_VERSION = 1
"""GM/T 0031-2014, only read."""

NEXT_VERSION = 5
"""GM/T 0031-2025, only read, as far as it is known: see `ses_parse`."""

MAX_PICTURE_BYTES = 1 << 20
"""Largest picture in a seal, bytes: a seal of 42 mm at 600 dpi has some 100 KB as PNG."""

MAX_SEAL_BYTES = 2 << 20
"""Largest seal read, bytes: its picture and up to `MAX_SIGNERS` certificates."""

MAX_SIGNATURE_BYTES = MAX_SEAL_BYTES + 65_536
"""Largest seal signature read, bytes: the seal, a certificate and a time stamp."""

MAX_SIGNERS = 64
"""Most signers that one seal may list; one or two are usual."""

MAX_TEXT = 256
"""Longest name, id or path in a seal, characters."""

MAX_SIDE = 200
"""Longest side of a seal, mm: official seals have 42 to 58, a riding seal a page's height."""

KEPT_SEALS = 64
"""Seals known without reading or digesting them anew, those asked for last: a city's authorities
and some more."""

KEPT_SEAL_BYTES = 128 << 10
"""Largest of these, bytes, so that all of them together take 16 MiB at most."""


@dataclass(frozen=True)
class SealExtension:
    """One of ExtensionDatas; nothing here knows any, so a critical one must not be passed over."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True)
class SealPicture:
    """SES_ESPictureInfo: `type` such as `png`, the bytes, and the size in mm."""

    type: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class SealProperty:
    """SES_ESPropertyInfo: who may sign with the seal, as certificates (DER) or as digests of them.

    `digests` are (algorithm as written, digest) pairs; one of the two tuples is empty.
    """

    type: int
    name: str
    certificates: tuple[bytes, ...]
    digests: tuple[tuple[str, bytes], ...]
    created: datetime
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True)
class Seal:
    """SESeal: `der` its whole bytes, `made` what the maker signed: the bytes of SES_SealInfo.

    In version 1 these stand in a SEQUENCE with the maker's certificate and algorithm.

    `time_stamp` is the maker's in version 5, as found; who signs with the seal signs it too.
    """

    der: bytes
    made: bytes
    version: int
    vendor: str
    id: str
    property: SealProperty
    picture: SealPicture
    extensions: tuple[SealExtension, ...]
    maker_certificate: bytes
    signature: bytes
    time_stamp: bytes | None

    def maker_signed(self) -> bool:
        """Whether the certificate named as the maker's signed `made`."""
        return self._maker_signed

    @cached_property
    def _maker_signed(self) -> bool:
        try:  # the same seal stands in every file of an authority
            key = sm2_certificates.parse(self.maker_certificate).public
        except SigningError:
            return False
        return sm2_known.verify(key, self.made, self.signature)

    def lists(self, certificate: bytes) -> bool:
        """Whether a signer's certificate, DER, is in the seal's list, itself or by its SM3."""
        if certificate in self.property.certificates:
            return True
        return any(digest == sm3(certificate) for _, digest in self.property.digests)

    def valid_at(self, at: datetime) -> bool:
        """Whether the aware time is within the seal's validity, both ends included."""
        return self.property.valid_from <= at <= self.property.valid_to


@dataclass(frozen=True)
class SealSignature:
    """SES_Signature: what the signer signed is `tbs`, the bytes of TBS_Sign.

    These are `head`, the seal's bytes, and `ending`. What lies before the ending is the same in
    nearly all signatures by one signer.

    `data_hash` is the SM3 of the signed file (in OFD, Signature.xml), `property_info` its path.
    `time_stamp` is an RFC 3161 token over `signature_found`, the signature just as it stands; no
    such thing is in version 1.
    """

    der: bytes
    head: bytes
    seal: Seal
    ending: bytes
    version: int
    signed_at: datetime
    data_hash: bytes
    property_info: str
    extensions: tuple[SealExtension, ...]
    certificate: bytes
    signature: bytes
    signature_found: bytes
    time_stamp: bytes | None

    @property
    def tbs(self) -> bytes:
        """The bytes of TBS_Sign, as found."""
        return b"".join((self.head, self.seal.der, self.ending))

    def signer_signed(self) -> bool:
        """Whether the certificate named as the signer's signed `tbs`."""
        try:  # no SM2 certificate, or its key is no point of the curve
            key = sm2_certificates.parse(self.certificate).public
        except SigningError:
            return False
        if len(self.seal.der) > KEPT_SEAL_BYTES:
            return key.verify(self.tbs, self.signature)
        digest = _begun(key, self.head, self.seal.der).with_ending(self.ending)
        return key.verify_digest(digest, self.signature)


@lru_cache(maxsize=KEPT_SEALS)
def _begun(key: Sm2PublicKey, head: bytes, seal: bytes) -> BegunDigest:
    """The digest of what a signer signs with a seal, up to what differs from file to file."""
    return sm2_digest.begun(key, head + seal)
