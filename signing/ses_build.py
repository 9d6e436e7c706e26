"""Making seals in the structure of GB/T 38540-2020 (version 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signing import der, seal_picture, sm2_certificates
from signing.errors import CannotSign
from signing.libcrypto import Sm2Key, sm3
from signing.ses_fields import CERTIFICATES, DIGESTS
from signing.ses_model import (
    MAX_SIDE,
    MAX_SIGNERS,
    MAX_TEXT,
    VERSION,
)
from signing.sm2_certificates import KeyUsage
from signing.sm2_x509 import SM2_WITH_SM3_OID

VENDOR = "SEALPRESS"
"""SES_Header/Vid of the seals made here."""

ORGANISATION_SEAL = 1
"""SES_ESPropertyInfo/type as found in samples; what the numbers mean could not be verified."""

ALGORITHM = der.oid(SM2_WITH_SM3_OID)
"""The one algorithm of seals and seal signatures: SM2 with SM3, a bare OID."""

_VERSION = der.integer(VERSION)
_SM3 = "SM3"  # how a digest's algorithm is named in a list; no real seal with one has been seen


@dataclass(frozen=True)
class SealContent:
    """What a seal says: an id (ASCII), the authority's name, its picture (PNG, mm), its validity.

    `signers` are the certificates, DER, that may sign with it; `by_digest` lists their SM3 instead.
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
    by_digest: bool = False


def make_seal(content: SealContent, maker_key: Sm2Key, maker_certificate: bytes) -> bytes:
    """The seal, DER, signed by its maker; raises CannotSign, MalformedCertificate, MalformedDer."""
    _require_content(content)
    require_own(maker_key, maker_certificate)
    for one in content.signers:
        sm2_certificates.parse(one)
    info = der.sequence(
        der.sequence(der.ia5("ES"), _VERSION, der.ia5(VENDOR)),
        der.ia5(content.id),
        der.sequence(
            der.integer(content.type),
            der.utf8(content.name),
            *_certificate_list(content),
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
    signature = der.bit_string(maker_key.sign(info))
    return der.sequence(info, der.octet_string(maker_certificate), ALGORITHM, signature)


def _certificate_list(content: SealContent) -> tuple[bytes, bytes]:
    """The fields certListType and certList."""
    if not content.by_digest:
        listed = map(der.octet_string, content.signers)
        return der.integer(CERTIFICATES), der.sequence(*listed)
    digests = (
        der.sequence(der.printable(_SM3), der.octet_string(sm3(one))) for one in content.signers
    )
    return der.integer(DIGESTS), der.sequence(*digests)


def require_own(key: Sm2Key, certificate: bytes) -> None:
    """Raises CannotSign where the certificate is not the key's, or not for signing."""
    found = sm2_certificates.parse(certificate)
    if found.point != key.public.point:
        raise CannotSign(f"the key is not the one that {found.common_name} is certified for")
    if found.key_usage is None or KeyUsage.DIGITAL_SIGNATURE not in found.key_usage:
        raise CannotSign(f"the certificate of {found.common_name} does not allow signing")


def _require_content(content: SealContent) -> None:
    seal_picture.read(content.picture)
    if not (1 <= content.width <= MAX_SIDE and 1 <= content.height <= MAX_SIDE):
        raise CannotSign(f"the sides of a seal are whole mm, 1 to {MAX_SIDE}")
    for text in (content.id, content.name):
        if not 1 <= len(text) <= MAX_TEXT:
            raise CannotSign(f"a seal's id and name have 1 to {MAX_TEXT} characters")
    if not 1 <= len(content.signers) <= MAX_SIGNERS:
        raise CannotSign(f"a seal lists 1 to {MAX_SIGNERS} signers")
    if content.valid_from >= content.valid_to:
        raise CannotSign("the seal would end before it begins")
