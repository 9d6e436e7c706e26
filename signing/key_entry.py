"""One key of a folder of keys: what it is for, where it is, and what became of it.

An entry is public: it has the key's URI and its public half, never the private one. So signatures
of a key that is retired, revoked or lost can still be judged, by somebody who never had it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from signing.p256 import KID_BYTES

USCC: Final = re.compile(r"[0-9A-Z]{18}", re.ASCII)
"""How a unified social credit code is written (GB 32100)."""

SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII)
"""How a URI begins, and no path within the folder of keys does."""


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
    RECEIPT_SIGNER = "receipt-signer"
    """Signs receipts of checks, and answers about a status. It makes nothing valid."""
    LOG_SIGNER = "log-signer"
    """Signs the checkpoints of the log, with Ed25519. It makes nothing valid either."""

    @property
    def of_an_authority(self) -> bool:
        """Whether each authority has its own."""
        return self in (Role.PDF_SIGNER, Role.SEAL_SIGNER)

    @property
    def certified(self) -> bool:
        """Whether a key of this role has a certificate; the others are published as they are."""
        return self not in (
            Role.CODE_SIGNER,
            Role.LIST_SIGNER,
            Role.RECEIPT_SIGNER,
            Role.LOG_SIGNER,
        )

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
        return self.uri is not None and not SCHEME.match(self.uri)

    def as_json(self) -> dict[str, str | None]:
        """The entry as it is written."""
        return {
            name: written(value) if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }


def public_pem(spki: bytes) -> str:
    """A public half in DER as PEM."""
    body = base64.b64encode(spki).decode("ascii")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""))


def written(moment: datetime) -> str:
    """A moment in UTC as ISO 8601, such as 2026-11-21T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
