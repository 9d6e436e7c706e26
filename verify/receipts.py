"""Receipts: what was checked, when, by whom and with which outcome, signed and itself verifiable.

A receipt is a compact JWS (ES256) by a key that makes nothing valid: the service's receipt key, or
that of a device. So is an answer about a status, which names no inspector. Both are given away and
kept nowhere here. They hold digests of what was checked and what identifies the certificate, never
its whole face: a receipt ends up in files of people who need not know everybody's names.

| claim | meaning |
|---|---|
| `jti`, `iat` | its identifier, and when it was made (seconds since 1970) |
| `inspector`, `access` | who checked, as he says, and by which access key; not in an answer |
| `place` | where, in words, or null; not in an answer |
| `subject` | `kind` file, code or number, with the SHA-256 of the file or of the code's text |
| `at` | the moment whose status was asked for |
| `plate` | the factory number read from the machine, or null |
| `online` | whether the register was asked; otherwise signatures and status lists alone |
| `result` | the verdict with its checks, the status with the age of the list it came from |
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from signing import jws
from verify import limits
from verify.errors import VerifyError
from verify.presentation import masked_altered
from verify.times import iso
from verify.verdict import Verdict, Word

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from signing.p256 import P256Key

RECEIPT_TYPE: Final = "sealpress-receipt+jwt"
ANSWER_TYPE: Final = "sealpress-status+jwt"

IDENTIFYING: Final = (
    "factory_number",
    "filing_number",
    "number",
    "license_id",
    "version",
    "type",
    "authority",
    "issued_on",
)
"""What of a certificate goes into a receipt."""

_KINDS: Final = frozenset({"file", "code", "number"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COMMON: Final = frozenset({"jti", "iat", "subject", "at", "plate", "online", "result"})
_OF_RECEIPT: Final = _COMMON | {"inspector", "access", "place"}


class MalformedReceipt(VerifyError):
    """A text is no receipt, or its signature is wrong; the text says what is wrong."""


@dataclass(frozen=True)
class Subject:
    """What was checked: a file or a code by its SHA-256, a number as it was asked for."""

    kind: str
    sha256: str | None = None
    number: str | None = None
    factory_number: str | None = None

    def as_json(self) -> dict[str, str]:
        """The form in a receipt; what is not there is left out."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Inspector:
    """Who checked, as he says himself; `access` names the key that he came with, if any."""

    name: str
    access: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Check:
    """A check that was made: of what, as of when (aware), and what came out."""

    subject: Subject
    verdict: Verdict
    at: datetime
    plate: str | None
    online: bool


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature was checked: its claims, and the key that signed it."""

    claims: Mapping[str, Any]
    kid: str

    @property
    def made_at(self) -> datetime:
        """When it was made, by its signer's clock."""
        return datetime.fromtimestamp(self.claims["iat"], UTC)

    def is_of(self, data: bytes) -> bool:
        """Whether it is the receipt of that very file or code."""
        return bool(self.claims["subject"].get("sha256") == hashlib.sha256(data).hexdigest())


def of_file(data: bytes) -> Subject:
    """A file as what was checked."""
    return Subject("file", sha256=hashlib.sha256(data).hexdigest())


def of_code(text: str) -> Subject:
    """A code as what was checked: the digest is that of the scanned text in UTF-8."""
    return Subject("code", sha256=hashlib.sha256(text.strip().encode(errors="replace")).hexdigest())


def of_number(number: str, factory_number: str | None) -> Subject:
    """A number with the one beside it as what was checked."""
    cut = limits.NUMBER_CHARACTERS
    return Subject("number", number=number[:cut], factory_number=(factory_number or "")[:cut])


def sign(check: Check, inspector: Inspector, key: P256Key, now: datetime) -> str:
    """The receipt of a check."""
    who = {"inspector": inspector.name, "access": inspector.access, "place": inspector.place}
    return jws.sign(_claims(check, now) | who, RECEIPT_TYPE, key, jws.base64url(key.kid))


def sign_answer(check: Check, key: P256Key, now: datetime) -> str:
    """A signed answer about a status, for whoever asks."""
    return jws.sign(_claims(check, now), ANSWER_TYPE, key, jws.base64url(key.kid))


def read(token: str, keys: Mapping[str, EllipticCurvePublicKey]) -> Receipt:
    """The receipt, or signed answer, in a token that one of these pinned keys signed.

    Raises:
        MalformedReceipt: it is none, or by none of them.
    """
    if len(token) > limits.RECEIPT_BYTES:
        raise MalformedReceipt(f"回执过长 (more than {limits.RECEIPT_BYTES} bytes)")
    answer = _type_of(token) == ANSWER_TYPE
    try:
        claims, kid = jws.verify(token.strip(), ANSWER_TYPE if answer else RECEIPT_TYPE, keys)
    except jws.Malformed as error:
        raise MalformedReceipt(f"不是有效的核验回执 (no receipt of ours): {error}") from None
    _must_be_sound(claims, _COMMON if answer else _OF_RECEIPT)
    return Receipt(claims, kid)


def _type_of(token: str) -> object:
    """The type that a token claims to be of; that it is so is checked with its signature."""
    try:
        header = token.strip().partition(".")[0][: jws.MAX_HEADER_BYTES]
        return jws.read_json(jws.from_base64url(header)).get("typ")
    except jws.Malformed:
        return None


def _claims(check: Check, now: datetime) -> dict[str, Any]:
    found = check.verdict.as_json()
    shown = found["certificate"]
    return {
        "jti": secrets.token_hex(16),
        "iat": int(now.timestamp()),
        "subject": check.subject.as_json(),
        "at": iso(check.at),
        "plate": check.plate,
        "online": check.online,
        "result": found
        | {
            "certificate": shown and {name: shown.get(name) for name in IDENTIFYING},
            "altered": masked_altered(found["altered"]),
        },
    }


def _must_be_sound(claims: Mapping[str, Any], members: frozenset[str]) -> None:
    """Refuse what is soundly signed and still not what a receipt must be."""
    subject, result = claims.get("subject"), claims.get("result")
    sound = (
        set(claims) == members
        and type(claims["iat"]) is int
        and 0 <= claims["iat"] <= limits.LATEST_SECONDS
        and isinstance(subject, dict)
        and subject.get("kind") in _KINDS
        and (subject["kind"] == "number" or _SHA256.fullmatch(str(subject.get("sha256"))))
        and isinstance(result, dict)
        and result.get("verdict") in tuple(Word)
        and isinstance(result.get("reason"), str)
        and isinstance(result.get("checks"), list)
    )
    if not sound:
        raise MalformedReceipt("回执的内容不完整 (signed, but not what a receipt holds)")
