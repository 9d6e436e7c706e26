"""What SM2 signs in place of a message: e, the SM3 of the signer's Z and the message.

Whoever holds the key can sign it without seeing the message (GB/T 32918.2 clauses 5.5 and 6.1).
"""

from __future__ import annotations

from functools import lru_cache

from signing.libcrypto import DISTINGUISHING_ID, Sm2PublicKey, sm3
from signing.sm3_begun import BegunDigest

MAX_IDENTITY_BYTES = 8191
"""Longest identity, bytes: Z begins with its length in bits, in two bytes."""

_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""a, b and the base point's x and y of the recommended curve (GB/T 32918.5), 32 bytes each."""


def of_message(public: Sm2PublicKey, message: bytes, identity: bytes = DISTINGUISHING_ID) -> bytes:
    """The digest e, 32 bytes, that the key signs for that message.

    Raises ValueError where the identity is longer than MAX_IDENTITY_BYTES.
    """
    return sm3(_z(public.point, identity) + message)


def begun(public: Sm2PublicKey, beginning: bytes) -> BegunDigest:
    """The digests e of all messages with that beginning: `with_ending` gives them."""
    return BegunDigest(_z(public.point, DISTINGUISHING_ID) + beginning)


@lru_cache(4096)
def _z(point: bytes, identity: bytes) -> bytes:
    """The digest of the signer's identity and key (GB/T 32918.2 clause 5.5)."""
    if len(identity) > MAX_IDENTITY_BYTES:
        raise ValueError(f"an identity has at most {MAX_IDENTITY_BYTES} bytes")
    return sm3((8 * len(identity)).to_bytes(2, "big") + identity + _CURVE + point[1:])
