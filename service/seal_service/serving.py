"""A seal service: holds keys, and signs digests for callers that are allowed to.

It sees no document. The same request (caller, identifier, content) has one signature, however
often it comes and whatever dies in between; every attempt has its line in the audit file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.errors import Conflict, Forbidden, Invalid, ServiceError, Unreadable
from service.seal_service.audit import Attempt, Audit
from service.seal_service.config import Caller, SealServiceConfig, ServedKey
from service.seal_service.errors import KeyOutOfOrder, TooMany
from service.seal_service.journal import Entry, Journal
from service.seal_service.limits import Rate, Turns
from signing import keys
from signing.errors import KeyUnavailable, SigningError
from signing.remote_protocol import (
    KeyAnswer,
    MalformedMessage,
    SignatureAnswer,
    SigningRequest,
    is_key_name,
)

Given = TypeVar("Given")

log = logging.getLogger("sealpress-seal-service")


class SealService:
    """The service of one process; may be used by several threads."""

    def __init__(self, config: SealServiceConfig, journal: Journal, audit: Audit) -> None:
        self._keys = config.keys
        self._journal = journal
        self._audit = audit
        self._rate = Rate(config.signatures_per_minute)
        self._turns = Turns()

    def key(self, caller: Caller, name: str) -> KeyAnswer:
        """What a caller may know of a key.

        Raises:
            Forbidden: the caller may use no key of that name.
            KeyOutOfOrder: the key cannot be used now.
        """
        served = self._served(caller, name)
        public, _ = _in_order(served, _opened)
        return KeyAnswer(name, served.algorithm, public)

    def sign(self, caller: Caller, name: str, body: bytes) -> SignatureAnswer:
        """The signature that a request's body asks a key for.

        Raises:
            ServiceError: the kinds above; Unreadable, Invalid, Conflict (the identifier was used
                for something else), TooMany.
            OSError, sqlite3.Error: the audit file or the journal cannot be written; no signature
                was given away.
        """
        attempt = Attempt(caller.name, name if is_key_name(name) else None)
        try:
            served = self._served(caller, name)
            request = _request(body)
            attempt = replace(
                attempt,
                request_id=request.request_id,
                algorithm=request.algorithm,
                digest=request.digest,
            )
            return self._sign(served, request, attempt)
        except ServiceError as error:
            self._audit.write(attempt, f"refused: {error.slug}")
            raise

    def refuse(self, who: str) -> None:
        """Write down that somebody with a sound certificate came who is no caller."""
        self._audit.write(Attempt(who), f"refused: {Forbidden.slug}")

    def try_keys(self) -> None:
        """Open every key, and log those that cannot be used; they are tried again when asked."""
        for served in self._keys.values():
            try:
                _opened(served)
            except SigningError as error:
                log.warning("key %s: %s", served.name, error)

    def _served(self, caller: Caller, name: str) -> ServedKey:
        # One answer for both: which other keys there are is no business of the caller.
        if name not in caller.keys:
            raise Forbidden("the caller may use no key of that name")
        return self._keys[name]

    def _sign(
        self, served: ServedKey, request: SigningRequest, attempt: Attempt
    ) -> SignatureAnswer:
        if request.algorithm != served.algorithm:
            raise Invalid(f"the key {served.name} signs with {served.algorithm}")
        if wait := self._rate.take(attempt.caller):
            raise TooMany(wait)
        with self._turns.of((attempt.caller, request.request_id)):
            made = None
            kept = self._journal.find(attempt.caller, request.request_id)
            if kept is None:
                made = _signed(served, request, attempt.caller)
                kept = self._journal.record(made, lambda: self._audit.write(attempt, "signed"))
        if not kept.answers(served.name, request):
            raise Conflict("another request came under this request_id")
        if kept is not made:
            self._audit.write(attempt, "repeated")
        return SignatureAnswer(request.request_id, served.name, request.algorithm, kept.signature)


def _signed(served: ServedKey, request: SigningRequest, caller: str) -> Entry:
    _, sign_digest = _in_order(served, _opened)
    return Entry(
        caller=caller,
        request_id=request.request_id,
        key=served.name,
        algorithm=request.algorithm,
        digest=request.digest,
        signature=_in_order(served, lambda _: sign_digest(request.digest)),
    )


def _request(body: bytes) -> SigningRequest:
    try:
        return SigningRequest.decode(body)
    except MalformedMessage as error:
        raise Unreadable(f"the request: {error}") from None


def _opened(served: ServedKey) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The public half (SPKI, DER) of a key, and what signs digests with it; raises SigningError.

    `signing.keys` holds what is opened, so this is asked for every signature, and sees a key that
    was replaced or a token that came back.
    """
    if served.algorithm == "sm2-sm3":
        sm2 = keys.sm2(served.uri)
        return sm2.public.spki, sm2.sign_digest
    key = keys.document(served.uri)
    if key.algorithm != served.algorithm:
        raise KeyUnavailable(served.uri, f"it signs with {key.algorithm}, not {served.algorithm}")
    if key.sign_digest is None:
        raise KeyUnavailable(served.uri, "it signs whole messages, which are not seen here")
    public = key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public, key.sign_digest


def _in_order(served: ServedKey, use: Callable[[ServedKey], Given]) -> Given:
    """What a use of a key gives; its troubles are logged here, and told without the inside."""
    try:
        return use(served)
    except SigningError as error:
        log.warning("key %s: %s", served.name, error)
        raise KeyOutOfOrder(f"the key {served.name} cannot be used now") from None
