"""Files signed with RSA, of any size and with any digest, also such as nobody should accept."""

from __future__ import annotations

import hashlib
from functools import cache

import genuine
from certified_signers import certificate
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from renderer import pdf as pdf_writer
from signing import der, der_reader, pades

SHA256_OID = "2.16.840.1.101.3.4.2.1"
SHA1_OID = "1.3.14.3.2.26"
RSA_SHA256_OID = "1.2.840.113549.1.1.11"
RSA_SHA1_OID = "1.2.840.113549.1.1.5"


class RsaKey:
    """Signs with RSA where a P-256 key is expected."""

    algorithm = "ecdsa-sha256"

    def __init__(self, key: rsa.RSAPrivateKey, algorithm) -> None:
        self._key, self._algorithm = key, algorithm
        self.signed = b""

    def sign(self, message: bytes) -> bytes:
        self.signed = message
        return self._key.sign(message, padding.PKCS1v15(), self._algorithm)


def rsa_file(bits: int, digest_oid=SHA256_OID, signature_oid=RSA_SHA256_OID) -> bytes:
    """A file signed with RSA: our CMS taken apart and put together with other algorithms."""
    key = _rsa_key(bits)
    signer = RsaKey(key, SHA1() if signature_oid == RSA_SHA1_OID else SHA256())  # noqa: S303
    one = certificate(key=key).public_bytes(Encoding.DER)
    file = pdf_writer.write(
        genuine.page(), genuine.document(), (genuine.data_set(),), genuine.slot()
    )
    assert file.hole is not None
    start, end = file.hole
    digest = hashlib.sha256(file.data[:start] + file.data[end:]).digest()
    ours = pades.cms(digest, pades.PdfSigner(signer, one))
    content = der_reader.read(ours, der.SEQUENCE).fields()
    content.take()
    data = content.take(der.context(0)).inside(der.SEQUENCE).fields()
    version, _, kind, certificates_, signers = (data.take() for _ in range(5))
    fields = der_reader.read(signers.content, der.SEQUENCE).fields()
    parts = [fields.take() for _ in range(6)]
    digest_algorithm = der.sequence(der.oid(digest_oid))
    info = der.sequence(
        parts[0].raw, parts[1].raw, digest_algorithm, parts[3].raw,
        der.sequence(der.oid(signature_oid), b"\x05\x00"), parts[5].raw,
    )  # fmt: skip
    value = der.sequence(
        der.oid("1.2.840.113549.1.7.2"),
        der.explicit(
            0,
            der.sequence(
                version.raw, der.tlv(der.SET, digest_algorithm), kind.raw, certificates_.raw,
                der.tlv(der.SET, info),
            ),
        ),
    )  # fmt: skip
    return (
        file.data[: start + 1]
        + value.hex().encode().ljust(end - start - 2, b"0")
        + file.data[end - 1 :]
    )


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)
