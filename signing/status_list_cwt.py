"""The status list as a CWT (RFC 8392) in a COSE_Sign1, for devices that read CBOR anyway.

The claims are those of `signing.status_list`, with the labels of draft-ietf-oauth-status-list
section 5.2: 2 `sub`, 4 `exp`, 6 `iat`, 65534 `ttl`, 65533 `status_list` (its `lst` as bytes), and
by name our `seq` and `authority`. The protected header has the algorithm and the type, the
unprotected one the key's identifier. Only what `sign` would have written, to the byte, is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import cbor2

from signing import jws
from signing.errors import MalformedStatusList
from signing.p256 import KID_BYTES, SIGNATURE_BYTES, P256Key, verify_raw
from signing.status_list import MAX_TOKEN_BYTES, Content, StatusList, mistake_in, opened

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

MEDIA_TYPE: Final = "application/statuslist+cwt"
"""Also the type in the token's header (label 16, RFC 9596)."""

_PROTECTED: Final = cbor2.dumps({1: -7, 16: MEDIA_TYPE})
_SUB, _EXP, _IAT, _LIST, _TTL = 2, 4, 6, 65_533, 65_534
_SEQ, _AUTHORITY = "seq", "authority"
_DEPTH: Final = 4
"""Values in one another: the tag, its array, a header."""


def sign(made: Content, key: P256Key) -> bytes:
    """The signed token, as tag 18."""
    payload = _payload(made)
    return _assemble(payload, key.kid, key.sign_raw(_signed(payload)))


def decode(token: bytes, keys: Mapping[str, EllipticCurvePublicKey]) -> StatusList:
    """The list in a token that one of these pinned keys, by base64url identifier, has signed.

    Raises MalformedStatusList.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise MalformedStatusList(f"a token of more than {MAX_TOKEN_BYTES} bytes")
    payload, kid, signature = _parts(token)
    name = jws.base64url(kid)
    if name not in keys:
        raise MalformedStatusList("signed by a key that is not known here")
    if not verify_raw(keys[name], signature, _signed(payload)):
        raise MalformedStatusList("the signature is wrong")
    found = _content(_load(payload, _DEPTH))
    if _assemble(_payload(found), kid, signature) != token:
        raise MalformedStatusList("the token is not in the one form in which such are written")
    return opened(found, name)


def _parts(token: bytes) -> tuple[bytes, bytes, bytes]:
    """Payload, key identifier and signature of a COSE_Sign1; nothing is verified yet."""
    loaded = _load(token, _DEPTH)
    parts = loaded.value if isinstance(loaded, cbor2.CBORTag) and loaded.tag == 18 else None
    if not isinstance(parts, list | tuple) or len(parts) != 4 or parts[0] != _PROTECTED:
        raise MalformedStatusList("no COSE_Sign1 with ES256 of the type of status lists")
    kid = parts[1].get(4) if isinstance(parts[1], Mapping) else None
    payload, signature = parts[2:]
    if type(kid) is not bytes or len(kid) != KID_BYTES or type(payload) is not bytes:
        raise MalformedStatusList("no key identifier, or no payload")
    if type(signature) is not bytes or len(signature) != SIGNATURE_BYTES:
        raise MalformedStatusList("a signature of another length")
    return payload, kid, signature


def _content(found: Any) -> Content:
    """The content of a payload that was signed; raises MalformedStatusList."""
    if not isinstance(found, Mapping):
        raise MalformedStatusList("the payload is no map of claims")
    listed = found.get(_LIST)
    if not isinstance(listed, Mapping) or type(listed.get("lst")) is not bytes:
        raise MalformedStatusList("status_list holds no list")
    claims: dict[str, Any] = {
        "sub": found.get(_SUB),
        "seq": found.get(_SEQ),
        "iat": found.get(_IAT),
        "exp": found.get(_EXP),
        "ttl": found.get(_TTL),
        "status_list": {"bits": listed.get("bits"), "lst": ""},
    } | ({_AUTHORITY: found[_AUTHORITY]} if _AUTHORITY in found else {})
    if mistake := mistake_in(claims):
        raise MalformedStatusList(f"the status list is not sound: {mistake}")
    return Content(
        claims["sub"],
        claims["seq"],
        claims["iat"],
        claims["exp"],
        claims["ttl"],
        listed["lst"],
        claims.get(_AUTHORITY),
    )


def _payload(made: Content) -> bytes:
    claims: dict[int | str, Any] = {
        _SUB: made.uri,
        _EXP: made.expires,
        _IAT: made.issued,
        _LIST: {"bits": made.width, "lst": made.packed},
        _TTL: made.ttl,
        _SEQ: made.sequence,
    }
    if made.authority is not None:
        claims[_AUTHORITY] = made.authority
    return cbor2.dumps(claims, canonical=True)


def _signed(payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 section 4.4, without external data."""
    return cbor2.dumps(["Signature1", _PROTECTED, b"", payload])


def _assemble(payload: bytes, kid: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [_PROTECTED, {4: kid}, payload, signature]))


def _load(data: bytes, depth: int) -> Any:
    """One CBOR item; the re-encoding is compared, which settles bytes that follow it."""
    try:
        return cbor2.loads(
            data, max_depth=depth, allow_indefinite=False, allow_duplicate_keys=False
        )
    except Exception as error:  # the decoder has its own errors and lets those of types through
        raise MalformedStatusList("this is no status list token: no sound CBOR") from error
