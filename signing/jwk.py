"""P-256 public keys as a JWK set (RFC 7517, RFC 7518 6.2), each with what it is for.

`kid` is `signing.p256.key_id` in base64url. Two members are ours. `purpose` tells the keys of
codes from those of status lists and of receipts: a key that may sign the one must not pass for the
other. `revoked_at` (seconds since 1970, as in OpenID Federation's historical keys) says from when a
key is in wrong hands; a retired key has none and stays in the set, for what it signed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from signing import jws
from signing.p256 import COORDINATE_BYTES, key_id

MAX_KEYS = 256
"""Most keys read: one of each purpose for each year is 200 in a century."""

MAX_SECONDS = 253_370_764_800
"""Latest moment read, seconds since 1970: the beginning of the year 9999."""


class Purpose(StrEnum):
    """What a published key signs."""

    CODE = "certificate-code"
    STATUS_LIST = "status-list"
    RECEIPT = "receipt"


class PublishedKey(NamedTuple):
    """A public key, what it signs, and since when (aware) it is revoked, if it is."""

    purpose: Purpose
    key: ec.EllipticCurvePublicKey
    revoked_at: datetime | None = None


def name(public_key: ec.EllipticCurvePublicKey) -> str:
    """A key's `kid` as JSON carries it."""
    return jws.base64url(key_id(public_key))


def write_set(keys: Iterable[PublishedKey]) -> dict[str, list[dict[str, str | int]]]:
    """The keys as a JWK set."""
    return {"keys": [_write(published) for published in keys]}


def read_set(content: bytes) -> tuple[PublishedKey, ...]:
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
        PublishedKey(Purpose(jwk["purpose"]), _read(jwk), _revoked_at(jwk))
        for jwk in listed
        if (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256")
        and jwk.get("purpose") in tuple(Purpose)
    )


def _write(published: PublishedKey) -> dict[str, str | int]:
    purpose, key, revoked_at = published
    numbers = key.public_numbers()
    x, y = (jws.base64url(n.to_bytes(COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
    written: dict[str, str | int] = {
        "kty": "EC",
        "crv": "P-256",
        "x": x,
        "y": y,
        "kid": name(key),
        "use": "sig",
        "alg": "ES256",
        "purpose": purpose.value,
    }
    if revoked_at is not None:
        written["revoked_at"] = math.floor(revoked_at.timestamp())
    return written


def _read(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (_coordinate(jwk.get(member)) for member in ("x", "y"))
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise jws.Malformed("a key is no point of P-256") from error
    if jwk.get("kid") != name(key):
        raise jws.Malformed("the identifier of a key is not that of its content")
    return key


def _revoked_at(jwk: dict[str, Any]) -> datetime | None:
    """When a key was revoked; a moment that cannot be read is no reason to trust the key."""
    if "revoked_at" not in jwk:
        return None
    seconds = jwk["revoked_at"]
    if type(seconds) is not int or not 0 <= seconds <= MAX_SECONDS:
        raise jws.Malformed("the revocation of a key is no moment")
    return datetime.fromtimestamp(seconds, UTC)


def _coordinate(value: object) -> int:
    if not isinstance(value, str):
        raise jws.Malformed("a key without x and y")
    octets = jws.from_base64url(value)
    if len(octets) != COORDINATE_BYTES:
        raise jws.Malformed("a coordinate of another length")
    return int.from_bytes(octets, "big")
