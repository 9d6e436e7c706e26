"""Making seals, and signing with them, in the structures of GB/T 38540-2020 (version 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from signing import der, sm2_certificates
from signing.errors import CannotSign
from signing.libcrypto import Sm2Key
from signing.ses_model import (
    MAX_PICTURE_BYTES,
    MAX_SIDE,
    MAX_SIGNERS,
    MAX_TEXT,
    VERSION,
    Seal,
)
from signing.ses_parse import CERTIFICATES, parse_seal
from signing.sm2_certificates import KeyUsage
from signing.sm2_x509 import SM2_WITH_SM3_OID

VENDOR = "SEALPRESS"
"""SES_Header/Vid of the seals made here."""

ORGANISATION_SEAL = 1
"""SES_ESPropertyInfo/type as found in samples; what the numbers mean could not be verified."""

_PNG = b"\x89PNG\r\n\x1a\n"
_ALGORITHM = der.oid(SM2_WITH_SM3_OID)
_VERSION = der.integer(VERSION)
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class SealContent:
    """What a seal says: an id (ASCII), the authority's name, its picture (PNG, mm), its validity.

    `signers` are the certificates, DER, that may sign with it.
    """

    id: str
    name: str
    picture: bytes
    width: int
    height: int
    signers: Sequence[bytes]
    created: datetime
    valid_from: datetime
    valid_to: datetime
    type: int = ORGANISATION_SEAL


def make_seal(content: SealContent, maker_key: Sm2Key, maker_certificate: bytes) -> bytes:
    """The seal, DER, signed by its maker; raises CannotSign, MalformedCertificate, MalformedDer."""
    _require_content(content)
    _require_own(maker_key, maker_certificate)
    for one in content.signers:
        sm2_certificates.parse(one)
    info = der.sequence(
        der.sequence(der.ia5("ES"), _VERSION, der.ia5(VENDOR)),
        der.ia5(content.id),
        der.sequence(
            der.integer(content.type),
            der.utf8(content.name),
            der.integer(CERTIFICATES),
            der.sequence(*map(der.octet_string, content.signers)),
            der.generalized_time(content.created),
            der.generalized_time(content.valid_from),
            der.generalized_time(content.valid_to),
        ),
        der.sequence(
            der.ia5("png"),
            der.octet_string(content.picture),
            der.integer(content.width),
            der.integer(content.height),
        ),
    )
    return der.sequence(info, *_signature(maker_certificate, maker_key, info))


def sign(
    *,
    key: Sm2Key,
    certificate: bytes,
    seal: bytes,
    data_hash: bytes,
    property_info: str,
    at: datetime,
) -> bytes:
    """SES_Signature, DER, over a digest (SM3, 32 bytes) of what `property_info` (ASCII) names.

    Raises CannotSign where the key is not the certificate's, the seal does not list the
    certificate, or one of them is not valid at the aware time `at`.
    """
    if len(data_hash) != _DIGEST_BYTES:
        raise CannotSign(f"a digest of {len(data_hash)} bytes; SM3 has {_DIGEST_BYTES}")
    _require_own(key, certificate)
    _require_valid(seal, certificate, at.replace(microsecond=0))
    tbs = der.sequence(
        _VERSION,
        seal,
        der.generalized_time(at),
        der.bit_string(data_hash),
        der.ia5(property_info),
    )
    return der.sequence(tbs, *_signature(certificate, key, tbs))


def _signature(certificate: bytes, key: Sm2Key, tbs: bytes) -> tuple[bytes, bytes, bytes]:
    return der.octet_string(certificate), _ALGORITHM, der.bit_string(key.sign(tbs))


def _require_own(key: Sm2Key, certificate: bytes) -> None:
    found = sm2_certificates.parse(certificate)
    if found.point != key.public.point:
        raise CannotSign(f"the key is not the one that {found.common_name} is certified for")
    if found.key_usage is None or KeyUsage.DIGITAL_SIGNATURE not in found.key_usage:
        raise CannotSign(f"the certificate of {found.common_name} does not allow signing")


def _require_valid(seal: bytes, certificate: bytes, at: datetime) -> None:
    found, holder = _parsed(seal), sm2_certificates.parse(certificate)
    if not found.lists(certificate):
        raise CannotSign(f"the seal {found.id} does not list {holder.common_name} as a signer")
    if not found.valid_at(at):
        period = f"{found.property.valid_from} to {found.property.valid_to}"
        raise CannotSign(f"the seal {found.id} is valid from {period}, not at {at}")
    if not holder.not_before <= at <= holder.not_after:
        period = f"{holder.not_before} to {holder.not_after}"
        raise CannotSign(f"the certificate of {holder.common_name} is valid from {period}")


@lru_cache(maxsize=32)
def _parsed(seal: bytes) -> Seal:
    """Kept for the last 32 seals: an authority signs thousands of certificates with one."""
    return parse_seal(seal)


def _require_content(content: SealContent) -> None:
    if not content.picture.startswith(_PNG):
        raise CannotSign("the picture of a seal must be a PNG")
    if len(content.picture) > MAX_PICTURE_BYTES:
        raise CannotSign(
            f"the picture has {len(content.picture)} bytes; {MAX_PICTURE_BYTES} are allowed"
        )
    if not (1 <= content.width <= MAX_SIDE and 1 <= content.height <= MAX_SIDE):
        raise CannotSign(f"the sides of a seal are whole mm, 1 to {MAX_SIDE}")
    for text in (content.id, content.name):
        if not 1 <= len(text) <= MAX_TEXT:
            raise CannotSign(f"a seal's id and name have 1 to {MAX_TEXT} characters")
    if not 1 <= len(content.signers) <= MAX_SIGNERS:
        raise CannotSign(f"a seal lists 1 to {MAX_SIGNERS} signers")
    if content.valid_from >= content.valid_to:
        raise CannotSign("the seal would end before it begins")
