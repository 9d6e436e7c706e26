"""One key of a folder of keys: what it is for, where it is, and what became of it.

An entry is public: it has the key's URI and its public half, never the private one. So signatures
of a key that is retired, revoked or lost can still be judged, by somebody who never had it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from signing.p256 import KID_BYTES

USCC: Final = re.compile(r"[0-9A-Z]{18}", re.ASCII)
"""How a unified social credit code is written (GB 32100)."""

MAX_TEXT: Final = 4096
"""Longest value of an entry, characters: a public key of RSA-8192 in PEM has 1,500."""

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII)
_ID: Final = re.compile(r"[a-z][A-Za-z0-9-]{0,99}", re.ASCII)


class Role(StrEnum):
    """What a key may do; no key has two roles."""

    PDF_ROOT = "pdf-root"
    """Certifies PDF signers and signs their revocation list; in production only its certificate."""
    SEAL_ROOT = "seal-root"
    """The same for the SM2 certificates of seal makers and seal signers."""
    SEAL_MAKER = "seal-maker"
    """Makes seals (制章人)."""
    PDF_SIGNER = "pdf-signer"
    """Signs an authority's PDFs."""
    SEAL_SIGNER = "seal-signer"
    """Seals an authority's OFDs (签章人), with the seal that lists it."""
    CODE_SIGNER = "code-signer"
    """Signs the codes in the QR."""
    LIST_SIGNER = "status-list-signer"
    """Signs the status list."""

    @property
    def of_an_authority(self) -> bool:
        """Whether each authority has its own."""
        return self in (Role.PDF_SIGNER, Role.SEAL_SIGNER)

    @property
    def certified(self) -> bool:
        """Whether a key of this role has a certificate; the others are published as they are."""
        return self not in (Role.CODE_SIGNER, Role.LIST_SIGNER)

    @property
    def root(self) -> Role | None:
        """The root below which its certificates are; None where it has no certificate."""
        if not self.certified:
            return None
        return Role.PDF_ROOT if self in (Role.PDF_ROOT, Role.PDF_SIGNER) else Role.SEAL_ROOT


class State(StrEnum):
    """What may be done with a key at a moment."""

    UPCOMING = "upcoming"
    """It is published, but does not sign yet."""
    ACTIVE = "active"
    """It may sign; of several the newest does."""
    RETIRED = "retired"
    """It signs no more; what it signed stays good."""
    REVOKED = "revoked"
    """It signs no more, and what it signed from some moment on is not believed."""


class MalformedEntry(ValueError):
    """A member of an entry is missing or is not what it should be."""


@dataclass(frozen=True)
class Entry:
    """One key. Times are aware, in whole seconds.

    `uri` is a URI, or a path within the folder of keys; None where only the certificate is here.
    `certificate` and `seal` are paths within the folder; the certificate may have others below it
    that lead towards the root. `public` is the public half, SubjectPublicKeyInfo in PEM.
    """

    id: str
    role: Role
    authority: str | None
    uri: str | None
    certificate: str | None
    seal: str | None
    public: str
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None = None
    revoked_at: datetime | None = None
    compromised_from: datetime | None = None
    reason: str | None = None

    @property
    def kid(self) -> bytes:
        """The key's identifier: the first 8 bytes of the SHA-256 of its public half in DER."""
        return hashlib.sha256(self.spki).digest()[:KID_BYTES]

    @property
    def spki(self) -> bytes:
        """The public half in DER."""
        lines = self.public.strip().splitlines()
        return base64.b64decode("".join(lines[1:-1]))

    @property
    def distrusted_from(self) -> datetime | None:
        """From when on nothing that it signed is believed; None where it was not revoked."""
        return self.compromised_from or self.revoked_at

    def state_at(self, moment: datetime) -> State:
        """What may be done with it at an aware moment."""
        if self.revoked_at is not None and self.revoked_at <= moment:
            return State.REVOKED
        if self.retired_at is not None and self.retired_at <= moment:
            return State.RETIRED
        return State.ACTIVE if self.active_from <= moment else State.UPCOMING

    @property
    def in_folder(self) -> bool:
        """Whether `uri` is a path within the folder of keys."""
        return self.uri is not None and not _SCHEME.match(self.uri)

    def as_json(self) -> dict[str, str | None]:
        """The entry as it is written."""
        return {
            name: written(value) if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }


def read(value: object) -> Entry:
    """The entry that a JSON object holds; raises MalformedEntry."""
    if not isinstance(value, dict):
        raise MalformedEntry("it is no JSON object")
    fields = _Fields(value)
    role = _role(fields.text("role"))
    authority = fields.optional("authority")
    if (authority is not None) != role.of_an_authority:
        raise MalformedEntry(f"authority belongs to the signers of an authority, not to {role}")
    if authority is not None and not USCC.fullmatch(authority):
        raise MalformedEntry(f"{authority!r} is no USCC")
    identifier = fields.text("id")
    if not _ID.fullmatch(identifier):
        raise MalformedEntry(f"{identifier!r} is no id")
    entry = Entry(
        id=identifier,
        role=role,
        authority=authority,
        uri=fields.place("uri"),
        certificate=fields.path("certificate"),
        seal=fields.path("seal"),
        public=fields.text("public"),
        created_at=fields.moment("created_at"),
        active_from=fields.moment("active_from"),
        retired_at=fields.optional_moment("retired_at"),
        revoked_at=fields.optional_moment("revoked_at"),
        compromised_from=fields.optional_moment("compromised_from"),
        reason=fields.optional("reason"),
    )
    _require_sound(entry)
    return entry


def public_pem(spki: bytes) -> str:
    """A public half in DER as PEM."""
    body = base64.b64encode(spki).decode("ascii")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""))


def written(moment: datetime) -> str:
    """A moment in UTC as ISO 8601, such as 2026-11-21T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def within_folder(path: str) -> bool:
    """Whether a path stays inside the folder that it is relative to."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts and "\0" not in path


def _require_sound(entry: Entry) -> None:
    if entry.role.certified and entry.certificate is None:
        raise MalformedEntry("its role needs a certificate")
    if entry.role is Role.SEAL_SIGNER and entry.seal is None:
        raise MalformedEntry("a seal signer needs its seal")
    if entry.compromised_from is not None and entry.revoked_at is None:
        raise MalformedEntry("compromised, yet not revoked")
    try:
        spki = entry.spki
    except ValueError:
        spki = b""
    if not entry.public.startswith("-----BEGIN PUBLIC KEY-----") or not spki:
        raise MalformedEntry("public is no public key in PEM")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise MalformedEntry(f"{text!r} is no role") from None


class _Fields:
    """The members of an entry, each read once as what it should be."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def text(self, name: str) -> str:
        found = self.optional(name)
        if found is None:
            raise MalformedEntry(f"{name} is missing")
        return found

    def optional(self, name: str) -> str | None:
        found = self._members.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or not 1 <= len(found) <= MAX_TEXT:
            raise MalformedEntry(f"{name} is no text of 1 to {MAX_TEXT} characters")
        return found

    def path(self, name: str) -> str | None:
        found = self.optional(name)
        if found is not None and not within_folder(found):
            raise MalformedEntry(f"{name} is no path within the folder")
        return found

    def place(self, name: str) -> str | None:
        found = self.optional(name)
        return found if found is not None and _SCHEME.match(found) else self.path(name)

    def moment(self, name: str) -> datetime:
        found = self.optional_moment(name)
        if found is None:
            raise MalformedEntry(f"{name} is missing")
        return found

    def optional_moment(self, name: str) -> datetime | None:
        found = self.optional(name)
        if found is None:
            return None
        try:
            return datetime.strptime(found, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise MalformedEntry(f"{name} is no moment such as 2026-11-21T08:00:00Z") from None
