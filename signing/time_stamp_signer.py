"""How a time stamp token is signed (RFC 3161 section 2.4.2): its SignerInfo, read, not verified."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signing import der
from signing.der_reader import Element, Fields
from signing.errors import MalformedDer

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
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


def read_signer(element: Element, content: bytes, certificates: tuple[bytes, ...]) -> Signer:
    """SignerInfo (RFC 5652 section 5.3) over the encoded TSTInfo; raises MalformedDer."""
    if element.tag != der.SEQUENCE:
        raise MalformedDer("a SignerInfo that is none")
    fields = element.fields()
    fields.take(der.INTEGER)  # version: follows from the form of the name after it
    fields.take()  # the signer's name: the signed attributes name it too, and cannot be exchanged
    digest = digest_name(fields.take())
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
            one(values, f"value of the signed attribute {oid}")
        found[oid] = values[0]
    return found


def _check_content(attributes: Mapping[str, Element], digest: str, content: bytes) -> None:
    kind, found = attributes.get(_CONTENT_TYPE), attributes.get(_MESSAGE_DIGEST)
    if kind is None or kind.oid() != TST_INFO:
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
            name, named = digest_name(named), first.take()
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


def digest_name(element: Element) -> str:
    """The name of a digest algorithm, written with or without NULL (RFC 5754 section 2)."""
    fields = element.fields()
    oid = fields.take().oid()
    if fields.more():
        fields.take().null()
    fields.end()
    if oid not in DIGESTS:
        raise MalformedDer(f"the digest algorithm {oid}, which is not accepted")
    return DIGESTS[oid]


def one(found: tuple[Element, ...], what: str) -> tuple[Element, ...]:
    """What was found, if it is just one; raises MalformedDer."""
    if len(found) != 1:
        raise MalformedDer(f"{len(found)} times a {what}, where one belongs")
    return found
