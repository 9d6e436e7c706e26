"""Who may use the approvals interface: bearer keys, of which only digests are kept.

In development one key is made on first use. In production `api-keys.toml` in the home folder names
each key (`service.access_file`); it may be bound to authorities and divisions, and then it acts
for no other; it may expire, and it may be revoked. A change of the file counts at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from service import access_file, clock
from service.access_file import USUAL_PER_MINUTE, AccessKey
from service.errors import Forbidden, Unauthorized
from service.installation import TOKEN_FILE, Installation
from service.scope import Scope
from verify import times

KEYS_FILE = access_file.FILE_NAME
RECEIPTS = "/api/v1/receipts"
"""The one route that an inspector's key opens."""

DEVELOPMENT = "development"
"""The name of the key that is made on first use."""


@dataclass(frozen=True)
class Caller:
    """A key that was presented: its name, what it is bound to, its requests in a minute."""

    name: str
    scope: Scope = field(default_factory=Scope)
    per_minute: int = USUAL_PER_MINUTE
    inspector: bool = False

    def may_call(self, path: str) -> None:
        """Let pass what the key is for.

        Raises:
            Forbidden: it is an inspector's, which is for receipts only.
        """
        if self.inspector and path != RECEIPTS:
            raise Forbidden(
                f"密钥 {self.name} 只能用于核验回执 (an inspector's key is for receipts only)"
            )

    def may_act_for(self, authority_code: object, division: object) -> None:
        """Let pass what the key may do.

        Raises:
            Forbidden: the key is bound to other authorities or divisions.
        """
        if self.scope.everything or self.scope.covers(authority_code, division):
            return
        if not self.scope.names(authority_code):
            raise Forbidden(
                f"密钥 {self.name} 不能代表该发证机关 (the key may not act for this authority)"
            )
        raise Forbidden(
            f"密钥 {self.name} 不能在该行政区划办理 (the key may not act in this division)"
        )

    def sees(self, dataset: bytes) -> bool:
        """Whether a certificate with that signed data set is the key's business."""
        if self.scope.everything:
            return True
        authority = json.loads(dataset)["authority"]
        return self.scope.covers(authority["code"], authority["division"])


class AccessKeys:
    """The keys that are known, read anew when their file changes."""

    def __init__(self, keys: Callable[[], Sequence[AccessKey]]) -> None:
        self._keys = keys

    @classmethod
    def of(cls, installation: Installation) -> AccessKeys:
        """The keys of an installation.

        Raises:
            Misconfigured: `api-keys.toml` is wrong.
        """
        always: tuple[AccessKey, ...] = ()
        if installation.settings.development:
            token = (installation.keys / TOKEN_FILE).read_text("ascii").strip()
            always = (AccessKey(DEVELOPMENT, digest(token)),)
        watched = _Watched(installation.settings.home)
        watched.keys()
        return cls(lambda: (*watched.keys(), *always))

    def caller(self, authorization: str | None) -> Caller:
        """The key behind an `Authorization` header.

        Raises:
            Unauthorized: the header is missing or no bearer key, or the key is not known, has
                expired or was revoked.
            Misconfigured: the file of keys was changed and is wrong now.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("须以 Authorization: Bearer 提供密钥 (a bearer key is needed)")
        found = digest(token.strip())
        for key in self._keys():
            if hmac.compare_digest(key.sha256, found):
                _refuse_ended(key, clock.now())
                return Caller(key.name, key.scope, key.per_minute, key.inspector)
        raise Unauthorized("密钥无效 (unknown key)")


class _Watched:
    """The keys of a file, read anew when the file is another one or was written to."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kept: tuple[Hashable, tuple[AccessKey, ...]] | None = None

    def keys(self) -> tuple[AccessKey, ...]:
        """What the file says now."""
        state = self._state()
        if self._kept is None or self._kept[0] != state:
            self._kept = state, access_file.load(self._home)
        return self._kept[1]

    def _state(self) -> Hashable:
        with suppress(FileNotFoundError):
            found = (self._home / KEYS_FILE).stat()
            return found.st_ino, found.st_size, found.st_mtime_ns
        return None


def digest(token: str) -> str:
    """What is kept of a key: its SHA-256. Keys are random and long, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _refuse_ended(key: AccessKey, now: datetime) -> None:
    """Only who holds the key learns what became of it."""
    if key.revoked_at is not None and key.revoked_at <= now:
        raise Unauthorized(
            f"密钥 {key.name} 已吊销 (the key was revoked at {times.iso(key.revoked_at)})"
        )
    if key.expires is not None and key.expires <= now:
        raise Unauthorized(f"密钥 {key.name} 已过期 (the key expired at {times.iso(key.expires)})")
