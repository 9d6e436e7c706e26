"""The list of cancelled certificates, signed, small, and good without a network.

A token of the IETF's Token Status List (draft-ietf-oauth-status-list) in its JWT form, one bit for
each certificate: 0 valid, 1 cancelled. Index 0 is the lowest bit of the first byte (section 4.1).
The claims are `sub` (where the list is published), `iat`, `exp`, `ttl`, `status_list` with `bits`
and `lst` (zlib, base64url), and one of ours, `seq`: it rises with every list, so that an older list
put in place of a newer one is noticed. A list tells the state at `iat`, never that of a moment
after it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from signing import jws
from signing.errors import CannotSign, MalformedStatusList
from signing.p256 import P256Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

TOKEN_TYPE = "statuslist+jwt"  # noqa: S105 - a media type
"""`typ` of the token's header (section 5.1)."""

MAX_ENTRIES = 8_388_608
"""Most certificates in one list: a province registers some 100,000 cranes a year. 1 MiB of bits."""

MAX_LIST_BYTES = MAX_ENTRIES // 8
"""Largest list when inflated, bytes; never more is inflated, whatever the token claims."""

MAX_TOKEN_BYTES = MAX_LIST_BYTES * 16 // 9 + 16_384
"""Longest token read, bytes: base64url twice (4/3 each time) over bits that do not compress."""

MAX_SUBJECT_CHARACTERS = 512
"""Longest address of a list."""


class Freshness(StrEnum):
    """How much a list of some age still says."""

    FRESH = "fresh"
    """It counts as the status now."""
    AGEING = "ageing"
    """Later cancellations may be missing; its time must be told beside the answer."""
    TOO_OLD = "too_old"
    """It says nothing of today."""
    NOT_YET = "not_yet"
    """It is from the future: this machine's clock is wrong, so its age is not known."""


@dataclass(frozen=True)
class Thresholds:
    """Up to which age a list is `fresh` and `ageing`, and how far clocks may differ."""

    fresh: timedelta = timedelta(days=1)
    """Cancelling is a day's work: a list of today counts as the status now."""
    oldest: timedelta = timedelta(days=7)
    """An inspector is back at a network within a week."""
    skew: timedelta = timedelta(minutes=5)
    """Clocks of machines that ask no time server differ by this much."""


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class StatusList:
    """A list whose signature was checked; times are aware (UTC)."""

    uri: str
    """Where the list is published (`sub`)."""
    sequence: int
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    """How long the publisher asks to keep a copy before fetching anew."""
    kid: str
    """The key that signed it."""
    bits: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """How many certificates have a place in the list."""
        return len(self.bits) * 8

    def get(self, index: int) -> bool:
        """Whether the certificate at that place was cancelled when the list was made.

        Raises MalformedStatusList where the list does not reach that far: it is then no list for
        this certificate, which is not the same as valid.
        """
        if not 0 <= index < self.size:
            raise MalformedStatusList(f"the status list has no place {index}")
        return bool(self.bits[index >> 3] >> (index & 7) & 1)

    def freshness(self, now: datetime, thresholds: Thresholds = THRESHOLDS) -> Freshness:
        """How much the list says at `now`; one past its `exp` is too old whatever its age."""
        age = now - self.issued_at
        if age < -thresholds.skew:
            return Freshness.NOT_YET
        if age > thresholds.oldest or now >= self.expires_at:
            return Freshness.TOO_OLD
        return Freshness.FRESH if age <= thresholds.fresh else Freshness.AGEING


def pack(cancelled: Iterable[int], size: int) -> bytes:
    """The bits of a list with at least `size` places; raises CannotSign for a place beyond it."""
    if not 1 <= size <= MAX_ENTRIES:
        raise CannotSign(f"a status list has 1 to {MAX_ENTRIES} places, not {size}")
    bits = bytearray(math.ceil(size / 8))
    for index in cancelled:
        if not 0 <= index < size:
            raise CannotSign(f"place {index} is not in a status list of {size}")
        bits[index >> 3] |= 1 << (index & 7)
    return bytes(bits)


def encode(
    cancelled: Iterable[int],
    size: int,
    *,
    uri: str,
    sequence: int,
    issued_at: datetime,
    key: P256Key,
    lifetime: timedelta = THRESHOLDS.oldest,
    ttl: timedelta = timedelta(hours=1),
    kid: str | None = None,
) -> str:
    """The signed token with the places in `cancelled` set; raises CannotSign.

    `size` places from 0, rounded up to whole bytes; `issued_at` is aware and cut to the second;
    `kid` is by default the key's own identifier in base64url, as in the published key set.
    """
    if issued_at.utcoffset() is None:
        raise CannotSign("the time of a status list must carry its zone")
    issued = int(issued_at.timestamp())
    packed = zlib.compress(pack(cancelled, size), 9)
    payload = {
        "sub": uri,
        "seq": sequence,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "ttl": int(ttl.total_seconds()),
        "status_list": {"bits": 1, "lst": jws.base64url(packed)},
    }
    if mistake := _mistake(payload):
        raise CannotSign(f"the status list cannot be signed: {mistake}")
    return jws.sign(payload, TOKEN_TYPE, key, jws.base64url(key.kid) if kid is None else kid)


def decode(token: str, keys: Mapping[str, EllipticCurvePublicKey]) -> StatusList:
    """The list in a token that one of these pinned keys, by identifier, has signed.

    Whether it is fresh enough is for `StatusList.freshness`. Raises MalformedStatusList.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise MalformedStatusList(f"a token of more than {MAX_TOKEN_BYTES} bytes")
    try:
        payload, kid = jws.verify(token, TOKEN_TYPE, keys)
        if mistake := _mistake(payload):
            raise MalformedStatusList(f"the status list is not sound: {mistake}")
        packed = jws.from_base64url(payload["status_list"]["lst"])
    except jws.Malformed as error:
        raise MalformedStatusList(f"this is no status list token: {error}") from error
    return StatusList(
        uri=payload["sub"],
        sequence=payload["seq"],
        issued_at=datetime.fromtimestamp(payload["iat"], UTC),
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        ttl=timedelta(seconds=payload["ttl"]),
        kid=kid,
        bits=_inflate(packed),
    )


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        bits = inflater.decompress(packed, MAX_LIST_BYTES)
    except zlib.error as error:
        raise MalformedStatusList("the list is no zlib data") from error
    if not inflater.eof or inflater.unused_data or not bits:
        raise MalformedStatusList(
            f"the list is empty, cut off, followed by other bytes, or larger than {MAX_LIST_BYTES}"
        )
    return bits


_LATEST = 253_402_300_799
"""The last second of the year 9999."""


def _mistake(payload: Mapping[str, Any]) -> str | None:
    """What is wrong with the claims, if anything."""
    subject, listed = payload.get("sub"), payload.get("status_list")
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT_CHARACTERS:
        return f"sub is no text of 1 to {MAX_SUBJECT_CHARACTERS} characters"
    for claim in ("seq", "iat", "exp", "ttl"):
        value = payload.get(claim)
        if type(value) is not int or not 0 <= value <= _LATEST:
            return f"{claim} is no whole number from 0 to {_LATEST}"
    if payload["exp"] <= payload["iat"]:
        return "it ends before it begins"
    if not isinstance(listed, dict) or not isinstance(listed.get("lst"), str):
        return "status_list holds no list"
    if type(listed.get("bits")) is not int or listed["bits"] != 1:
        return "status_list has another number of bits than one"
    return None
