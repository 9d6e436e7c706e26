"""Keys that sign documents: P-256 or RSA, wherever their private half lives.

A signature format asks such a key for three things and no more: which algorithm, the public half,
and the signature over a message. `signing.p256.P256Key` is one; `RsaKey` is the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from signing.errors import KeyUnavailable

Algorithm = Literal["ecdsa-sha256", "rsa-sha256"]
"""ECDSA on P-256 (RFC 5754 section 3.3), or RSASSA-PKCS1-v1_5 (section 3.2), both with SHA-256."""

DocumentPublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MIN_RSA_BITS = 2048
"""Shortest RSA key that may sign: ETSI TS 119 312 has these run out, and HSMs still hold them."""

NEW_RSA_BITS = 3072
"""Length of RSA keys that are made today: 128 bits of strength, like P-256 (SP 800-57 part 1)."""

MAX_RSA_BITS = 8192
"""Longest RSA key that may sign: its signature has 1 KiB, and longer ones only cost time."""


class DocumentKey(Protocol):
    """What signs a PDF or a CMS, wherever its private key is kept."""

    def __hash__(self) -> int: ...  # signers made of a key are kept by it

    @property
    def uri(self) -> str:
        """The name of the key, without secrets."""
        ...

    @property
    def public_key(self) -> DocumentPublicKey:
        """The public half."""
        ...

    @property
    def algorithm(self) -> Algorithm:
        """Which signature `sign` gives."""
        ...

    @property
    def sign(self) -> Callable[[bytes], bytes]:
        """A message to its signature: ECDSA in DER, or RSA of the modulus' length in bytes.

        Calling it may raise KeyUnavailable.
        """
        ...

    @property
    def sign_digest(self) -> Callable[[bytes], bytes] | None:
        """Like `sign`, given the message's SHA-256; None where the key takes whole messages only.

        So a seal service signs what it has not seen.
        """
        ...


@dataclass(frozen=True, eq=False)
class RsaKey:
    """An RSA private key behind its URI. Nothing secret is in its `repr`."""

    uri: str
    public_key: rsa.RSAPublicKey = field(repr=False)
    sign: Callable[[bytes], bytes] = field(repr=False)
    """A message to its RSASSA-PKCS1-v1_5 signature with SHA-256; may raise KeyUnavailable."""
    sign_digest: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    """Like `sign`, given the message's SHA-256; None where the key takes whole messages only."""

    @property
    def algorithm(self) -> Algorithm:
        """Always RSA with SHA-256."""
        return "rsa-sha256"


def require_rsa_length(uri: str, bits: int) -> None:
    """Raises KeyUnavailable where an RSA key of that length must not sign here."""
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise KeyUnavailable(
            uri, f"an RSA key of {bits} bits; {MIN_RSA_BITS} to {MAX_RSA_BITS} are allowed"
        )


def rsa_from_private_key(uri: str, private_key: rsa.RSAPrivateKey) -> RsaKey:
    """The key of that URI whose private half is in this process's memory."""
    sign, scheme, whole = private_key.sign, padding.PKCS1v15(), SHA256()
    hashed = utils.Prehashed(whole)
    return RsaKey(
        uri,
        private_key.public_key(),
        lambda message: sign(message, scheme, whole),
        lambda digest: sign(digest, scheme, hashed),
    )
