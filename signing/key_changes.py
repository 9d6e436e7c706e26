"""What may become of a key: another one follows it, it is retired, or it is revoked.

Each is one change of the ring, whole or not made. A change never makes an old signature worse than
it has to be: a retired key stays published, and a revoked one is disbelieved from a moment on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from signing import development_lists, key_ring
from signing.errors import CannotSign
from signing.key_entry import Entry, Role, State, written
from signing.key_ring import KeyRing

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unspecified": "未说明",
        "keyCompromise": "密钥泄露",
        "cACompromise": "签发机构密钥泄露",
        "affiliationChanged": "机关名称或隶属变更",
        "superseded": "已被新密钥取代",
        "cessationOfOperation": "停止使用",
    }
)
"""Why a key may be revoked, as revocation lists write it (RFC 5280 5.3.1), and in Chinese."""


@dataclass(frozen=True)
class Revoked:
    """A revoked key; `listed` says whether a revocation list of ours has it now.

    It is False where the list is another's: of a certificate authority, which must be asked.
    """

    entry: Entry
    listed: bool


def following(ring: KeyRing, entry: Entry) -> KeyRing:
    """The ring with a new key, from whose first moment on those before it sign no more."""
    for before in ring.of(entry.role, entry.authority):
        if before.state_at(entry.active_from) is State.ACTIVE:
            ring = ring.replacing(replace(before, retired_at=entry.active_from))
    return ring.adding(entry)


def retire(folder: Path, identifier: str, at: datetime) -> Entry:
    """Lets a key sign no more from an aware moment on; raises CannotSign where it is over already.

    What it signed stays good.
    """
    moment = at.replace(microsecond=0)
    with key_ring.changing(folder) as file:
        entry = file.ring.by_id(identifier)
        if entry.revoked_at is not None:
            raise CannotSign(f"{identifier} is revoked since {written(entry.revoked_at)}")
        if entry.retired_at is not None and entry.retired_at <= moment:
            raise CannotSign(f"{identifier} is retired since {written(entry.retired_at)}")
        retired = replace(entry, retired_at=moment)
        file.write(file.ring.replacing(retired))
    return retired


def revoke(
    folder: Path, identifier: str, reason: str, unsafe_from: datetime | None, now: datetime
) -> Revoked:
    """Takes a key back; from `unsafe_from` (aware) on, by default now, it is not believed.

    `reason` is one of REASONS. Done again, it may only move that moment back: what was found out
    later. Raises CannotSign, KeyUnavailable where the revocation list cannot be signed; then the
    key signs no more all the same, and doing it again completes it.
    """
    if reason not in REASONS:
        raise CannotSign(f"{reason} is no reason for a revocation: {', '.join(REASONS)}")
    at = now.replace(microsecond=0)
    since = (unsafe_from or now).replace(microsecond=0)
    if since > at:
        raise CannotSign("a key cannot be revoked from a moment in the future on; retire it then")
    with key_ring.changing(folder) as file:
        entry = _revoked(file.ring.by_id(identifier), reason, since, at)
        file.write(_without_those_below(file.ring.replacing(entry), entry, at))
        paths = development_lists.paths_for(file.ring, entry)
        development_lists.write(file.ring, at, lambda path: path in paths)
    return Revoked(entry, listed=bool(paths) or not entry.role.certified)


def _without_those_below(ring: KeyRing, root: Entry, at: datetime) -> KeyRing:
    """The ring in which what a revoked root certified signs no more: nobody would believe it."""
    for one in below(ring, root):
        if one.state_at(at) in (State.ACTIVE, State.UPCOMING):
            ring = ring.replacing(replace(one, retired_at=at))
    return ring


def _revoked(entry: Entry, reason: str, since: datetime, at: datetime) -> Entry:
    known = entry.distrusted_from
    if known is None:
        unsafe_from = since if since < at else None
        return replace(entry, revoked_at=at, compromised_from=unsafe_from, reason=reason)
    if since >= known:
        return entry
    return replace(entry, compromised_from=since, reason=reason)


def has_successor(ring: KeyRing, entry: Entry, at: datetime) -> bool:
    """Whether another key of the role signs at that moment, or will."""
    living = (State.ACTIVE, State.UPCOMING)
    others = ring.of(entry.role, entry.authority)
    return any(one.state_at(at) in living for one in others if one.id != entry.id)


def below(ring: KeyRing, root: Entry) -> tuple[Entry, ...]:
    """The keys that a revoked root takes down with it; none below a key that is no root."""
    if root.role not in (Role.PDF_ROOT, Role.SEAL_ROOT):
        return ()
    return development_lists.anchored_in(ring, root)
