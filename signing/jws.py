"""Compact JWS with ES256 (RFC 7515, RFC 7518 3.4), as small as a token of our own needs it.

Only one algorithm exists here, so there is none to be confused with another; the key is one that
the caller has pinned, never one that the token brings along.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from signing.p256 import SIGNATURE_BYTES, P256Key, verify_raw

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

MAX_HEADER_BYTES = 1024
"""Longest header read, bytes of base64url: ours has 90."""

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")


class Malformed(ValueError):
    """What is no such token; the caller says of which kind it should have been."""


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding, in its one spelling; raises Malformed."""
    try:
        encoded = text.encode("ascii")
        if not _BASE64URL.fullmatch(encoded):
            raise Malformed("characters that base64url has not")
        data = base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Malformed("no base64url") from error
    if base64url(data) != text:
        raise Malformed("base64url with stray bits at its end")
    return data


def sign(payload: Mapping[str, object], token_type: str, key: P256Key, kid: str) -> str:
    """The signed token of that type; its JSON is compact, its keys sorted."""
    header = {"alg": "ES256", "kid": kid, "typ": token_type}
    signed = f"{base64url(_json(header))}.{base64url(_json(payload))}"
    return f"{signed}.{base64url(key.sign_raw(signed.encode('ascii')))}"


def verify(
    token: str, token_type: str, keys: Mapping[str, EllipticCurvePublicKey]
) -> tuple[dict[str, Any], str]:
    """The payload of a token of that type and the identifier of the key that signed it.

    The signature is checked by the pinned key that the header names before the payload is looked
    at. Raises Malformed where anything is wrong; the caller bounds the token's length.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed("not three parts")
    kid = _kid(parts[0], token_type)
    if kid not in keys:
        raise Malformed("signed by a key that is not known here")
    signature = from_base64url(parts[2])
    if len(signature) != SIGNATURE_BYTES:
        raise Malformed("a signature of another length")
    try:
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    except UnicodeEncodeError as error:
        raise Malformed("no base64url") from error
    if not verify_raw(keys[kid], signature, signed):
        raise Malformed("the signature is wrong")
    return read_json(from_base64url(parts[1])), kid


def read_json(data: bytes) -> dict[str, Any]:
    """The JSON object that these bytes are, no name twice, no NaN; raises Malformed."""
    try:
        found = json.loads(
            data.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no sound JSON: {error}") from error
    if not isinstance(found, dict):
        raise Malformed("no JSON object")
    return found


def _kid(encoded: str, token_type: str) -> str:
    if len(encoded) > MAX_HEADER_BYTES:
        raise Malformed("a header that is too long")
    header = read_json(from_base64url(encoded))
    if header.get("alg") != "ES256" or header.get("typ") != token_type or "crit" in header:
        raise Malformed(f"another algorithm than ES256 or another type than {token_type}")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise Malformed("no key identifier")
    return kid


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name occurs twice")
    return found


def _no_constant(name: str) -> None:
    raise Malformed(f"{name} is no JSON")
