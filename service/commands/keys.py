"""`sealpress keys`: what keys there are, and what becomes of them. Nothing secret is ever shown."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from service import clock, key_listing, key_making
from service.errors import Invalid, Unreadable
from service.files import read_at_most
from service.installation import Installation
from signing import brought_lists, key_changes, key_import, key_ring
from signing.errors import SigningError
from signing.key_entry import Entry, Role, State

OVERLAP_DAYS = 7.0
"""Default overlap of keys without a certificate: a trust folder exported longer ago is too old for
the status anyway (`signing.status_list.THRESHOLDS`), so whoever checks has fetched the new key."""

MAX_BROUGHT_BYTES = 4 << 20
"""Largest file read, bytes: a seal, or a revocation list of 100,000 entries."""


def run(options: argparse.Namespace) -> int:
    """Do what is asked and say what was done; errors are raised."""
    installation = Installation.open()
    if ACTIONS[options.action](installation, options):
        _refresh(installation)
    return 0


def _list(installation: Installation, options: argparse.Namespace) -> bool:
    """Every key that is asked for, as a table or as JSON."""
    ring, now = key_ring.load(key_making.folder(installation)), clock.now()
    found = [
        one
        for one in ring.entries
        if options.role in (None, one.role) and options.authority in (None, one.authority)
    ]
    if options.json:
        listed = [key_listing.as_json(ring, one, now) for one in found]
        print(json.dumps({"keys": listed}, ensure_ascii=False))
        return False
    for line in key_listing.table(ring, found, now):
        print(line)
    return False


def _create(installation: Installation, options: argparse.Namespace) -> bool:
    """In development a key with all that belongs to it; in production a request for one."""
    if installation.settings.development:
        for entry in key_making.make(installation, _role(options), options):
            _say("新建 (created)", entry)
        return True
    made = key_making.request(installation, _role(options), options)
    if isinstance(made, Entry):
        _say("新建 (created)", made)
        return True
    print(f"证书请求 (certificate request): {made}")
    return False


def _import(installation: Installation, options: argparse.Namespace) -> bool:
    """A key that was made elsewhere, beside those that are there."""
    now = clock.now()
    since = _moment(options.since, "from") or now
    folder = key_making.folder(installation)
    entry = key_import.bring_in(folder, _offer(options), since, now, succeed=False)
    _say("导入 (imported)", entry)
    return True


def _rotate(installation: Installation, options: argparse.Namespace) -> bool:
    """A new key, made here or brought, that follows the one that signs."""
    role, now = Role(options.role), clock.now()
    folder = key_making.folder(installation)
    ring = key_ring.load(folder)
    signs = any(one.state_at(now) is State.ACTIVE for one in ring.of(role, _authority(options)))
    since = now + _overlap(options, role) if signs else now
    if options.uri is None and options.certificate is None:
        entry = key_making.rotate(installation, role, _authority(options), since)
    else:
        entry = key_import.bring_in(folder, _offer(options), since, now, succeed=True)
    _say("轮换 (rotated)", entry)
    return True


def _retire(installation: Installation, options: argparse.Namespace) -> bool:
    """A key that signs no more."""
    folder = key_making.folder(installation)
    entry = key_changes.retire(folder, options.id, _moment(options.at, "at") or clock.now())
    _say("停用 (retired)", entry)
    _warn_of_gap(folder, entry)
    return True


def _revoke(installation: Installation, options: argparse.Namespace) -> bool:
    """A key that is not believed any more, and what else must be done about it."""
    folder = key_making.folder(installation)
    since = _moment(options.since, "from")
    done = key_changes.revoke(folder, options.id, options.reason, since, clock.now())
    _say("吊销 (revoked)", done.entry)
    ring = key_ring.load(folder)
    for one in key_changes.below(ring, done.entry):
        print(f"  其下的密钥亦不再可信 (no longer believed either): {one.id}")
    if not done.listed and done.entry.role not in (Role.PDF_ROOT, Role.SEAL_ROOT):
        print("  证书由其他机构签发：请其吊销，再以 keys crl 导入其吊销列表")
        print("  (another CA issued the certificate: have it revoked, then `keys crl` its list)")
    _warn_of_gap(folder, done.entry)
    return True


def _crl(installation: Installation, options: argparse.Namespace) -> bool:
    """The list of a CA, put where it is published."""
    data = _read(options.file)
    path = brought_lists.bring_in(key_making.folder(installation), data, clock.now())
    print(f"吊销列表 (revocation list): {path}")
    return True


# Each tells whether something changed that is published.
ACTIONS: dict[str, Callable[[Installation, argparse.Namespace], bool]] = {
    "list": _list,
    "create": _create,
    "import": _import,
    "rotate": _rotate,
    "retire": _retire,
    "revoke": _revoke,
    "crl": _crl,
}


def _say(done: str, entry: Entry) -> None:
    """What was done to which key; its URI, never more of it."""
    print(f"{done}: {entry.id}  kid {entry.kid.hex()}  {entry.uri or '–'}")


def _warn_of_gap(folder: Path, entry: Entry) -> None:
    if not key_changes.has_successor(key_ring.load(folder), entry, clock.now()):
        whose = f" --authority {entry.authority}" if entry.authority else ""
        print("  此后无密钥可用于签发，请轮换 (none signs in its place):")
        print(f"  sealpress keys rotate {entry.role}{whose}")


def _role(options: argparse.Namespace) -> Role | None:
    return Role(options.role) if options.role else None


def _authority(options: argparse.Namespace) -> str | None:
    authority: str | None = options.authority
    return authority


def _overlap(options: argparse.Namespace, role: Role) -> timedelta:
    days = options.overlap
    if days is None:
        days = 0.0 if role.certified else OVERLAP_DAYS
    if not 0 <= days <= 3650:
        raise Invalid("--overlap 应为 0 至 3650 天 (0 to 3650 days)")
    return timedelta(days=days)


def _offer(options: argparse.Namespace) -> key_import.Offer:
    return key_import.Offer(
        role=Role(options.role),
        authority=_authority(options),
        uri=options.uri,
        certificate=_read(options.certificate) if options.certificate else None,
        seal=_read(options.seal) if options.seal else None,
    )


def _read(path: Path) -> bytes:
    content = read_at_most(path, MAX_BROUGHT_BYTES)
    if len(content) > MAX_BROUGHT_BYTES:
        raise Unreadable(f"{path.name}: 文件过大 (larger than {MAX_BROUGHT_BYTES} bytes)")
    return content


def _moment(text: str | None, field: str) -> datetime | None:
    return clock.parse_moment(text, field, "时间") if text else None


def _refresh(installation: Installation) -> None:
    """The home's own copy of what is published; it may not be whole while keys are brought in."""
    try:
        installation.refresh_trust()
    except SigningError as error:
        print(f"  尚不能导出信任数据 (trust cannot be exported yet): {error}", file=sys.stderr)
