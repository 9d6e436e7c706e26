"""The pieces that seals of all editions are made of, read strictly."""

from __future__ import annotations

from signing import der
from signing.der_reader import Element, Fields
from signing.errors import MalformedDer, UnsupportedSealVersion
from signing.ses_model import (
    FIRST_VERSION,
    MAX_PICTURE_BYTES,
    MAX_SIDE,
    MAX_SIGNERS,
    MAX_TEXT,
    NEXT_VERSION,
    VERSION,
    SealExtension,
    SealPicture,
    SealProperty,
)
from signing.sm2_x509 import SM2_WITH_SM3_OID

CERTIFICATES, DIGESTS = 1, 2
"""Values of certListType: the list holds certificates, or digests of them."""

DIGEST_BYTES = 32
"""Length of an SM3 digest."""


def require_version(found: int, *expected: int) -> None:
    """Raises UnsupportedSealVersion for a version that is not known, MalformedDer for another's."""
    known = (FIRST_VERSION, VERSION, NEXT_VERSION)
    if found not in known:
        numbers = ", ".join(map(str, known))
        raise UnsupportedSealVersion(f"a seal of version {found}; read are the versions {numbers}")
    if found not in expected:
        raise MalformedDer(f"a seal of version {found} in the form of version {expected[0]}")


def require_algorithm(oid: str) -> None:
    """Raises MalformedDer where the algorithm is not SM2 with SM3."""
    if oid != SM2_WITH_SM3_OID:
        raise MalformedDer(f"signed with {oid}, not with SM2 and SM3 ({SM2_WITH_SM3_OID})")


def sm2_value(fields: Fields) -> bytes:
    """The algorithm, which must be SM2 with SM3, and the value after it, as found."""
    require_algorithm(fields.take().oid())
    return fields.take().whole_bits()


def data_hash(value: bytes) -> bytes:
    """A digest by SM3, which has 32 bytes."""
    if len(value) != DIGEST_BYTES:
        raise MalformedDer(f"dataHash has {len(value)} bytes, SM3 has {DIGEST_BYTES}")
    return value


def header(element: Element) -> tuple[int, str]:
    """The version and the vendor that SES_Header names."""
    fields = element.fields()
    if text(fields.take(), der.IA5_STRING) != "ES":
        raise MalformedDer("the header does not begin with ES")
    version = fields.take().integer()
    vendor = text(fields.take(), der.IA5_STRING)
    fields.end()
    return version, vendor


def seal_property(element: Element, *, first_edition: bool) -> SealProperty:
    """SES_ESPropertyInfo; that of the first edition lists certificates alone, without saying so.

    Its times are UTCTime, but its own writers put GeneralizedTime as well.
    """
    fields = element.fields()
    kind = fields.take().integer()
    name = text(fields.take(), der.UTF8_STRING)
    list_type = CERTIFICATES if first_edition else fields.take().integer()
    listed = fields.take(der.SEQUENCE)
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
    times = (der.UTC_TIME, der.GENERALIZED_TIME) if first_edition else (der.GENERALIZED_TIME,)
    created, valid_from, valid_to = (fields.take().time(*times) for _ in range(3))
    fields.end()
    return SealProperty(kind, name, certificates, digests, created, valid_from, valid_to)


def _digest(element: Element) -> tuple[str, bytes]:
    fields = element.fields()
    algorithm, value = text(fields.take(), der.PRINTABLE_STRING), fields.take().octets()
    fields.end()
    return algorithm, value


def picture(element: Element) -> SealPicture:
    """SES_ESPictureInfo."""
    fields = element.fields()
    kind = text(fields.take(), der.IA5_STRING)
    data = fields.take().octets()
    width, height = fields.take().integer(), fields.take().integer()
    fields.end()
    if not data or len(data) > MAX_PICTURE_BYTES:
        raise MalformedDer(f"a picture of {len(data)} bytes; 1 to {MAX_PICTURE_BYTES} are allowed")
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise MalformedDer(f"a picture of {width} by {height} mm; 1 to {MAX_SIDE} are allowed")
    return SealPicture(kind, data, width, height)


def extensions(element: Element | None) -> tuple[SealExtension, ...]:
    """ExtensionDatas, which may be missing."""
    return element.each(_extension) if element is not None else ()


def _extension(element: Element) -> SealExtension:
    fields = element.fields()
    kind = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    value = fields.take().octets()
    fields.end()
    return SealExtension(kind, critical is not None and critical.boolean(), value)


def text(element: Element, tag: int) -> str:
    """A character string of that type, at most `MAX_TEXT` long."""
    value = element.text(tag)
    if len(value) > MAX_TEXT:
        raise MalformedDer(f"a text of {len(value)} characters; {MAX_TEXT} are allowed")
    return value
