"""What frames the signed part of a time stamp token, and is itself signed by nobody.

`signing.time_stamp` goes by the signed attributes, as it may: the versions, the list of digests and
the signer's name beside them repeat what these say (RFC 5652 sections 5.1 and 5.3). Here they must
indeed repeat it, so that no bit of a token can be turned without being noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509

from signing import der, der_reader
from signing.errors import MalformedDer
from signing.time_stamp import MAX_TOKEN_BYTES
from signing.time_stamp_signer import DIGESTS
from verify.fault import Fault

if TYPE_CHECKING:
    from signing.der_reader import Element
    from signing.time_stamp import TimeStamp

_OF_OTHER_CONTENT: Final = 3  # the version of SignedData around anything but plain data
_BY_NAME: Final = 1  # versions of SignerInfo: named by issuer and serial number,
_BY_KEY: Final = 3  # or by the key's identifier
_KEY_IDENTIFIER: Final = der.context(0, constructed=False)


def check(token: bytes, stamp: TimeStamp) -> None:
    """The frame of a token (DER) says what `stamp`, read from it, says.

    Raises:
        Fault: it says something else.
    """
    try:
        fields = der_reader.read(token, der.SEQUENCE, MAX_TOKEN_BYTES).fields()
        fields.take(der.OBJECT_IDENTIFIER)
        _check(fields.take(der.context(0)).inside(der.SEQUENCE), stamp)
    except (MalformedDer, ValueError) as error:
        raise Fault("时间戳无效", f"the frame of the time stamp is another: {error}") from error


def _check(signed_data: Element, stamp: TimeStamp) -> None:
    fields = signed_data.fields()
    if fields.take().integer() != _OF_OTHER_CONTENT:
        raise MalformedDer("its version")
    digests = fields.take(der.SET).each(_digest)
    if stamp.signer.digest not in digests or len(set(digests)) != len(digests):
        raise MalformedDer("its digests")
    fields.take(der.SEQUENCE)  # the content: its digest is signed
    fields.optional(der.context(0))
    fields.optional(der.context(1))
    signer = fields.take(der.SET).inside(der.SEQUENCE).fields()
    version, name = signer.take().integer(), signer.take()
    certificate = x509.load_der_x509_certificate(stamp.signer.certificate)
    if name.tag == _KEY_IDENTIFIER:
        named = version == _BY_KEY and name.content == _key_identifier(certificate)
    else:
        named = version == _BY_NAME and _names(name, certificate)
    if not named or _digest(signer.take()) != stamp.signer.digest:
        raise MalformedDer("its signer")
    signer.take(der.context(0))
    _algorithm(signer.take())


def _digest(element: Element) -> str:
    oid = _algorithm(element)
    if oid not in DIGESTS:
        raise MalformedDer("its digests")
    return DIGESTS[oid]


def _algorithm(element: Element) -> str:
    """The OID of an AlgorithmIdentifier, written with or without NULL."""
    fields = element.fields()
    oid = fields.take().oid()
    if fields.more():
        fields.take().null()
    fields.end()
    if element.tag != der.SEQUENCE:
        raise MalformedDer("an algorithm that is none")
    return oid


def _names(name: Element, certificate: x509.Certificate) -> bool:
    """Whether that is the issuer and the serial number of a certificate."""
    fields = name.fields()
    issuer, serial = fields.take(der.SEQUENCE).raw, fields.take().integer()
    fields.end()
    same = issuer == certificate.issuer.public_bytes() and serial == certificate.serial_number
    return same and name.tag == der.SEQUENCE


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest
