"""One key in a token: found, checked against its public half, used, found again after a loss."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import exceptions as p11
from pkcs11.constants import Attribute
from pkcs11.mechanisms import Mechanism

from signing import secret_file
from signing.document_key import DocumentPublicKey
from signing.errors import KeyUnavailable
from signing.p256 import COORDINATE_BYTES, SIGNATURE_BYTES
from signing.pkcs11_objects import KeyMissing, KeyUnfit, SigningKey, private_key, public_key
from signing.pkcs11_token import (
    PIN_FILE,
    OpenSession,
    PinRefused,
    TokenMissing,
    TokenSessions,
    sessions,
)
from signing.pkcs11_uri import Pkcs11Uri

T = TypeVar("T")

# DigestInfo of a SHA-256, without the digest (RFC 8017 section 9.2, note 1).
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")

_LOST = (
    p11.DeviceError,
    p11.DeviceRemoved,
    p11.FunctionFailed,
    p11.GeneralError,
    p11.KeyHandleInvalid,
    p11.ObjectHandleInvalid,
    p11.OperationActive,
    p11.SessionClosed,
    p11.SessionHandleInvalid,
    p11.SlotIDInvalid,
    p11.TokenNotPresent,
    p11.TokenNotRecognised,
    p11.UserNotLoggedIn,
    TokenMissing,
)
"""What a lost session or token looks like; libraries differ, and some have numbers of their own."""

_IN_WORDS = (KeyMissing, KeyUnfit, PinRefused, TokenMissing)
"""Errors whose text is a sentence of ours."""


class TokenSigner:
    """A private key that stays in its token. Made by `find`; threads may use it at once."""

    def __init__(
        self, uri: Pkcs11Uri, place: TokenSessions, public: DocumentPublicKey, mechanism: Mechanism
    ) -> None:
        self.public_key = public
        self.signs_digests = mechanism is not Mechanism.SHA256_RSA_PKCS
        self._uri, self._place, self._mechanism = uri, place, mechanism

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: ECDSA in DER, or RSA PKCS#1 v1.5, both with SHA-256.

        Raises KeyUnavailable.
        """
        if self.signs_digests:
            return self.sign_digest(hashlib.sha256(message).digest())
        return self._sign(message)

    def sign_digest(self, digest: bytes) -> bytes:
        """Like `sign`, given the SHA-256 of the message; only where `signs_digests`."""
        if len(digest) != hashlib.sha256().digest_size:
            raise KeyUnavailable(self._uri.uri, "it was given no SHA-256 to sign")
        if self._mechanism is Mechanism.RSA_PKCS:
            return self._sign(_DIGEST_INFO + digest)
        raw = self._sign(digest)
        if len(raw) != SIGNATURE_BYTES:
            raise KeyUnavailable(self._uri.uri, f"its token gave a signature of {len(raw)} bytes")
        r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
        return utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))

    def _sign(self, data: bytes) -> bytes:
        def sign(lent: OpenSession) -> bytes:
            key, pin = self._handle(lent)
            return key.sign(data, mechanism=self._mechanism, pin=pin() if pin else None)

        return _attempt(self._uri, self._place, sign, established=True)

    def _handle(self, lent: OpenSession) -> tuple[SigningKey, Callable[[], str] | None]:
        """The key in that session, looked for once, and what to ask for its PIN each time, if so.

        A key may ask for the PIN before each signature (CKA_ALWAYS_AUTHENTICATE); it is then read
        from its file each time, and kept nowhere.
        """
        if self._uri.object not in lent.keys:
            key = private_key(lent.session, self._uri.object)
            if public_key(lent.session, key) != self.public_key:
                raise KeyUnfit("another key stands in its place since it was loaded")
            lent.keys[self._uri.object] = key, _always_asks(key)
        key, asks = lent.keys[self._uri.object]
        return key, self._pin if asks else None

    def _pin(self) -> str:
        uri, source = self._uri.uri, self._uri.pin_source
        if source is None:
            raise KeyUnavailable(uri, "the key wants a PIN each time, and no pin-source is named")
        return secret_file.line(source, uri, PIN_FILE).decode("utf-8", "replace")


def epoch(uri: Pkcs11Uri, library: Path) -> int:
    """How often the token of that URI was opened here; raises KeyUnavailable without a library."""
    return _place(uri, library).epoch


def find(uri: Pkcs11Uri, library: Path) -> TokenSigner:
    """The key of that URI, once it has signed something that its public half verifies.

    Raises KeyUnavailable.
    """
    place = _place(uri, library)

    def look(lent: OpenSession) -> TokenSigner:
        public = public_key(lent.session, private_key(lent.session, uri.object))
        return TokenSigner(uri, place, public, _mechanism(public, lent))

    signer = _attempt(uri, place, look, established=False)
    challenge = secrets.token_bytes(32)
    if not _verifies(signer.public_key, signer.sign(challenge), challenge):
        raise KeyUnavailable(uri.uri, "the public half beside it in the token is not its own")
    return signer


def _place(uri: Pkcs11Uri, library: Path) -> TokenSessions:
    try:
        return sessions(library, uri.token, uri.pin_source)
    except p11.PKCS11Error as error:
        raise KeyUnavailable(uri.uri, f"its module {library} cannot be loaded") from error


def _attempt(
    uri: Pkcs11Uri, place: TokenSessions, do: Callable[[OpenSession], T], *, established: bool
) -> T:
    """Does something in a session; if the token was lost, once more after opening it anew.

    A library may have to be opened anew as a whole to see a token that came back; that is tried
    last, since its other tokens are disturbed, and only for a key that is `established` or a token
    that is not there at all.
    """
    try:
        for recover in (_reopen, _renew, None):
            seen = place.epoch, place.module.generation
            try:
                with place.lend(uri.uri) as lent:
                    return do(lent)
            except p11.PKCS11Error as error:
                lost = _is_lost(error) or (established and isinstance(error, KeyMissing))
                if not lost or recover is None or not recover(place, *seen):
                    raise
        raise AssertionError  # the last turn returns or raises
    except p11.PKCS11Error as error:
        raise KeyUnavailable(uri.uri, _words(error)) from error


def _reopen(place: TokenSessions, epoch: int, _generation: int) -> bool:
    place.drop(epoch)
    return True


def _renew(place: TokenSessions, _epoch: int, generation: int) -> bool:
    return place.module.renew(generation)


def _is_lost(error: p11.PKCS11Error) -> bool:
    # A number that python-pkcs11 does not know, or CKR_CRYPTOKI_NOT_INITIALIZED, is the bare class.
    return isinstance(error, _LOST) or type(error) is p11.PKCS11Error


def _words(error: p11.PKCS11Error) -> str:
    if isinstance(error, _IN_WORDS):
        return str(error)
    detail = f" ({error})" if str(error) else ""
    return f"its token answers {type(error).__name__}{detail}"


def _mechanism(public: DocumentPublicKey, lent: OpenSession) -> Mechanism:
    """The one to sign with; digests are made here where the token allows it: less to send."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        wanted: tuple[Mechanism, ...] = (Mechanism.ECDSA,)
    else:
        wanted = (Mechanism.RSA_PKCS, Mechanism.SHA256_RSA_PKCS)
    for mechanism in wanted:
        if mechanism in lent.mechanisms:
            return mechanism
    raise KeyUnfit(f"its token has no mechanism {' or '.join(one.name for one in wanted)}")


def _always_asks(key: SigningKey) -> bool:
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except p11.PKCS11Error:
        return False  # the attribute is younger than some tokens


def _verifies(public: DocumentPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, message, ec.ECDSA(SHA256()))
        else:
            public.verify(signature, message, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
