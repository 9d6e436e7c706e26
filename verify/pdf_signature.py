"""What the CMS signature in a PDF says, held against the file and the certificate.

RFC 5652 section 5.6, RFC 5035 (which certificate is meant), and the algorithms accepted here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from signing import der, der_reader
from signing.errors import MalformedDer
from verify.fault import Fault
from verify.limits import CHAINS_KEPT, RSA_BITS
from verify.pdf_cms import DATA, Cms, algorithm

if TYPE_CHECKING:
    from cryptography import x509

    from signing.der_reader import Element

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"

_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_DIGESTS: Final[Mapping[str, str]] = {
    _SHA256: "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_ECDSA: Final[Mapping[str, str]] = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_RSA: Final[Mapping[str, str]] = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_SIGNATURES: Final[Mapping[str, str]] = {**_ECDSA, **_RSA}


def check_algorithms(cms: Cms) -> None:
    """SHA-2 throughout, one and the same in digest and signature.

    Raises:
        Fault: another algorithm is used.
    """
    digest = _DIGESTS.get(cms.digest_oid)
    if digest is None:
        raise Fault(
            f"摘要算法{cms.digest_oid}不被接受", f"digest algorithm {cms.digest_oid} refused"
        )
    if _SIGNATURES.get(cms.signature_oid) != digest:
        raise Fault(
            f"签名算法{cms.signature_oid}不被接受",
            f"signature algorithm {cms.signature_oid} refused",
        )


def check_content(
    cms: Cms, before: memoryview, after: memoryview, sha256: bytes | None = None
) -> None:
    """The digest that was signed is that of the file without the gap.

    `sha256` is that digest, where it is known already; others are made here.

    Raises:
        Fault: it is another, so the file was changed after signing.
    """
    name = _DIGESTS.get(cms.digest_oid, "sha256")
    digest = sha256 if name == "sha256" else None
    if digest is None:
        hashed = hashlib.new(name, before)
        hashed.update(after)
        digest = hashed.digest()
    try:
        signed = _attribute(cms, _MESSAGE_DIGEST).octets()
        kind = _attribute(cms, _CONTENT_TYPE).oid()
    except MalformedDer as error:
        raise Fault("签名中没有文件摘要", "no digest of the file is signed") from error
    if kind != DATA or signed != digest:
        raise Fault("文件内容在签名后被改动", "the file was changed after signing")


def signer_certificate(cms: Cms) -> x509.Certificate:
    """The certificate that the signed attributes name by its digest, and the signer by serial.

    Certificates stand in a CMS in any order, so their order says nothing.

    Raises:
        Fault: none fits, or not both ways of naming mean the same one.
    """
    try:
        named = _attribute(cms, _SIGNING_CERTIFICATE_V2).raw
        return _named_certificate(named, cms.issuer, cms.serial, cms.certificates)
    except MalformedDer as error:
        raise Fault(
            "签名未指明签名人证书", "the signature does not name its certificate"
        ) from error


@lru_cache(maxsize=CHAINS_KEPT)
def _named_certificate(
    named: bytes, issuer: bytes, serial: int, certificates: tuple[bytes, ...]
) -> x509.Certificate:
    """The one of some certificates that is named; remembered, since a signer signs many files."""
    from cryptography import x509

    name, digest = _named_digest(der_reader.read(named))
    for certificate in certificates:
        if hashlib.new(name, certificate).digest() != digest:
            continue
        try:
            found = x509.load_der_x509_certificate(certificate)
            same = found.issuer.public_bytes() == issuer and found.serial_number == serial
        except ValueError as error:
            raise Fault("签名人证书无法解析", "the signer's certificate is malformed") from error
        if same:
            return found
    raise Fault("签名所指的证书不在签名中", "the certificate that the signature names is not there")


def _named_digest(element: Element) -> tuple[str, bytes]:
    """Algorithm and digest of the first ESSCertIDv2 (RFC 5035 3): the signer's own."""
    fields = element.fields()
    first = fields.take(der.SEQUENCE).fields().take(der.SEQUENCE).fields()
    named = first.take()
    oid = _SHA256
    if named.tag == der.SEQUENCE:  # absent where it is SHA-256, the default
        oid, named = algorithm(named), first.take()
    if oid not in _DIGESTS:
        raise MalformedDer(f"the certificate is named by a digest of {oid}")
    return _DIGESTS[oid], named.octets()


def _attribute(cms: Cms, oid: str) -> Element:
    try:
        return cms.attributes[oid]
    except KeyError:
        raise MalformedDer(f"the signed attribute {oid} is missing") from None


def check_signature(cms: Cms, certificate: x509.Certificate) -> None:
    """The signature over the signed attributes is that of the certificate's key.

    Raises:
        Fault: it is not, or the key is of a kind or size that is not accepted.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    digests: Mapping[str, hashes.HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    digest = digests[_SIGNATURES.get(cms.signature_oid, "sha256")]
    try:
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and cms.signature_oid in _ECDSA:
            key.verify(cms.signature, cms.signed, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and cms.signature_oid in _RSA:
            key.verify(cms.signature, cms.signed, padding.PKCS1v15(), digest)
        else:
            raise Fault("签名算法与证书密钥不符", "the signature's algorithm does not fit the key")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise Fault(
            "签名值与签名人证书不符", "the signature is not that of the certificate"
        ) from error


def check_key(certificate: x509.Certificate) -> None:
    """The signer's key is on P-256 or a larger NIST curve, or RSA of at least 2048 bits.

    Raises:
        Fault: it is another or a shorter one.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise Fault("签名人密钥种类不被接受", "a kind of key that is not accepted") from error
    curves = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, curves):
        return
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS:
        return
    raise Fault("签名人密钥种类或长度不被接受", "the signer's key is of another kind, or too short")
