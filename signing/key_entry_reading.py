"""Reading an entry of the ring, strictly: what is not sound is named, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final

from signing.key_entry import SCHEME, USCC, Entry, Role

MAX_TEXT: Final = 4096
"""Longest value of an entry, characters: a public key of RSA-8192 in PEM has 1,500."""

_ID: Final = re.compile(r"[a-z][A-Za-z0-9-]{0,99}", re.ASCII)


class MalformedEntry(ValueError):
    """A member of an entry is missing or is not what it should be."""


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
        return found if found is not None and SCHEME.match(found) else self.path(name)

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
