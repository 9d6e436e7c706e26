"""Asking a time stamping authority for a time stamp over HTTP (RFC 3161).

What comes back is checked before it is handed on: that it answers this request (imprint, nonce,
policy), that it is signed by an authority of the pinned roots, and that its time is the time of
day. `parse` and `check` read and judge a token, also one that came from elsewhere.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from signing import der, der_reader, time_stamp_signer
from signing.errors import (
    InvalidTimeStamp,
    MalformedDer,
    MalformedTimeStamp,
    TimeStampUnavailable,
)
from signing.time_stamp import TimeStamp, parse
from signing.time_stamp_trust import check, check_authority, revocation_known

__all__ = ["TimeStamp", "Tsa", "check", "check_authority", "parse", "revocation_known"]

TIMEOUT_S: Final = 10.0
"""Seconds that one request may take, from connecting to the last byte."""

TRIES: Final = 3
"""Requests made before giving up."""

BACK_OFF_S: Final = 0.2
"""Seconds before the second request; before each further one twice as long, and up to half more."""

MAX_BACK_OFF_S: Final = 5.0

MAX_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the authority's clock and ours may differ: whoever is wrong, nothing should be signed."""

NONCE_BYTES: Final = 16

_OIDS: Final = {name: oid for oid, name in time_stamp_signer.DIGESTS.items()}
_GRANTED: Final = (0, 1)  # granted, granted with modifications (RFC 3161 section 2.4.2)
_FAILURES: Final = {
    0: "it does not know the digest algorithm",
    2: "it holds the request to be wrong",
    5: "it holds the request's data to be wrong",
    14: "its source of time is not available",
    15: "it does not support the policy asked for",
    16: "it does not support an extension asked for",
    17: "it cannot give the information asked for",
    25: "it has a failure of its own",
}
_PASSING: Final = frozenset({14, 25})
"""Failures that pass by themselves."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tsa:
    """A time stamping authority: where it is asked, and by which roots (DER) it is trusted.

    `policy` is the OID asked for, if any; `ca_file` a PEM file with the roots of the server's TLS
    certificate, the system's by default; `clock` tells the time of day, aware.
    """

    url: str
    roots: tuple[bytes, ...] = field(repr=False)
    timeout_s: float = TIMEOUT_S
    tries: int = TRIES
    hash: str = "sha256"
    policy: str | None = None
    ca_file: str | None = None
    back_off_s: float = BACK_OFF_S
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    def stamp(self, message: bytes) -> bytes:
        """A time stamp token (DER) over the message's digest; raises TimeStampUnavailable."""
        return self.stamp_digest(hashlib.new(self.hash, message).digest())

    def stamp_digest(self, digest: bytes) -> bytes:
        """A time stamp token (DER) over a digest made with `hash`; raises TimeStampUnavailable."""
        for left in range(self.tries - 1, -1, -1):
            try:
                return self._ask(digest)
            except TimeStampUnavailable as error:
                if not (left and error.retryable):
                    raise
            self._wait(self.tries - left - 1)
        raise TimeStampUnavailable(self.url, "it may not be asked even once", retryable=False)

    def _wait(self, failures: int) -> None:
        longest = min(self.back_off_s * 2 ** (failures - 1), MAX_BACK_OFF_S)
        # Spread out, so that those who failed together do not come back together.
        time.sleep(longest * (1 + secrets.randbelow(1000) / 2000))

    def _ask(self, digest: bytes) -> bytes:
        from signing import tsa_http  # brings http and ssl along, which reading does without

        nonce = secrets.randbits(8 * NONCE_BYTES)
        question = request(digest, self.hash, nonce, self.policy)
        answer = tsa_http.post(self.url, question, self.timeout_s, self.ca_file)
        try:
            token = _token(self.url, answer)
            self._check(parse(token), digest, nonce)
        except (MalformedDer, MalformedTimeStamp) as error:
            raise TimeStampUnavailable(
                self.url, f"its answer is none of RFC 3161: {error}", retryable=False
            ) from error
        except InvalidTimeStamp as error:
            raise TimeStampUnavailable(self.url, str(error), retryable=False) from error
        return token

    def _check(self, found: TimeStamp, digest: bytes, nonce: int) -> None:
        if (found.imprint, found.hash) != (digest, self.hash):
            raise InvalidTimeStamp("the time stamp is one of something else")
        if found.nonce != nonce:
            raise InvalidTimeStamp("the time stamp answers another request")
        if self.policy is not None and found.policy != self.policy:
            raise InvalidTimeStamp(f"the time stamp is by the policy {found.policy}")
        now = self.clock()
        if abs(found.moment - now) > MAX_CLOCK_SKEW + (found.accuracy or timedelta()):
            raise InvalidTimeStamp(
                f"the time stamp says {found.moment:%Y-%m-%d %H:%M:%S}Z, where the clock here says "
                f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
            )
        check_authority(found, self.roots, (), found.moment)


def request(digest: bytes, hash_name: str, nonce: int, policy: str | None = None) -> bytes:
    """TimeStampReq (RFC 3161 section 2.4.1) that asks for the authority's certificates too."""
    algorithm = der.sequence(der.oid(_OIDS[hash_name]), der.null())
    return der.sequence(
        der.integer(1),
        der.sequence(algorithm, der.octet_string(digest)),
        der.oid(policy) if policy is not None else b"",
        der.integer(nonce),
        der.boolean(True),
    )


def _token(url: str, answer: bytes) -> bytes:
    """The token in a TimeStampResp (RFC 3161 section 2.4.2); raises MalformedDer."""
    fields = der_reader.read(answer, der.SEQUENCE).fields()
    status = fields.take(der.SEQUENCE).fields()
    code = status.take().integer()
    said = status.optional(der.SEQUENCE)
    failure = status.optional(der.BIT_STRING)
    status.end()
    if code not in _GRANTED:
        bits = _set_bits(failure.bits()[0]) if failure is not None else ()
        words = " ".join(said.each(lambda one: one.text(der.UTF8_STRING))) if said else ""
        raise _refusal(url, code, bits, words)
    token = fields.take(der.SEQUENCE).raw
    fields.end()
    return token


def _refusal(url: str, status: int, failures: tuple[int, ...], words: str) -> TimeStampUnavailable:
    reasons = [_FAILURES.get(bit, f"failure {bit}") for bit in failures]
    reason = ", ".join(reasons) or "without saying why"
    shown = "".join(one if one.isprintable() else " " for one in words)[:200].strip()
    return TimeStampUnavailable(
        url,
        f"it refuses (status {status}): {reason}" + (f"; it says “{shown}”" if shown else ""),
        retryable=bool(_PASSING.intersection(failures)),
    )


def _set_bits(octets: bytes) -> tuple[int, ...]:
    """The numbers of the bits that are set, the first being the highest of the first octet."""
    return tuple(
        8 * index + bit
        for index, octet in enumerate(octets)
        for bit in range(8)
        if octet & 0x80 >> bit
    )
