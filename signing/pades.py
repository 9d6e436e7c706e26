"""PAdES B-B on a PDF that has a hole for its signature (ETSI EN 319 142-1, ETSI.CAdES.detached).

The key is on P-256 or is an RSA key; all else is the same for both. The higher levels are raised
from what is made here: `signing.pades_levels`.

The CMS (RFC 5652) carries three signed attributes: content type, message digest and ESS
signing-certificate-v2 (RFC 5035). The time of signing stands in the PDF's signature dictionary, as
EN 319 142-1 section 6.3 wants it, not here. All but the digest and the signature value is the same
for every document of a signer, and is made once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from signing import der, der_reader
from signing.document_key import Algorithm, DocumentKey
from signing.errors import CannotSign, MalformedCertificate, MalformedDer

Span = tuple[int, int]
"""The offset of a first byte and one past the last."""

_DATA = der.oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))  # no parameters: RFC 5754 section 2
_SIGNATURES: Mapping[Algorithm, bytes] = {
    "ecdsa-sha256": der.sequence(der.oid("1.2.840.10045.4.3.2")),  # none either: section 3.3
    "rsa-sha256": der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null()),  # NULL: section 3.2
}

_VERSION = der.integer(1)  # of SignedData and SignerInfo: RFC 5652 sections 5.1 and 5.3


@dataclass(frozen=True)
class PdfSigner:
    """Who signs PDFs: a key, its certificate in DER, and what leads from there to the root.

    `chain` goes into the signature as it is; the root, which a verifier must have anyway, is
    normally not in it.
    """

    key: DocumentKey
    certificate: bytes
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _Template:
    """What is the same in every signature of a signer.

    The order of a SET OF is that of its encoded bytes. The lengths at their beginning settle it
    here: content type has 24 bytes inside, message digest 47, the reference more than 80.
    """

    attributes_head: bytes
    """The first two attributes up to the digest, in the order of DER's SET OF."""
    attributes_tail: bytes
    """The third attribute, complete."""
    before_signer: bytes
    """From the version of SignedData to the certificates."""
    signer_head: bytes
    """From the version of SignerInfo to its digest algorithm."""


def sign(data: bytes, hole: Span, byte_range: Span, signer: PdfSigner) -> bytes:
    """The PDF with its byte range and signature filled in; its length does not change.

    `hole` spans /Contents with its angle brackets, `byte_range` the room between the brackets of
    /ByteRange. Raises CannotSign where one of them is not that, or is too small; KeyUnavailable.
    """
    return fill(data, hole, byte_range, lambda digest: cms(digest, signer))


def fill(data: bytes, hole: Span, byte_range: Span, value_of: Callable[[bytes], bytes]) -> bytes:
    """The PDF with its byte range filled in, and in the hole what belongs to its SHA-256.

    Raises CannotSign as `sign` does, and what `value_of` raises.
    """
    _check_places(data, hole, byte_range)
    start, end = hole
    signed = bytearray(data)
    ranges = f"0 {start} {end} {len(data) - end}".encode("ascii")
    _fill(signed, byte_range, ranges, b" ", "/ByteRange")
    with memoryview(signed) as view:
        digest = hashlib.sha256(view[:start])
        digest.update(view[end:])
    fill_hole(signed, hole, value_of(digest.digest()))
    return bytes(signed)


def fill_hole(signed: bytearray, hole: Span, value: bytes) -> None:
    """Writes a CMS into the hole, zeros behind it; raises CannotSign where it is too large."""
    start, end = hole
    _fill(signed, (start + 1, end - 1), value.hex().encode("ascii"), b"0", "/Contents")


def cms(digest: bytes, signer: PdfSigner) -> bytes:
    """The detached CMS SignedData in DER over content whose SHA-256 is `digest`."""
    template = _template(signer.certificate, signer.chain)
    attributes = template.attributes_head + digest + template.attributes_tail
    # What is signed is the SET OF itself; in the message it stands under the tag [0] (RFC 5652 5.4)
    signature = signer.key.sign(der.tlv(der.SET, attributes))
    signer_info = der.sequence(
        template.signer_head,
        der.tlv(der.context(0), attributes),
        _SIGNATURES[signer.key.algorithm],
        der.octet_string(signature),
    )
    signed_data = der.sequence(template.before_signer, der.tlv(der.SET, signer_info))
    return der.sequence(_SIGNED_DATA, der.explicit(0, signed_data))


@lru_cache(maxsize=4096)
def _template(certificate: bytes, chain: tuple[bytes, ...]) -> _Template:
    issuer, serial_number = issuer_and_serial(certificate)
    digest = hashlib.sha256(certificate).digest()
    content_type = _attribute(_CONTENT_TYPE, _DATA)
    # An octet string of the digest's length, without the digest: that is what follows it.
    message_digest = _attribute(_MESSAGE_DIGEST, der.octet_string(bytes(len(digest))))
    reference = _attribute(
        _SIGNING_CERTIFICATE_V2, _signing_certificate(digest, issuer, serial_number)
    )
    return _Template(
        attributes_head=content_type + message_digest[: -len(digest)],
        attributes_tail=reference,
        before_signer=b"".join(
            (
                _VERSION,
                der.tlv(der.SET, _SHA256),
                der.sequence(_DATA),
                der.tlv(der.context(0), *sorted((certificate, *chain))),
            )
        ),
        signer_head=b"".join((_VERSION, der.sequence(issuer, serial_number), _SHA256)),
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.tlv(der.SET, value))


def _signing_certificate(digest: bytes, issuer: bytes, serial_number: bytes) -> bytes:
    """SigningCertificateV2 (RFC 5035 section 3); SHA-256 is its default, so it is not written."""
    directory_name = der.explicit(4, issuer)  # GeneralName [4], explicit because Name is a CHOICE
    issuer_serial = der.sequence(der.sequence(directory_name), serial_number)
    return der.sequence(der.sequence(der.sequence(der.octet_string(digest), issuer_serial)))


def issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    """Issuer and serial number as encoded in the certificate (RFC 5280 section 4.1)."""
    try:
        fields = der_reader.read(certificate, der.SEQUENCE).fields().take(der.SEQUENCE).fields()
        fields.optional(der.context(0))  # version
        serial_number = fields.take(der.INTEGER).raw
        fields.take(der.SEQUENCE)  # signature algorithm
        return fields.take(der.SEQUENCE).raw, serial_number
    except MalformedDer as error:
        raise MalformedCertificate(f"the signer's certificate is none: {error}") from error


def _check_places(data: bytes, hole: Span, byte_range: Span) -> None:
    start, end = hole
    first, last = byte_range
    if not 0 < start < end < len(data) or (data[start], data[end - 1]) != (0x3C, 0x3E):
        raise CannotSign("the hole is not a hexadecimal string inside the file")
    if not 0 < first < last < len(data) or (first < end and start < last):
        raise CannotSign("the byte range has no room of its own inside the file")
    before, after = data[max(0, first - 8) : first].rstrip(), data[last : last + 8].lstrip()
    if not before.endswith(b"[") or not after.startswith(b"]"):
        raise CannotSign("the byte range is not an array")


def _fill(signed: bytearray, room: Span, value: bytes, padding: bytes, name: str) -> None:
    size = room[1] - room[0]
    if len(value) > size:
        raise CannotSign(f"{name} has room for {size} characters, but needs {len(value)}")
    signed[room[0] : room[1]] = value.ljust(size, padding)
