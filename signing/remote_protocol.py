"""What a remote seal service and its clients say to each other: small JSON documents.

    GET  /v1/keys/{key}             → {"key", "algorithm", "public_key"}
    POST /v1/keys/{key}/signatures    {"request_id", "algorithm", "digest"}
                                    → {"request_id", "key", "algorithm", "signature"}

Bytes are base64. Only digests travel, 32 bytes each: of ECDSA and RSA the message's SHA-256, of
SM2 what `signing.sm2_digest` gives. So the service never sees what it signs. The same request
under the same identifier has the same answer, however often it is sent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from signing.errors import SigningError

Algorithm = Literal["ecdsa-sha256", "rsa-sha256", "sm2-sm3"]
"""How a key signs: in DER, in the modulus' length, in DER."""

ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

DIGEST_BYTES = 32
"""Length of every digest that is signed: SHA-256 and SM3 have the same."""

MAX_REQUEST_BYTES = 1024
"""Largest request to sign; one has about 150 bytes."""

MAX_ANSWER_BYTES = 8192
"""Largest answer read; a signature of RSA with 8192 bits has 1.4 KB in base64."""

MEDIA_TYPE = "application/json"

_KEY_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


class MalformedMessage(SigningError):
    """A request or an answer is not what is said here; the text tells what is wrong with it."""


@dataclass(frozen=True)
class SigningRequest:
    """A digest to be signed; `request_id` is drawn once and repeated when it is sent again."""

    request_id: str
    algorithm: Algorithm
    digest: bytes

    def encode(self) -> bytes:
        """The request's body."""
        return _encode(
            request_id=self.request_id, algorithm=self.algorithm, digest=_base64(self.digest)
        )

    @classmethod
    def decode(cls, body: bytes) -> SigningRequest:
        """The request of a body; raises MalformedMessage, also where there is more in it."""
        found = _object(body, MAX_REQUEST_BYTES)
        if unknown := set(found) - {"request_id", "algorithm", "digest"}:
            raise MalformedMessage(f"unknown members, {len(unknown)} of them")
        digest = _bytes(found, "digest")
        if len(digest) != DIGEST_BYTES:
            raise MalformedMessage(f"digest has {len(digest)} bytes, not {DIGEST_BYTES}")
        return cls(_request_id(found), _algorithm(found), digest)


@dataclass(frozen=True)
class SignatureAnswer:
    """The signature to a request, with what it answers."""

    request_id: str
    key: str
    algorithm: Algorithm
    signature: bytes

    def encode(self) -> bytes:
        """The answer's body."""
        return _encode(
            request_id=self.request_id,
            key=self.key,
            algorithm=self.algorithm,
            signature=_base64(self.signature),
        )

    @classmethod
    def decode(cls, body: bytes) -> SignatureAnswer:
        """The answer of a body; raises MalformedMessage. Members not known here are passed over."""
        found = _object(body, MAX_ANSWER_BYTES)
        return cls(
            _request_id(found), _key_name(found), _algorithm(found), _bytes(found, "signature")
        )


@dataclass(frozen=True)
class KeyAnswer:
    """A key of the service: its name there, how it signs, its public half (DER, RFC 5280 SPKI)."""

    key: str
    algorithm: Algorithm
    public_key: bytes

    def encode(self) -> bytes:
        """The answer's body."""
        return _encode(key=self.key, algorithm=self.algorithm, public_key=_base64(self.public_key))

    @classmethod
    def decode(cls, body: bytes) -> KeyAnswer:
        """The answer of a body; raises MalformedMessage. Members not known here are passed over."""
        found = _object(body, MAX_ANSWER_BYTES)
        return cls(_key_name(found), _algorithm(found), _bytes(found, "public_key"))


def is_key_name(text: str) -> bool:
    """Whether a key of a service may be called so: 1 to 64 of a-z, 0-9, `.`, `_`, `-`."""
    return _KEY_NAME.fullmatch(text) is not None


def _encode(**members: str) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _object(body: bytes, limit: int) -> dict[str, Any]:
    if len(body) > limit:
        raise MalformedMessage(f"more than {limit} bytes")
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("no JSON") from error
    if not isinstance(found, dict):
        raise MalformedMessage("no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, if no member is in it twice: of two readers each might take another."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise MalformedMessage(f"{name} is missing or no text")
    return value


def _request_id(found: dict[str, Any]) -> str:
    value = _text(found, "request_id")
    if not _REQUEST_ID.fullmatch(value):
        raise MalformedMessage("request_id is not 16 to 64 letters, digits, - or _")
    return value


def _key_name(found: dict[str, Any]) -> str:
    value = _text(found, "key")
    if not is_key_name(value):
        raise MalformedMessage("key is no name of a key")
    return value


def _algorithm(found: dict[str, Any]) -> Algorithm:
    value = _text(found, "algorithm")
    for known in ALGORITHMS:
        if value == known:
            return known
    raise MalformedMessage(f"algorithm is none of {', '.join(ALGORITHMS)}")


def _bytes(found: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(_text(found, name), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedMessage(f"{name} is no base64") from None
