"""Reading seals and seal signatures of GB/T 38540-2020, strictly: what is not sound is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from signing import der, der_reader, sm2_signature
from signing.der_reader import Element
from signing.errors import MalformedDer, MalformedSeal, MalformedSignature, UnsupportedSealVersion
from signing.ses_model import (
    MAX_PICTURE_BYTES,
    MAX_SEAL_BYTES,
    MAX_SIDE,
    MAX_SIGNATURE_BYTES,
    MAX_SIGNERS,
    MAX_TEXT,
    VERSION,
    Seal,
    SealExtension,
    SealPicture,
    SealProperty,
    SealSignature,
)
from signing.sm2_x509 import SM2_WITH_SM3_OID

CERTIFICATES, DIGESTS = 1, 2
"""Values of certListType: the list holds certificates, or digests of them."""

_FIRST_EDITION_FIELDS = 2
_DIGEST_BYTES = 32

T = TypeVar("T")


def parse_seal(data: bytes) -> Seal:
    """The seal that `data`, DER, holds; raises MalformedSeal, UnsupportedSealVersion."""
    return _read(data, MAX_SEAL_BYTES, _seal)


def parse_signature(data: bytes) -> SealSignature:
    """The seal signature that `data`, DER, holds; raises MalformedSeal, UnsupportedSealVersion."""
    return _read(data, MAX_SIGNATURE_BYTES, _signature)


def _read(data: bytes, limit: int, of: Callable[[Element], T]) -> T:
    try:
        return of(der_reader.read(data, der.SEQUENCE, limit))
    except (MalformedDer, MalformedSignature) as error:
        raise MalformedSeal(f"not a seal structure of GB/T 38540-2020: {error}") from error


def _refuse_first_edition(element: Element) -> None:
    if len(element.each(lambda one: one.tag)) == _FIRST_EDITION_FIELDS:
        raise UnsupportedSealVersion(
            "a seal of GM/T 0031-2014 (version 1); only GB/T 38540-2020 (version 4) is read"
        )


def _require_version(found: int) -> None:
    if found != VERSION:
        raise UnsupportedSealVersion(
            f"a seal of version {found}; only GB/T 38540-2020 (version {VERSION}) is read"
        )


def _signature(element: Element) -> SealSignature:
    _refuse_first_edition(element)
    fields = element.fields()
    tbs = fields.take(der.SEQUENCE)
    certificate = fields.take().octets()
    signature = _sm2_value(fields)
    stamp = fields.optional(der.context(0))
    fields.end()
    inner = tbs.fields()
    _require_version(inner.take().integer())
    seal = _seal(inner.take(der.SEQUENCE))
    signed_at = inner.take().time(der.GENERALIZED_TIME)
    data_hash = inner.take().whole_bits()
    path = _text(inner.take(), der.IA5_STRING)
    extensions = inner.optional(der.context(0))
    inner.end()
    if len(data_hash) != _DIGEST_BYTES:
        raise MalformedDer(f"dataHash has {len(data_hash)} bytes, SM3 has {_DIGEST_BYTES}")
    return SealSignature(
        der=element.raw,
        tbs=tbs.raw,
        seal=seal,
        signed_at=signed_at,
        data_hash=data_hash,
        property_info=path,
        extensions=_extensions(extensions.inside(der.SEQUENCE) if extensions else None),
        certificate=certificate,
        signature=sm2_signature.either_to_der(signature),
        signature_found=signature,
        time_stamp=stamp.inside().whole_bits() if stamp else None,
    )


def _seal(element: Element) -> Seal:
    _refuse_first_edition(element)
    fields = element.fields()
    info = fields.take(der.SEQUENCE)
    parts = info.fields()
    vendor = _header(parts.take(der.SEQUENCE))
    seal_id = _text(parts.take(), der.IA5_STRING)
    attributes = _property(parts.take(der.SEQUENCE))
    picture = _picture(parts.take(der.SEQUENCE))
    extensions = _extensions(parts.optional(der.SEQUENCE))
    parts.end()
    maker_certificate = fields.take().octets()
    signature = sm2_signature.either_to_der(_sm2_value(fields))
    fields.end()
    return Seal(
        der=element.raw,
        info=info.raw,
        vendor=vendor,
        id=seal_id,
        property=attributes,
        picture=picture,
        extensions=extensions,
        maker_certificate=maker_certificate,
        signature=signature,
    )


def _sm2_value(fields: der_reader.Fields) -> bytes:
    """The algorithm, which must be SM2 with SM3, and the value after it, as found."""
    algorithm = fields.take().oid()
    if algorithm != SM2_WITH_SM3_OID:
        raise MalformedDer(f"signed with {algorithm}, not with SM2 and SM3 ({SM2_WITH_SM3_OID})")
    return fields.take().whole_bits()


def _header(element: Element) -> str:
    fields = element.fields()
    if _text(fields.take(), der.IA5_STRING) != "ES":
        raise MalformedDer("the header does not begin with ES")
    _require_version(fields.take().integer())
    vendor = _text(fields.take(), der.IA5_STRING)
    fields.end()
    return vendor


def _property(element: Element) -> SealProperty:
    fields = element.fields()
    kind = fields.take().integer()
    name = _text(fields.take(), der.UTF8_STRING)
    list_type, listed = fields.take().integer(), fields.take(der.SEQUENCE)
    certificates: tuple[bytes, ...] = ()
    digests: tuple[tuple[str, bytes], ...] = ()
    if list_type == CERTIFICATES:
        certificates = listed.each(Element.octets)
    elif list_type == DIGESTS:
        digests = listed.each(_digest)
    else:
        raise MalformedDer(f"certListType is {list_type}, neither certificates nor digests")
    if not 1 <= len(certificates) + len(digests) <= MAX_SIGNERS:
        raise MalformedDer(f"the seal does not list between 1 and {MAX_SIGNERS} signers")
    created, valid_from, valid_to = (fields.take().time(der.GENERALIZED_TIME) for _ in range(3))
    fields.end()
    return SealProperty(kind, name, certificates, digests, created, valid_from, valid_to)


def _digest(element: Element) -> tuple[str, bytes]:
    fields = element.fields()
    algorithm, value = _text(fields.take(), der.PRINTABLE_STRING), fields.take().octets()
    fields.end()
    return algorithm, value


def _picture(element: Element) -> SealPicture:
    fields = element.fields()
    kind = _text(fields.take(), der.IA5_STRING)
    data = fields.take().octets()
    width, height = fields.take().integer(), fields.take().integer()
    fields.end()
    if not data or len(data) > MAX_PICTURE_BYTES:
        raise MalformedDer(f"a picture of {len(data)} bytes; 1 to {MAX_PICTURE_BYTES} are allowed")
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise MalformedDer(f"a picture of {width} by {height} mm; 1 to {MAX_SIDE} are allowed")
    return SealPicture(kind, data, width, height)


def _extensions(element: Element | None) -> tuple[SealExtension, ...]:
    return element.each(_extension) if element is not None else ()


def _extension(element: Element) -> SealExtension:
    fields = element.fields()
    kind = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    value = fields.take().octets()
    fields.end()
    return SealExtension(kind, critical is not None and critical.boolean(), value)


def _text(element: Element, tag: int) -> str:
    value = element.text(tag)
    if len(value) > MAX_TEXT:
        raise MalformedDer(f"a text of {len(value)} characters; {MAX_TEXT} are allowed")
    return value
