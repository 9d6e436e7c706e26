"""The list of cancelled certificates, signed, small, and good without a network.

A token of the IETF's Token Status List (draft-ietf-oauth-status-list), here in its JWT form and in
`signing.status_list_cwt` as a CWT. The claims are `sub` (where the list is published), `iat`,
`exp`, `ttl`, `status_list` with `bits` and `lst` (zlib, base64url), and two of ours: `seq` rises
with every list, so that an older list put in place of a newer one is noticed; `authority` is the
USCC of the one authority of whose certificates the list speaks. A list tells the state at `iat`,
never that of a moment after it.

All lists share one space of places, each certificate having one for ever. The list of all has one
bit a place: 0 valid, 1 cancelled. The list of one authority has two: 0 valid, 1 cancelled, 3 (a
value of the application's own, section 7.1) not this authority's, or not issued when it was signed.
So it can never say `valid` of what it knows nothing of. Place 0 is in the lowest bits of the first
byte (section 4.1).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from signing import jws
from signing.errors import CannotSign, MalformedStatusList
from signing.key_entry import USCC
from signing.p256 import P256Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

TOKEN_TYPE = "statuslist+jwt"  # noqa: S105 - a media type
"""`typ` of the token's header (section 5.1)."""

MAX_ENTRIES = 8_388_608
"""Most certificates in one list: a province registers some 100,000 cranes a year. 1 MiB of bits."""

MAX_LIST_BYTES = MAX_ENTRIES // 8
"""Largest list of all when inflated, bytes; one of an authority has twice that. Never more is
inflated, whatever the token claims."""

MAX_TOKEN_BYTES = 2 * MAX_LIST_BYTES * 16 // 9 + 16_384
"""Longest token read, bytes: base64url twice (4/3 each time) over bits that do not compress."""

MAX_SUBJECT_CHARACTERS = 512
"""Longest address of a list."""


class Place(IntEnum):
    """What stands at a place; the list of all has only the first two."""

    VALID = 0
    CANCELLED = 1
    UNKNOWN = 3
    """The certificate is another authority's, or was not issued yet when the list was signed."""


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
    authority: str | None = None
    """Whose certificates it speaks of (USCC); None: everybody's."""

    @property
    def width(self) -> int:
        """How many bits a place has."""
        return _width(self.authority)

    @property
    def size(self) -> int:
        """How many certificates have a place in the list."""
        return len(self.bits) * 8 // self.width

    @property
    def next_update(self) -> datetime:
        """From when on a newer list is to be fetched."""
        return min(self.issued_at + self.ttl, self.expires_at)

    def get(self, index: int) -> bool:
        """Whether the certificate at that place was cancelled when the list was made.

        Raises MalformedStatusList where the list does not reach that far or does not speak of the
        place: it is then no list for this certificate, which is not the same as valid.
        """
        if not 0 <= index < self.size:
            raise MalformedStatusList(f"the status list has no place {index}")
        bit = index * self.width
        value = self.bits[bit >> 3] >> (bit & 7) & ((1 << self.width) - 1)
        if value > Place.CANCELLED:
            raise MalformedStatusList(f"the status list does not speak of the place {index}")
        return value == Place.CANCELLED

    def freshness(self, now: datetime, thresholds: Thresholds = THRESHOLDS) -> Freshness:
        """How much the list says at `now`; one past its `exp` is too old whatever its age."""
        age = now - self.issued_at
        if age < -thresholds.skew:
            return Freshness.NOT_YET
        if age > thresholds.oldest or now >= self.expires_at:
            return Freshness.TOO_OLD
        return Freshness.FRESH if age <= thresholds.fresh else Freshness.AGEING


def pack(cancelled: Iterable[int], size: int, issued: Iterable[int] | None = None) -> bytes:
    """The bits of a list with at least `size` places, two for each where `issued` is given.

    `issued` are then the places of which the list speaks. Raises CannotSign for a place beyond
    the list.
    """
    if not 1 <= size <= MAX_ENTRIES:
        raise CannotSign(f"a status list has 1 to {MAX_ENTRIES} places, not {size}")
    width = 1 if issued is None else 2
    unsaid = Place.VALID if issued is None else Place.UNKNOWN
    bits = bytearray((0xFF if unsaid else 0,)) * math.ceil(size * width / 8)
    for index in issued or ():
        _set(bits, width, size, index, Place.VALID)
    for index in cancelled:
        _set(bits, width, size, index, Place.CANCELLED)
    return bytes(bits)


def _set(bits: bytearray, width: int, size: int, index: int, value: Place) -> None:
    if not 0 <= index < size:
        raise CannotSign(f"place {index} is not in a status list of {size}")
    bit = index * width
    mask = (1 << width) - 1
    bits[bit >> 3] = bits[bit >> 3] & ~(mask << (bit & 7)) | value << (bit & 7)


@dataclass(frozen=True)
class Content:
    """What is signed, before it has a form; `packed` is the zlib stream, times are seconds."""

    uri: str
    sequence: int
    issued: int
    expires: int
    ttl: int
    packed: bytes = field(repr=False)
    authority: str | None = None

    @property
    def width(self) -> int:
        """How many bits a place has."""
        return _width(self.authority)


def content(
    cancelled: Iterable[int],
    size: int,
    *,
    uri: str,
    sequence: int,
    issued_at: datetime,
    lifetime: timedelta = THRESHOLDS.oldest,
    ttl: timedelta = timedelta(hours=1),
    authority: str | None = None,
    issued: Iterable[int] | None = None,
) -> Content:
    """A list with the places in `cancelled` set; raises CannotSign.

    `size` places from 0, rounded up to whole bytes; `issued_at` is aware and cut to the second.
    The list of one `authority` (USCC) speaks of the places in `issued` only.
    """
    if issued_at.utcoffset() is None:
        raise CannotSign("the time of a status list must carry its zone")
    if (authority is None) != (issued is None):
        raise CannotSign("the list of an authority, and only such a one, names what it issued")
    at = int(issued_at.timestamp())
    packed = zlib.compress(pack(cancelled, size, issued), 9)
    expires = at + int(lifetime.total_seconds())
    made = Content(uri, sequence, at, expires, int(ttl.total_seconds()), packed, authority)
    if mistake := mistake_in(_payload(made)):
        raise CannotSign(f"the status list cannot be signed: {mistake}")
    return made


def sign(made: Content, key: P256Key, kid: str | None = None) -> str:
    """The signed token; `kid` is by default the key's own, in base64url, as it is published."""
    name = jws.base64url(key.kid) if kid is None else kid
    return jws.sign(_payload(made), TOKEN_TYPE, key, name)


def encode(
    cancelled: Iterable[int], size: int, *, key: P256Key, kid: str | None = None, **more: Any
) -> str:
    """The signed token of `content` with these parameters; raises CannotSign."""
    return sign(content(cancelled, size, **more), key, kid)


def decode(token: str, keys: Mapping[str, EllipticCurvePublicKey]) -> StatusList:
    """The list in a token that one of these pinned keys, by identifier, has signed.

    Whether it is fresh enough is for `StatusList.freshness`. Raises MalformedStatusList.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise MalformedStatusList(f"a token of more than {MAX_TOKEN_BYTES} bytes")
    try:
        payload, kid = jws.verify(token, TOKEN_TYPE, keys)
        if mistake := mistake_in(payload):
            raise MalformedStatusList(f"the status list is not sound: {mistake}")
        packed = jws.from_base64url(payload["status_list"]["lst"])
    except jws.Malformed as error:
        raise MalformedStatusList(f"this is no status list token: {error}") from error
    found = Content(
        payload["sub"],
        payload["seq"],
        payload["iat"],
        payload["exp"],
        payload["ttl"],
        packed,
        payload.get("authority"),
    )
    return opened(found, kid)


def opened(found: Content, kid: str) -> StatusList:
    """The list that a checked content is; raises MalformedStatusList where it does not inflate."""
    return StatusList(
        uri=found.uri,
        sequence=found.sequence,
        issued_at=datetime.fromtimestamp(found.issued, UTC),
        expires_at=datetime.fromtimestamp(found.expires, UTC),
        ttl=timedelta(seconds=found.ttl),
        kid=kid,
        bits=_inflate(found.packed, MAX_LIST_BYTES * found.width),
        authority=found.authority,
    )


def _width(authority: str | None) -> int:
    return 1 if authority is None else 2


def _payload(made: Content) -> dict[str, Any]:
    whose = {} if made.authority is None else {"authority": made.authority}
    return {
        "sub": made.uri,
        "seq": made.sequence,
        "iat": made.issued,
        "exp": made.expires,
        "ttl": made.ttl,
        "status_list": {"bits": made.width, "lst": jws.base64url(made.packed)},
        **whose,
    }


def _inflate(packed: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        bits = inflater.decompress(packed, most)
    except zlib.error as error:
        raise MalformedStatusList("the list is no zlib data") from error
    if not inflater.eof or inflater.unused_data or not bits:
        raise MalformedStatusList(
            f"the list is empty, cut off, followed by other bytes, or larger than {most}"
        )
    return bits


_LATEST = 253_402_300_799
"""The last second of the year 9999."""


def mistake_in(payload: Mapping[str, Any]) -> str | None:
    """What is wrong with the claims of a token, by their names in JSON, if anything."""
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
    authority = payload.get("authority")
    if "authority" in payload and not (isinstance(authority, str) and USCC.fullmatch(authority)):
        return "authority is no USCC"
    if type(listed.get("bits")) is not int or listed["bits"] != _width(authority):
        return f"status_list has another number of bits than {_width(authority)}"
    return None
