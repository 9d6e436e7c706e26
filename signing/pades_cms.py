"""The CMS in a signed PDF, found again and taken apart as far as a time stamp on it needs.

Unsigned attributes are outside of what is signed, and the hole outside of what is covered. So a
signature time stamp (ETSI EN 319 122-1 section 5.3) is put in after signing, and the signature
before it and the file around it stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from signing import der, der_reader
from signing.der_reader import Element, Fields
from signing.errors import CannotSign, MalformedCertificate, MalformedDer
from signing.pades import Span, fill_hole, issuer_and_serial

_BYTE_RANGE: Final = re.compile(rb"/ByteRange\s?\[0 (\d{1,10}) (\d{1,10}) (\d{1,10}) *\]")
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_DATA: Final = der.oid("1.2.840.113549.1.7.1")
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_TIME_STAMP: Final = der.oid("1.2.840.113549.1.9.16.2.14")  # RFC 3161 appendix A
_UNSIGNED: Final = der.context(1)

MAX_CMS_BYTES: Final = 64 << 10
"""Largest CMS read, bytes: the hole for one with a time stamp has 16 KiB."""


@dataclass(frozen=True)
class Signed:
    """A signature in a PDF, before any time stamp."""

    hole: Span
    certificates: tuple[bytes, ...]
    """DER, in the order of the SET OF, which says nothing."""
    signer: bytes
    """The certificate, one of these, that issuer and serial number name."""
    value: bytes
    """What a signature time stamp is of."""
    before_signers: bytes
    """SignedData up to the set of its signers."""
    signer_info: bytes
    """What is inside the one SignerInfo."""


def read(data: bytes) -> Signed:
    """The one signature of a PDF of one revision, which covers all of the file.

    Raises CannotSign where the file is not that, or was changed, or has a time stamp already.
    """
    hole = _hole(data)
    start, end = hole
    digest = hashlib.sha256(data[:start])
    digest.update(data[end:])
    try:
        cms = Fields(bytes.fromhex(data[start + 1 : end - 1].decode("ascii")), 0).take(der.SEQUENCE)
        return _content_info(der_reader.read(cms.raw, der.SEQUENCE, MAX_CMS_BYTES), hole, digest)
    except (MalformedCertificate, MalformedDer, ValueError) as error:
        raise CannotSign(f"the file's signature cannot be read: {error}") from error


def with_time_stamp(data: bytes, signed: Signed, token: bytes) -> bytes:
    """The file whose signature carries a token over its value; its length does not change.

    Raises CannotSign where the hole is too small.
    """
    attribute = der.sequence(_TIME_STAMP, der.tlv(der.SET, token))
    signer_info = der.sequence(signed.signer_info, der.tlv(_UNSIGNED, attribute))
    signed_data = der.sequence(signed.before_signers, der.tlv(der.SET, signer_info))
    stamped = bytearray(data)
    cms = der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed_data))
    fill_hole(stamped, signed.hole, cms)
    return bytes(stamped)


def _hole(data: bytes) -> Span:
    """Where the signature's value stands: between the two ranges that it says it covers."""
    found = {
        (start, end)
        for start, end, rest in (map(int, one) for one in _BYTE_RANGE.findall(data))
        if 0 < start < end and end + rest == len(data)
    }
    holes = [
        (start, end)
        for start, end in found
        if (data[start : start + 1], data[end - 1 : end]) == (b"<", b">")
    ]
    if len(holes) != 1:
        raise CannotSign("the file has no signature, or not just one, that covers all of it")
    return holes[0]


def _content_info(element: Element, hole: Span, digest: hashlib._Hash) -> Signed:
    fields = element.fields()
    if fields.take().oid() != _SIGNED_DATA:
        raise MalformedDer("no SignedData")
    body = fields.take(der.context(0)).inside(der.SEQUENCE).fields()
    fields.end()
    parts = [body.take(der.INTEGER), body.take(der.SET), body.take(der.SEQUENCE)]
    if parts[-1].content != _DATA:
        raise MalformedDer("it is no detached signature, but has content of its own")
    parts.append(body.take(der.context(0)))
    certificates = parts[-1].each(lambda one: one.raw)
    signer_info = body.take(der.SET).inside(der.SEQUENCE)
    body.end()
    name, value = _signer_info(signer_info, digest.digest())
    return Signed(
        hole=hole,
        certificates=certificates,
        signer=_named(name, certificates),
        value=value,
        before_signers=b"".join(part.raw for part in parts),
        signer_info=signer_info.content,
    )


def _signer_info(element: Element, digest: bytes) -> tuple[bytes, bytes]:
    """The name of the signer and the signature's value (RFC 5652 section 5.3)."""
    fields = element.fields()
    fields.take(der.INTEGER)
    name = fields.take(der.SEQUENCE).content
    fields.take(der.SEQUENCE)  # digest algorithm
    attributes = fields.take(der.context(0)).each(lambda one: one.fields())
    fields.take(der.SEQUENCE)  # signature algorithm
    value = fields.take().octets()
    if fields.optional(_UNSIGNED) is not None:
        raise MalformedDer("it has a time stamp already")
    fields.end()
    if digest not in (_message_digest(one) for one in attributes):
        raise MalformedDer("the file was changed after it was signed")
    return name, value


def _message_digest(attribute: Fields) -> bytes | None:
    if attribute.take().oid() != _MESSAGE_DIGEST:
        return None
    return attribute.take(der.SET).inside(der.OCTET_STRING).octets()


def _named(name: bytes, certificates: tuple[bytes, ...]) -> bytes:
    """The certificate with that issuer and serial number, as encoded in both."""
    for certificate in certificates:
        if b"".join(issuer_and_serial(certificate)) == name:
            return certificate
    raise MalformedDer("it does not carry its signer's certificate")
