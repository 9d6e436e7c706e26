"""What a time stamp token (RFC 3161) says, read from its DER; nothing is believed here yet.

A token is a CMS SignedData (RFC 5652) of one signer around a TSTInfo. Authorities differ in what
they may choose, and all of it is read: SHA-256, 384 or 512, ECDSA or RSA (PKCS #1 v1.5), the
certificate named by ESSCertID or ESSCertIDv2 (RFC 5816), further certificates, attributes and
extensions. Refused is BER that is not DER, whatever has SHA-1 in a signature, and several signers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from signing import der, der_reader
from signing.der_reader import Element, Fields
from signing.errors import MalformedDer, MalformedTimeStamp

MAX_TOKEN_BYTES: Final = 64 << 10
"""Largest token read, bytes: with three certificates on RSA 4096 it has about 6 KB."""

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"

DIGESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "2.16.840.1.101.3.4.2.1": "sha256",
        "2.16.840.1.101.3.4.2.2": "sha384",
        "2.16.840.1.101.3.4.2.3": "sha512",
    }
)
"""The digests accepted, in imprints and signatures, by OID."""

_SIGNATURES: Final[Mapping[str, str | None]] = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.2.840.113549.1.1.1": None,  # rsaEncryption: the digest is the one named before it
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}

_EC_ARC: Final = "1.2.840.10045."
_GENERALIZED: Final = re.compile(r"(\d{14})(?:\.(\d{0,17}[1-9]))?Z", re.ASCII)


@dataclass(frozen=True)
class Signer:
    """How a token is signed: over which bytes, with which algorithms, by which certificate."""

    signed: bytes
    """The signed attributes as the SET OF that the signature covers (RFC 5652 5.4)."""
    signature: bytes
    digest: str
    ecdsa: bool
    certificate: bytes
    """The certificate in DER that the signed attributes name; the token carries it."""


@dataclass(frozen=True)
class TimeStamp:
    """A token's statement: this imprint existed at this moment, says this authority."""

    moment: datetime
    """Aware, in UTC; to the microsecond, what is finer is cut off."""
    accuracy: timedelta | None
    imprint: bytes
    hash: str
    """The imprint's algorithm: sha256, sha384 or sha512."""
    policy: str
    serial_number: int
    nonce: int | None
    certificates: tuple[bytes, ...] = field(repr=False)
    """All that the token carries, in DER, in no order that would say anything."""
    signer: Signer = field(repr=False)


@dataclass(frozen=True)
class _Info:
    moment: datetime
    accuracy: timedelta | None
    imprint: bytes
    hash: str
    policy: str
    serial_number: int
    nonce: int | None


def parse(token: bytes) -> TimeStamp:
    """What the token says; raises MalformedTimeStamp.

    Its digest of itself is checked here, its signature and certificate are not: `tsa.check` does.
    """
    try:
        return _content_info(der_reader.read(token, der.SEQUENCE, MAX_TOKEN_BYTES))
    except MalformedDer as error:
        raise MalformedTimeStamp(f"this is no time stamp token: {error}") from error


def _content_info(element: Element) -> TimeStamp:
    fields = element.fields()
    if fields.take().oid() != _SIGNED_DATA:
        raise MalformedDer("no SignedData")
    body = fields.take(der.context(0)).inside(der.SEQUENCE)
    fields.end()
    return _signed_data(body)


def _signed_data(element: Element) -> TimeStamp:
    fields = element.fields()
    fields.take(der.INTEGER)  # version: follows from what is inside
    fields.take(der.SET)  # digest algorithms: the signer's own counts
    content = fields.take(der.SEQUENCE).fields()
    if content.take().oid() != _TST_INFO:
        raise MalformedDer("its content is no TSTInfo")
    encoded = content.take(der.context(0)).inside(der.OCTET_STRING).octets()
    content.end()
    carried = fields.optional(der.context(0))
    certificates = carried.each(lambda one: one.raw) if carried is not None else ()
    fields.optional(der.context(1))  # revocation lists, whose place is elsewhere
    (signer_info,) = _one(fields.take(der.SET).each(lambda one: one), "signer")
    fields.end()
    info = _tst_info(der_reader.read(encoded, der.SEQUENCE))
    return TimeStamp(
        **vars(info), certificates=certificates, signer=_signer(signer_info, encoded, certificates)
    )


def _tst_info(element: Element) -> _Info:
    """TSTInfo (RFC 3161 section 2.4.2)."""
    fields = element.fields()
    if fields.take().integer() != 1:
        raise MalformedDer("a TSTInfo of another version than 1")
    policy = fields.take().oid()
    imprint = fields.take(der.SEQUENCE).fields()
    hash_name = _digest(imprint.take())
    digest = imprint.take().octets()
    imprint.end()
    if len(digest) != hashlib.new(hash_name).digest_size:
        raise MalformedDer(f"an imprint of {len(digest)} bytes is none of {hash_name}")
    serial_number = fields.take().integer()
    moment = _moment(fields.take(der.GENERALIZED_TIME))
    accuracy = fields.optional(der.SEQUENCE)
    if (ordering := fields.optional(der.BOOLEAN)) is not None:
        ordering.boolean()
    nonce = fields.optional(der.INTEGER)
    fields.optional(der.context(0))  # the authority's name: its certificate says it
    extensions = fields.optional(der.context(1))
    fields.end()
    if extensions is not None:
        extensions.each(_refuse_critical)
    return _Info(
        moment=moment,
        accuracy=_accuracy(accuracy.fields()) if accuracy is not None else None,
        imprint=digest,
        hash=hash_name,
        policy=policy,
        serial_number=serial_number,
        nonce=nonce.integer() if nonce is not None else None,
    )


def _moment(element: Element) -> datetime:
    """GeneralizedTime in UTC, with or without fractions of a second (RFC 3161 section 2.4.2)."""
    written = element.content.decode("latin-1")
    match = _GENERALIZED.fullmatch(written)
    if match is None:
        raise MalformedDer(f"a time that is not written as DER wants it: {written[:40]!r}")
    try:
        whole = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedDer(f"no such moment: {written!r}") from error
    return whole + timedelta(microseconds=int((match[2] or "0")[:6].ljust(6, "0")))


def _accuracy(fields: Fields) -> timedelta:
    """Seconds, thousandths [0] and millionths [1], each of which may be missing."""
    seconds = fields.optional(der.INTEGER)
    found = [seconds.integer() if seconds is not None else 0]
    for number in (0, 1):
        part = fields.optional(der.context(number, constructed=False))
        value = int.from_bytes(part.content, "big", signed=True) if part is not None else 0
        if part is not None and not 1 <= value <= 999:
            raise MalformedDer("a part of the accuracy that is not 1 to 999")
        found.append(value)
    fields.end()
    if not 0 <= found[0] <= timedelta(days=365).total_seconds():
        raise MalformedDer("an accuracy that is none")
    return timedelta(seconds=found[0], milliseconds=found[1], microseconds=found[2])


def _refuse_critical(extension: Element) -> None:
    fields = extension.fields()
    oid = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    if critical is not None and critical.boolean():
        raise MalformedDer(f"the critical extension {oid}, which is not known here")


def _signer(element: Element, content: bytes, certificates: tuple[bytes, ...]) -> Signer:
    """SignerInfo (RFC 5652 section 5.3) over the encoded TSTInfo."""
    if element.tag != der.SEQUENCE:
        raise MalformedDer("a SignerInfo that is none")
    fields = element.fields()
    fields.take(der.INTEGER)  # version: follows from the form of the name after it
    fields.take()  # the signer's name: the signed attributes name it too, and cannot be exchanged
    digest = _digest(fields.take())
    attributes = fields.take(der.context(0))
    algorithm = fields.take(der.SEQUENCE).fields().take().oid()
    signature = fields.take().octets()
    fields.optional(der.context(1))  # unsigned attributes say nothing
    fields.end()
    if _SIGNATURES.get(algorithm, "") not in (digest, None):
        raise MalformedDer(f"the signature algorithm {algorithm} with {digest}")
    signed = _attributes(attributes)
    _check_content(signed, digest, content)
    return Signer(
        signed=bytes((der.SET,)) + attributes.raw[1:],
        signature=signature,
        digest=digest,
        ecdsa=algorithm.startswith(_EC_ARC),
        certificate=_named(signed, certificates),
    )


def _attributes(element: Element) -> dict[str, Element]:
    """Signed attributes by OID, each there once; of those used here each has one value."""
    found: dict[str, Element] = {}
    for attribute in element.each(lambda one: one):
        fields = attribute.fields()
        oid = fields.take().oid()
        values = fields.take(der.SET).each(lambda one: one)
        fields.end()
        if oid in found or not values:
            raise MalformedDer(f"the signed attribute {oid} is there twice, or has no value")
        if oid in (_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
            _one(values, f"value of the signed attribute {oid}")
        found[oid] = values[0]
    return found


def _check_content(attributes: Mapping[str, Element], digest: str, content: bytes) -> None:
    kind, found = attributes.get(_CONTENT_TYPE), attributes.get(_MESSAGE_DIGEST)
    if kind is None or kind.oid() != _TST_INFO:
        raise MalformedDer("its signature is for content of another type")
    if found is None or found.octets() != hashlib.new(digest, content).digest():
        raise MalformedDer("its signature is for other content")


def _named(attributes: Mapping[str, Element], certificates: tuple[bytes, ...]) -> bytes:
    """The certificate whose digest stands first in the ESS attribute (RFC 5816 section 2.2.1).

    The older attribute names it by SHA-1. That only says which one is meant: whoever finds another
    certificate with that digest must still have it signed for the same key.
    """
    if (newer := attributes.get(_SIGNING_CERTIFICATE_V2)) is not None:
        first = _first_reference(newer)
        named = first.take()
        name = "sha256"
        if named.tag == der.SEQUENCE:  # absent where it is SHA-256, the default
            name, named = _digest(named), first.take()
    elif (older := attributes.get(_SIGNING_CERTIFICATE)) is not None:
        name, named = "sha1", _first_reference(older).take()
    else:
        raise MalformedDer("its signature names no certificate")
    wanted = named.octets()
    for certificate in certificates:
        if hashlib.new(name, certificate, usedforsecurity=False).digest() == wanted:
            return certificate
    raise MalformedDer("it does not carry the certificate that its signature names")


def _first_reference(attribute: Element) -> Fields:
    return attribute.fields().take(der.SEQUENCE).fields().take(der.SEQUENCE).fields()


def _digest(element: Element) -> str:
    """The name of a digest algorithm, written with or without NULL (RFC 5754 section 2)."""
    fields = element.fields()
    oid = fields.take().oid()
    if fields.more():
        fields.take().null()
    fields.end()
    if oid not in DIGESTS:
        raise MalformedDer(f"the digest algorithm {oid}, which is not accepted")
    return DIGESTS[oid]


def _one(found: tuple[Element, ...], what: str) -> tuple[Element, ...]:
    if len(found) != 1:
        raise MalformedDer(f"{len(found)} times a {what}, where one belongs")
    return found
