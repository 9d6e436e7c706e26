"""P-256 keys as this room uses them: sign a message, tell the public half, carry an identifier.

Where the private half lives (a file, a token, another machine) only its loader knows; it hands in
a function that signs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from signing.document_key import Algorithm

KID_BYTES = 8
"""Length of a key's identifier: keys are few, and an identifier that collides gains nothing."""

COORDINATE_BYTES = 32
"""Length of r, s, x and y each."""

SIGNATURE_BYTES = 2 * COORDINATE_BYTES
"""Length of a signature in the form of JOSE and COSE, r and s (RFC 7518 3.4, RFC 9053 2.1)."""

_ES256 = ec.ECDSA(SHA256())
_ES256_OF_DIGEST = ec.ECDSA(utils.Prehashed(SHA256()))


def key_id(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """A key's identifier: the first 8 bytes of the SHA-256 of its SubjectPublicKeyInfo in DER."""
    encoded = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).digest()[:KID_BYTES]


@dataclass(frozen=True, eq=False)
class P256Key:
    """A private key behind its URI. Nothing secret is in its `repr`."""

    uri: str
    public_key: ec.EllipticCurvePublicKey = field(repr=False)
    sign: Callable[[bytes], bytes] = field(repr=False)
    """A message to its ECDSA signature with SHA-256, in DER; may raise KeyUnavailable."""
    sign_digest: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    """Like `sign`, given the message's SHA-256; None where the key takes whole messages only."""
    kid: bytes = field(init=False)
    """`key_id` of the public half."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kid", key_id(self.public_key))

    @property
    def algorithm(self) -> Algorithm:
        """Always ECDSA with SHA-256; so the key can sign documents (`signing.document_key`)."""
        return "ecdsa-sha256"

    def sign_raw(self, message: bytes) -> bytes:
        """The signature as r and s, 32 bytes each."""
        r, s = utils.decode_dss_signature(self.sign(message))
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")


def from_private_key(uri: str, private_key: ec.EllipticCurvePrivateKey) -> P256Key:
    """The key of that URI whose private half is in this process's memory."""
    sign = private_key.sign
    return P256Key(
        uri,
        private_key.public_key(),
        lambda message: sign(message, _ES256),
        lambda digest: sign(digest, _ES256_OF_DIGEST),
    )


def verify_raw(public_key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature of r and s, 32 bytes each, over the message is by that key."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    r = int.from_bytes(signature[:COORDINATE_BYTES], "big")
    s = int.from_bytes(signature[COORDINATE_BYTES:], "big")
    try:
        public_key.verify(utils.encode_dss_signature(r, s), message, _ES256)
    except InvalidSignature:
        return False
    return True
