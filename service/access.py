"""Who may use the approvals interface: bearer keys, of which only digests are kept.

In development one key is made on first use. In production `api-keys.toml` in the home folder names
each key; it may be bound to authorities, and then it acts for no other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import Forbidden, Misconfigured, Unauthorized
from service.installation import TOKEN_FILE, Installation

KEYS_FILE = "api-keys.toml"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Caller:
    """A known key: its name, its digest, the authorities (USCC) it acts for; none means all."""

    name: str
    sha256: str
    authorities: frozenset[str] = frozenset()

    def may_act_for(self, authority_code: object) -> None:
        """Let pass what the key may do.

        Raises:
            Forbidden: the key is bound to other authorities.
        """
        if self.authorities and authority_code not in self.authorities:
            raise Forbidden("此密钥不能代表该发证机关 (the key may not act for this authority)")


class AccessKeys:
    """The keys that are known."""

    def __init__(self, callers: Sequence[Caller]) -> None:
        self._callers = tuple(callers)

    @classmethod
    def of(cls, installation: Installation) -> AccessKeys:
        """The keys of an installation.

        Raises:
            Misconfigured: `api-keys.toml` is wrong.
        """
        callers = _configured(installation)
        if installation.settings.development:
            token = (installation.keys / TOKEN_FILE).read_text("ascii").strip()
            callers.append(Caller("development", digest(token)))
        return cls(callers)

    def caller(self, authorization: str | None) -> Caller:
        """The key behind an `Authorization` header.

        Raises:
            Unauthorized: the header is missing or no bearer key, or the key is not known.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("须以 Authorization: Bearer 提供密钥 (a bearer key is needed)")
        found = digest(token.strip())
        for caller in self._callers:
            if hmac.compare_digest(caller.sha256, found):
                return caller
        raise Unauthorized("密钥无效 (unknown key)")


def digest(token: str) -> str:
    """What is kept of a key: its SHA-256. Keys are random and long, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _configured(installation: Installation) -> list[Caller]:
    path = installation.settings.home / KEYS_FILE
    if not path.exists():
        return []
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("key", [])
        callers = [
            Caller(str(row["name"]), str(row["sha256"]), frozenset(row.get("authorities", ())))
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Misconfigured(f"{KEYS_FILE} 无法读取 (cannot be read): {error!r}") from None
    if not all(_DIGEST.fullmatch(caller.sha256) for caller in callers):
        raise Misconfigured(f"{KEYS_FILE}: sha256 应为64位小写十六进制 (64 lower-case hex digits)")
    return callers
