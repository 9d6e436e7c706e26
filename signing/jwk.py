"""P-256 public keys as a JWK set (RFC 7517, RFC 7518 6.2), each with what it is for.

`kid` is `signing.p256.key_id` in base64url. `purpose`, a member of ours, tells the keys of codes
from those of status lists: a key that may sign the one must not pass for the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from signing import jws
from signing.p256 import COORDINATE_BYTES, key_id

MAX_KEYS = 256
"""Most keys read: one of each purpose for each year is 200 in a century."""


class Purpose(StrEnum):
    """What a published key signs."""

    CODE = "certificate-code"
    STATUS_LIST = "status-list"


PurposedKey = tuple[Purpose, ec.EllipticCurvePublicKey]


def name(public_key: ec.EllipticCurvePublicKey) -> str:
    """A key's `kid` as JSON carries it."""
    return jws.base64url(key_id(public_key))


def write_set(keys: Iterable[PurposedKey]) -> dict[str, list[dict[str, str]]]:
    """The keys as a JWK set."""
    return {"keys": [_write(purpose, key) for purpose, key in keys]}


def read_set(content: bytes) -> tuple[PurposedKey, ...]:
    """The keys of a JWK set in JSON; raises jws.Malformed.

    Keys of another kind or purpose are passed over (RFC 7517 section 5): a later edition may
    publish more. A private key is refused, for it does not belong into the hands of a verifier.
    """
    listed = jws.read_json(content).get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise jws.Malformed(f"it is no JWK set of at most {MAX_KEYS} keys")
    if not all(isinstance(jwk, dict) for jwk in listed):
        raise jws.Malformed("a key is no JSON object")
    if any("d" in jwk for jwk in listed):
        raise jws.Malformed("it holds a private key")
    return tuple(
        (Purpose(jwk["purpose"]), _read(jwk))
        for jwk in listed
        if (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256")
        and jwk.get("purpose") in tuple(Purpose)
    )


def _write(purpose: Purpose, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (jws.base64url(n.to_bytes(COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": x,
        "y": y,
        "kid": name(key),
        "use": "sig",
        "alg": "ES256",
        "purpose": purpose.value,
    }


def _read(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (_coordinate(jwk.get(member)) for member in ("x", "y"))
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise jws.Malformed("a key is no point of P-256") from error
    if jwk.get("kid") != name(key):
        raise jws.Malformed("the identifier of a key is not that of its content")
    return key


def _coordinate(value: object) -> int:
    if not isinstance(value, str):
        raise jws.Malformed("a key without x and y")
    octets = jws.from_base64url(value)
    if len(octets) != COORDINATE_BYTES:
        raise jws.Malformed("a coordinate of another length")
    return int.from_bytes(octets, "big")
