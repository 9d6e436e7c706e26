"""Keys in a remote seal service: `https://host:port/v1/keys/name`.

What is to be signed is hashed here; the service is given the digest and gives back a signature,
which is verified here before anybody uses it. Each signing has an identifier of its own, drawn
once: however often the request is sent, the service makes one signature. How services are reached
is `signing.remote_access`; what is said is `signing.remote_protocol`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Hashable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing import remote_access, remote_place, sm2_digest
from signing.document_key import MAX_RSA_BITS, MIN_RSA_BITS, DocumentKey, RsaKey
from signing.errors import InvalidKey, KeyUnavailable
from signing.libcrypto import POINT_BYTES, Sm2PublicKey
from signing.p256 import P256Key
from signing.remote_calls import ask
from signing.remote_place import Place
from signing.remote_protocol import (
    Algorithm,
    KeyAnswer,
    MalformedMessage,
    SignatureAnswer,
    SigningRequest,
)

Verify = Callable[[bytes, bytes], bool]
"""Whether a signature is the key's over a digest."""

_HASHED = utils.Prehashed(SHA256())
_ECDSA = ec.ECDSA(_HASHED)
_PKCS1 = padding.PKCS1v15()

_replaced: dict[str, int] = {}  # by URI: how often a signature was seen that is not the key's


class RemoteSm2Key:
    """An SM2 key in a remote seal service (`signing.libcrypto.Sm2Key`)."""

    def __init__(self, place: Place, public: Sm2PublicKey) -> None:
        self._place = place
        self.public = public

    @property
    def uri(self) -> str:
        """The name of the key."""
        return self._place.uri

    def __repr__(self) -> str:
        return f"<RemoteSm2Key {self.uri}>"

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, DER; raises KeyUnavailable."""
        return self.sign_digest(sm2_digest.of_message(self.public, message))

    def sign_digest(self, digest: bytes) -> bytes:
        """The same, given the message's digest; raises KeyUnavailable."""
        return _sign(self._place, "sm2-sm3", digest, _sm2_verify(self.public))


def state(uri: str) -> Hashable:
    """Changes with the access to services, and when the service is seen to hold another key."""
    return remote_access.current(), _replaced.get(uri, 0)


def p256(uri: str) -> P256Key:
    """The P-256 key of that URI; raises KeyUnavailable."""
    key = document(uri)
    if not isinstance(key, P256Key):
        raise KeyUnavailable(uri, "its service holds a key of another kind than P-256")
    return key


def document(uri: str) -> DocumentKey:
    """The P-256 or RSA key of that URI; raises KeyUnavailable."""
    place = remote_place.of(uri)
    found = _public(place)
    try:
        public = load_der_public_key(found.public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnavailable(uri, "its service holds no P-256 or RSA key by that name") from None
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return _p256(place, found, public)
    if isinstance(public, rsa.RSAPublicKey):
        return _rsa(place, found, public)
    raise KeyUnavailable(uri, "its service holds a key of another kind than P-256 or RSA")


def sm2(uri: str) -> RemoteSm2Key:
    """The SM2 key of that URI; raises KeyUnavailable."""
    place = remote_place.of(uri)
    found = _public(place)
    try:
        # The point stands at the end of the structure; that all before it is right is seen below.
        public = Sm2PublicKey(found.public_key[-POINT_BYTES:])
    except InvalidKey:
        public = None
    if public is None or public.spki != found.public_key:
        raise KeyUnavailable(uri, "its service holds no SM2 key by that name")
    _require_algorithm(place, found, "sm2-sm3")
    return RemoteSm2Key(place, public)


def _public(place: Place) -> KeyAnswer:
    content = ask(place.service, place.uri, "GET", place.path)
    try:
        answer = KeyAnswer.decode(content)
    except MalformedMessage as error:
        raise KeyUnavailable(place.uri, f"its service answers rubbish: {error}") from None
    if answer.key != place.name:
        raise KeyUnavailable(place.uri, "its service answers with another key")
    return answer


def _require_algorithm(place: Place, found: KeyAnswer, algorithm: Algorithm) -> None:
    if found.algorithm != algorithm:
        raise KeyUnavailable(
            place.uri, f"its service signs with {found.algorithm}, which is not for such a key"
        )


def _p256(place: Place, found: KeyAnswer, public: ec.EllipticCurvePublicKey) -> P256Key:
    _require_algorithm(place, found, "ecdsa-sha256")
    verify = _verify(lambda signature, digest: public.verify(signature, digest, _ECDSA))

    def sign_digest(digest: bytes) -> bytes:
        return _sign(place, "ecdsa-sha256", digest, verify)

    return P256Key(place.uri, public, _hashing(sign_digest), sign_digest)


def _rsa(place: Place, found: KeyAnswer, public: rsa.RSAPublicKey) -> RsaKey:
    _require_algorithm(place, found, "rsa-sha256")
    if not MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS:
        raise KeyUnavailable(place.uri, f"its service holds an RSA key of {public.key_size} bits")
    verify = _verify(lambda signature, digest: public.verify(signature, digest, _PKCS1, _HASHED))

    def sign_digest(digest: bytes) -> bytes:
        return _sign(place, "rsa-sha256", digest, verify)

    return RsaKey(place.uri, public, _hashing(sign_digest), sign_digest)


def _hashing(sign_digest: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda message: sign_digest(hashlib.sha256(message).digest())


def _verify(require: Callable[[bytes, bytes], None]) -> Verify:
    def verify(signature: bytes, digest: bytes) -> bool:
        try:
            require(signature, digest)
        except InvalidSignature:
            return False
        return True

    return verify


def _sm2_verify(public: Sm2PublicKey) -> Verify:
    return lambda signature, digest: public.verify_digest(digest, signature)


def _sign(place: Place, algorithm: Algorithm, digest: bytes, verify: Verify) -> bytes:
    """The service's signature over a digest, once it is seen to be that; raises KeyUnavailable."""
    request = SigningRequest(secrets.token_hex(16), algorithm, digest)
    content = ask(place.service, place.uri, "POST", place.signatures_path, request.encode())
    try:
        answer = SignatureAnswer.decode(content)
    except MalformedMessage as error:
        raise KeyUnavailable(place.uri, f"its service answers rubbish: {error}") from None
    asked = (request.request_id, place.name, algorithm)
    if (answer.request_id, answer.key, answer.algorithm) != asked:
        raise KeyUnavailable(place.uri, "its service answers another request than was sent")
    if not verify(answer.signature, digest):
        # Perhaps the key was replaced under its name: whoever asks for it next loads it anew.
        _replaced[place.uri] = _replaced.get(place.uri, 0) + 1
        raise KeyUnavailable(
            place.uri, "its service's signature does not verify: wrong, or by another key"
        )
    return answer.signature
