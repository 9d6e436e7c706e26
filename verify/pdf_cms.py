"""The form of the CMS signature in a PDF (RFC 5652, ETSI EN 319 142-1, PAdES B-B and B-T).

Only the one form that Sealpress writes is accepted: one signer, named by issuer and serial
number, with signed attributes; nothing that could be changed without the signature noticing, but
for one unsigned attribute, a time stamp over the signature's value (EN 319 122-1 clause 5.3), whose
own signature notices. What the values say is judged in `pdf_signature` and `time_proof`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from signing import der, der_reader
from signing.errors import MalformedDer
from verify.fault import Fault
from verify.limits import CHAINS_KEPT, CMS_BYTES

if TYPE_CHECKING:
    from signing.der_reader import Element

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
DATA: Final = "1.2.840.113549.1.7.1"

_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"  # RFC 3161 appendix A

_CONTEXT_0: Final = 0xA0  # [0], constructed
_CONTEXT_1: Final = 0xA1  # [1], constructed
_SET: Final = 0x31
_RSA_ARC: Final = "1.2.840.113549.1.1."

T = TypeVar("T")


@dataclass(frozen=True)
class Cms:
    """A CMS signature taken apart; nothing about it is judged yet but its form.

    `attributes` holds the DER value of each signed attribute, `signed` the bytes that were signed,
    `time_stamp` the token over the signature's value where there is one.
    """

    certificates: tuple[bytes, ...]
    issuer: bytes
    serial: int
    digest_oid: str
    signature_oid: str
    attributes: Mapping[str, Element]
    signed: bytes
    signature: bytes
    time_stamp: bytes | None = None


def parse(value: bytes) -> Cms:
    """Take a DER ContentInfo apart.

    Raises:
        Fault: not strict DER, or not of the form described at the head of this module.
    """
    try:
        return _content_info(der_reader.read(value, der.SEQUENCE, CMS_BYTES))
    except MalformedDer as error:
        raise Fault("签名不是PAdES的规范形式", f"not a plain PAdES signature: {error}") from error


def _content_info(element: Element) -> Cms:
    fields = element.fields()
    kind = fields.take().oid()
    body = fields.take(_CONTEXT_0).inside(der.SEQUENCE)
    fields.end()
    if kind != _SIGNED_DATA:
        raise MalformedDer("no SignedData")
    return _signed_data(body)


def _signed_data(element: Element) -> Cms:
    fields = element.fields()
    version = fields.take().integer()
    (digest_oid,) = _exactly_one(fields.take(_SET).each(algorithm))
    content = fields.take(der.SEQUENCE).fields()
    content_type = content.take().oid()
    content.end()  # detached: the content is the file
    certificates = fields.take(_CONTEXT_0).each(lambda item: item.raw)
    (signer,) = _exactly_one(fields.take(_SET).each(_sequence))
    fields.end()
    if certificates != tuple(sorted(set(certificates))):
        raise MalformedDer("the certificates are not a SET in DER's order")
    if version != 1 or content_type != DATA:
        raise MalformedDer("another version or content than a plain detached signature has")
    return _signer_info(signer, digest_oid, certificates)


def _signer_info(element: Element, digest_oid: str, certificates: tuple[bytes, ...]) -> Cms:
    fields = element.fields()
    version = fields.take().integer()
    name = fields.take(der.SEQUENCE).fields()
    issuer, serial = name.take(der.SEQUENCE).raw, name.take().integer()
    name.end()
    own_digest_oid = algorithm(fields.take())
    attributes = fields.take(_CONTEXT_0)
    signature_oid = algorithm(fields.take(), rsa=True)
    signature = fields.take().octets()
    unsigned = fields.optional(_CONTEXT_1)
    fields.end()
    if version != 1 or own_digest_oid != digest_oid:
        raise MalformedDer("the signer's version or digest algorithm differs")
    return Cms(
        certificates=certificates,
        issuer=issuer,
        serial=serial,
        digest_oid=digest_oid,
        signature_oid=signature_oid,
        attributes=_attributes(attributes),
        signed=bytes((_SET,)) + attributes.raw[1:],  # RFC 5652 5.4: signed as a SET OF
        signature=signature,
        time_stamp=_time_stamp(unsigned) if unsigned is not None else None,
    )


def _time_stamp(element: Element) -> bytes:
    """The token in the unsigned attributes; anything else there nobody has signed."""
    attributes = _attributes(element)
    if list(attributes) != [_TIME_STAMP]:
        raise MalformedDer("an unsigned attribute that is no time stamp")
    return attributes[_TIME_STAMP].raw


def _attributes(element: Element) -> dict[str, Element]:
    """Attributes by OID, each there once with one value."""
    found: dict[str, Element] = {}
    for oid, value in element.each(_attribute):
        if oid in found:
            raise MalformedDer(f"the attribute {oid} is there twice")
        found[oid] = value
    return found


def _attribute(element: Element) -> tuple[str, Element]:
    """The OID of an attribute, and its one value."""
    return _attribute_of(element.raw)


def algorithm(element: Element, *, rsa: bool = False) -> str:
    """The OID of an AlgorithmIdentifier without parameters (RFC 5754).

    With `rsa`, an RSA signature's has the NULL that RFC 4055 demands, and no other has it.
    """
    return _algorithm_of(element.raw, rsa)


# Algorithms and all attributes but the digest are the same in every signature of a signer: what
# their bytes say is remembered.


@lru_cache(maxsize=CHAINS_KEPT)
def _attribute_of(raw: bytes) -> tuple[str, Element]:
    fields = der_reader.read(raw, der.SEQUENCE).fields()
    oid = fields.take().oid()
    (value,) = _exactly_one(fields.take(_SET).each(lambda item: item))
    fields.end()
    return oid, value


@lru_cache(maxsize=CHAINS_KEPT)
def _algorithm_of(raw: bytes, rsa: bool) -> str:
    fields = der_reader.read(raw, der.SEQUENCE).fields()
    oid = fields.take().oid()
    if rsa and oid.startswith(_RSA_ARC):
        fields.take().null()
    fields.end()
    return oid


def _sequence(element: Element) -> Element:
    """The element itself, which must be a SEQUENCE: its tag is not signed."""
    if element.tag != der.SEQUENCE:
        raise MalformedDer(f"a SEQUENCE expected, found {element.tag:#04x}")
    return element


def _exactly_one(items: tuple[T, ...]) -> tuple[T]:
    if len(items) != 1:
        raise MalformedDer(f"{len(items)} elements where one belongs")
    return (items[0],)
