"""`sealpress access`: keys of approval systems. A key stands in its own file and nowhere else."""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from renderer.errors import Problem
from service import access_file, clock, new_file
from service.access import digest
from service.access_file import USUAL_PER_MINUTE, AccessKey
from service.errors import Conflict, Invalid, NotFound
from service.installation import Installation
from service.scope import NoDivision, Scope, scope
from verify import times
from verify.identifiers import uscc_valid

LIFE = timedelta(days=365)
"""How long a key lives unless it is said otherwise: it should be changed before it is forgotten."""

KEY_BYTES = 32
"""Of randomness in a key: nobody guesses 256 bits."""


def run(options: argparse.Namespace) -> int:
    """Do what is asked and say what was done; errors are raised."""
    ACTIONS[options.action](Installation.open().settings.home, options)
    return 0


def _create(home: Path, options: argparse.Namespace) -> None:
    """A new key: the file first, so that no key is in force which nobody holds."""
    if any(known.name == options.name for known in access_file.load(home)):
        message = f"“{options.name}” 已用过，请另取名称 (was given before, also if revoked)"
        raise Conflict("密钥重名 (the name is taken)", [Problem("name", "名称", message)])
    token, now = secrets.token_urlsafe(KEY_BYTES), clock.now()
    key = AccessKey(
        name=options.name,
        sha256=digest(token),
        scope=_scope(options),
        expires=_expires(options.expires, now),
        per_minute=USUAL_PER_MINUTE if options.per_minute is None else options.per_minute,
        inspector=options.inspector,
    )
    new_file.write(options.out, f"{token}\n")
    try:
        access_file.add(home, key)
    except BaseException:
        options.out.unlink()
        raise
    until = "–" if key.expires is None else times.iso(key.expires)
    print(f"新建 (created): {key.name}  {_bound(key)}  至 (until) {until}")
    print(f"密钥 (access key): {options.out}")


def _list(home: Path, options: argparse.Namespace) -> None:
    """Every key, those that have ended too; what is kept of a key opens nothing."""
    keys, now = access_file.load(home), clock.now()
    if options.json:
        print(json.dumps({"keys": [_as_json(key, now) for key in keys]}, ensure_ascii=False))
        return
    for key in keys:
        until = "–" if key.expires is None else times.iso(key.expires)
        print(
            f"{key.name}  {_state(key, now)}  {_bound(key)}  "
            f"至 (until) {until}  {key.per_minute}/min"
        )


def _revoke(home: Path, options: argparse.Namespace) -> None:
    if all(known.name != options.name for known in access_file.load(home)):
        raise NotFound(f"没有名为 “{options.name[:80]}” 的密钥 (no such key)")
    now = clock.now()
    access_file.revoke(home, options.name, now)
    print(f"吊销 (revoked): {options.name}  {times.iso(now)}")


ACTIONS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "create": _create,
    "list": _list,
    "revoke": _revoke,
}


def _scope(options: argparse.Namespace) -> Scope:
    """What the key is to be bound to; that it is bound to nothing must be said."""
    bound = bool(options.authority or options.division)
    if [options.unbound, bound, options.inspector].count(True) != 1:
        message = (
            "请以 --authority、--division 限定范围，或以 --unbound 表明不限，"
            "或以 --inspector 表明只用于核验回执 (one of them)"
        )
        raise Invalid("密钥范围有误 (wrong scope)", [Problem("authority", "范围", message)])
    if wrong := [one for one in options.authority if not uscc_valid(one)]:
        message = f"“{wrong[0][:20]}” 不是有效的统一社会信用代码 (not a USCC)"
        raise Invalid("密钥范围有误 (wrong scope)", [Problem("authority", "发证机关", message)])
    try:
        return scope(options.authority, options.division)
    except NoDivision as error:
        message = f"“{str(error)[:20]}” 应为2、4或6位行政区划代码 (2, 4 or 6 digits)"
        raise Invalid(
            "密钥范围有误 (wrong scope)", [Problem("division", "行政区划", message)]
        ) from None


def _expires(text: str | None, now: datetime) -> datetime | None:
    """When the key ends; None: never."""
    if text == "never":
        return None
    moment = now + LIFE if text is None else clock.parse_moment(text, "expires", "有效期")
    if moment <= now:
        problem = Problem("expires", "有效期", f"“{text}” 已过去 (is past)")
        raise Invalid("有效期有误 (wrong time)", [problem])
    return moment


def _state(key: AccessKey, now: datetime) -> str:
    if key.revoked_at is not None and key.revoked_at <= now:
        return "revoked"
    return "expired" if key.expires is not None and key.expires <= now else "active"


def _bound(key: AccessKey) -> str:
    if key.inspector:
        return "只用于核验回执 (receipts only)"
    bound = key.scope
    return ", ".join(sorted(bound.authorities) + sorted(bound.divisions)) or "不限 (unbound)"


def _as_json(key: AccessKey, now: datetime) -> dict[str, Any]:
    return {
        "name": key.name,
        "state": _state(key, now),
        "authorities": sorted(key.scope.authorities),
        "divisions": sorted(key.scope.divisions),
        "expires": key.expires and times.iso(key.expires),
        "revoked_at": key.revoked_at and times.iso(key.revoked_at),
        "per_minute": key.per_minute,
        "inspector": key.inspector,
        "sha256": key.sha256,
    }
