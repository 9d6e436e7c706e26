"""What SM2 certificates and revocation lists have in common (RFC 5280, GM/T 0015).

`cryptography` knows neither the SM2 key nor its signature, so both structures are written and read
here. Names, algorithm and extensions stand in this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from signing import der
from signing.der_reader import Element
from signing.errors import MalformedCertificate, MalformedDer
from signing.libcrypto import EC_PUBLIC_KEY_OID, SM2_CURVE_OID, Sm2Key, sm3

SM2_WITH_SM3_OID = "1.2.156.10197.1.501"

COMMON_NAME = "2.5.4.3"
COUNTRY = "2.5.4.6"
ORGANISATION = "2.5.4.10"
ORGANISATION_IDENTIFIER = "2.5.4.97"

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
CRL_NUMBER = "2.5.29.20"
REASON_CODE = "2.5.29.21"
INVALIDITY_DATE = "2.5.29.24"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
EXPIRED_CERTS_ON_CRL = "2.5.29.60"

MAX_EXTENSIONS = 32
"""Most extensions read in one structure; certificates in use have under 15."""

MAX_SERIAL_BYTES = 20
"""Longest serial number, bytes (RFC 5280 4.1.2.2)."""

SIGNATURE_ALGORITHM = der.sequence(der.oid(SM2_WITH_SM3_OID))
KEY_ALGORITHM = der.sequence(der.oid(EC_PUBLIC_KEY_OID), der.oid(SM2_CURVE_OID))

_KEY_IDENTIFIER_BYTES = 20
_ISSUER_KEY = der.context(0, constructed=False)


@dataclass(frozen=True)
class Extension:
    """One extension as found: whether it is critical, and its value, DER."""

    critical: bool
    value: bytes


def name(common_name: str, organisation: str | None = None, identifier: str | None = None) -> bytes:
    """A distinguished name, DER: C=CN, O, organizationIdentifier (the USCC), CN."""
    attributes = [
        (COUNTRY, der.printable("CN")),
        (ORGANISATION, der.utf8(organisation) if organisation else None),
        (ORGANISATION_IDENTIFIER, der.printable(identifier) if identifier else None),
        (COMMON_NAME, der.utf8(common_name)),
    ]
    return der.sequence(
        *(
            der.set_of(der.sequence(der.oid(kind), value))
            for kind, value in attributes
            if value is not None
        )
    )


def read_name(element: Element) -> Mapping[str, str]:
    """The attributes of a distinguished name by their dotted type; raises MalformedDer."""
    found: dict[str, str] = {}
    fields = element.fields()
    while fields.more():
        attribute = fields.take(der.SET).inside(der.SEQUENCE).fields()
        kind, value = attribute.take().oid(), attribute.take().text()
        attribute.end()
        found[kind] = value
    return found


def key_identifier(point: bytes) -> bytes:
    """The key identifier of a public point: the leftmost 160 bits of its SM3 (as RFC 7093 does)."""
    return sm3(point)[:_KEY_IDENTIFIER_BYTES]


def extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    """One extension around a DER value."""
    flag = (der.boolean(True),) if critical else ()  # FALSE is the default, which DER leaves out
    return der.sequence(der.oid(kind), *flag, der.octet_string(value))


def authority_key_identifier(point: bytes) -> bytes:
    """The extension that names the issuer's key."""
    value = der.sequence(der.tlv(_ISSUER_KEY, key_identifier(point)))
    return extension(AUTHORITY_KEY_IDENTIFIER, value)


def read_extensions(element: Element) -> dict[str, Extension]:
    """The extensions of a SEQUENCE OF them; raises MalformedDer where one comes twice."""
    found: dict[str, Extension] = {}
    fields = element.fields()
    while fields.more():
        kind, value = _read_extension(fields.take(der.SEQUENCE))
        if kind in found:
            raise MalformedDer(f"the extension {kind} comes twice")
        if len(found) == MAX_EXTENSIONS:
            raise MalformedDer(f"more than {MAX_EXTENSIONS} extensions")
        found[kind] = value
    if not found:
        raise MalformedDer("an empty list of extensions")
    return found


def _read_extension(element: Element) -> tuple[str, Extension]:
    fields = element.fields()
    kind = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    value = fields.take().octets()
    fields.end()
    # A critical of FALSE written out is no DER, but Chinese authorities issue such certificates.
    return kind, Extension(critical is not None and critical.boolean(), value)


def read_authority_key_identifier(value: Element) -> bytes | None:
    """The key identifier of that extension, None where it names the issuer otherwise."""
    fields = value.fields()
    found = fields.optional(_ISSUER_KEY)
    return found.content if found is not None else None


def read_signature_algorithm(element: Element) -> bytes:
    """Checks that an AlgorithmIdentifier is SM2 with SM3, and gives its raw bytes."""
    fields = element.fields()
    kind = fields.take().oid()
    if fields.more():
        fields.take(der.NULL).null()  # GM/T 0015 examples have it, RFC-minded issuers do not
    fields.end()
    if kind != SM2_WITH_SM3_OID:
        raise MalformedDer(f"signed with {kind}, not with SM2 and SM3 ({SM2_WITH_SM3_OID})")
    return element.raw


def unknown_critical(found: Mapping[str, Extension], known: Iterable[str]) -> tuple[str, ...]:
    """The critical extensions that are not among the known ones."""
    return tuple(kind for kind, one in found.items() if one.critical and kind not in set(known))


def signed(tbs: bytes, key: Sm2Key) -> bytes:
    """A certificate or list: what is signed, the algorithm, the signature."""
    return der.sequence(tbs, SIGNATURE_ALGORITHM, der.bit_string(key.sign(tbs)))


def read_signed(element: Element) -> tuple[Element, bytes, bytes]:
    """What is signed, the raw algorithm and the signature value; raises MalformedDer."""
    fields = element.fields()
    tbs = fields.take(der.SEQUENCE)
    algorithm = read_signature_algorithm(fields.take(der.SEQUENCE))
    signature = fields.take().whole_bits()
    fields.end()
    return tbs, algorithm, signature


def require_order(earlier: datetime, later: datetime) -> None:
    """Raises MalformedCertificate where a period would end before it begins."""
    if earlier >= later:
        raise MalformedCertificate(f"the period from {earlier} to {later} is empty")


def require_serial(serial: int) -> None:
    """Raises MalformedCertificate where a serial number is not positive or is too long."""
    if not 0 < serial < 1 << (8 * MAX_SERIAL_BYTES - 1):
        raise MalformedCertificate("a serial number is positive and has at most 20 bytes")
