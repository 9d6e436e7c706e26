"""`api-keys.toml`: the access keys of an installation, of which only digests are kept.

    [[key]]
    name = "nanning"
    sha256 = "…"                            # of the key itself
    authorities = ["11450100MB0000001Q"]    # for whom it acts (USCC); absent: for all
    divisions = ["4501"]                    # in which divisions, by beginning; absent: in all
    expires = 2027-11-01T00:00:00+08:00     # absent: never
    per_minute = 600                        # requests; absent: the usual rate
    inspector = true                        # only to have checks confirmed; absent: not so

    [[revoked]]
    name = "nanning"
    at = 2026-12-01T08:00:00+08:00

It is only ever added to, so what a person wrote into it stays. A name is never given twice:
what the register remembers of a key (`Idempotency-Key`) it remembers by its name.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from service import scope
from service.errors import Misconfigured
from service.scope import Scope
from signing import atomic
from verify import times
from verify.errors import MalformedMoment

FILE_NAME = "api-keys.toml"

USUAL_PER_MINUTE = 3000
"""Requests of one key in a minute to one worker process: what an approval system that works off a
backlog reaches; a key that runs wild is held at 50 a second."""

MOST_PER_MINUTE = 1_000_000
"""More than any machine answers; a larger number is a slip."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME_CHARACTERS = 64
"""As many as the register has room for beside an `Idempotency-Key`."""

_KEY_FIELDS = {"name", "sha256", "authorities", "divisions", "expires", "per_minute", "inspector"}


@dataclass(frozen=True)
class AccessKey:
    """A key as it is known: its name and digest, what it may do, how long and how often.

    An `inspector`'s key changes and reads nothing: it only has checks confirmed by receipts.
    """

    name: str
    sha256: str
    scope: Scope = field(default_factory=Scope)
    expires: datetime | None = None
    per_minute: int = USUAL_PER_MINUTE
    revoked_at: datetime | None = None
    inspector: bool = False


def load(home: Path) -> tuple[AccessKey, ...]:
    """The keys of the installation at `home`, none where there is no file.

    Raises:
        Misconfigured: the file cannot be read, or something in it is wrong.
    """
    path = home / FILE_NAME
    try:
        return parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(f"无法读取 (cannot be read): {error!r}") from None


def parse(text: str) -> tuple[AccessKey, ...]:
    """The keys that a file's text names.

    Raises:
        Misconfigured: something in it is wrong; the key is named.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"无法读取 (cannot be read): {error}") from None
    if unknown := sorted(set(tables) - {"key", "revoked"}):
        raise _wrong(f"未知项 (unknown): {', '.join(unknown)}")
    revoked: dict[str, datetime] = {}
    for row in _rows(tables, "revoked"):
        name = _name(row, {"name", "at"})
        at = _moment(row, "at", name)
        if at is None:
            raise _wrong(f"{name}: 缺少 at (is missing)")
        revoked.setdefault(name, at)
    keys = [_key(row, revoked) for row in _rows(tables, "key")]
    names = [key.name for key in keys]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(f"密钥重名 (a name is given twice): {', '.join(twice)}")
    if nobody := sorted(set(revoked) - set(names)):
        raise _wrong(f"吊销了未知的密钥 (unknown keys are revoked): {', '.join(nobody)}")
    return tuple(keys)


def add(home: Path, key: AccessKey) -> None:
    """Write a new key down.

    Raises:
        Misconfigured: the file would be wrong with it, for instance since the name was given once.
    """
    lines = ["[[key]]", f"name = {_text(key.name)}", f"sha256 = {_text(key.sha256)}"]
    for name, values in (
        ("authorities", key.scope.authorities),
        ("divisions", key.scope.divisions),
    ):
        if values:
            lines.append(f"{name} = {_texts(values)}")
    if key.expires is not None:
        lines.append(f"expires = {times.iso(key.expires)}")
    if key.per_minute != USUAL_PER_MINUTE:
        lines.append(f"per_minute = {key.per_minute}")
    if key.inspector:
        lines.append("inspector = true")
    _append(home, lines)


def revoke(home: Path, name: str, at: datetime) -> None:
    """Write down that a key is worth nothing from that moment on.

    Raises:
        Misconfigured: there is no such key.
    """
    _append(home, ["[[revoked]]", f"name = {_text(name)}", f"at = {times.iso(at)}"])


def _append(home: Path, lines: Iterable[str]) -> None:
    path = home / FILE_NAME
    with atomic.lock(home / ".lock"):
        before = path.read_text("utf-8") if path.exists() else ""
        gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        after = before + gap + "\n".join(lines) + "\n"
        parse(after)
        atomic.write(path, after.encode())


def _rows(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong(f"[[{name}]] 应为表 (must be tables)")
    return rows


def _key(row: Mapping[str, Any], revoked: Mapping[str, datetime]) -> AccessKey:
    name = _name(row, _KEY_FIELDS)
    sha256 = row.get("sha256")
    if not isinstance(sha256, str) or not _DIGEST.fullmatch(sha256):
        raise _wrong(f"{name}: sha256 应为64位小写十六进制 (64 lower-case hex digits)")
    per_minute = row.get("per_minute", USUAL_PER_MINUTE)
    if type(per_minute) is not int or not 1 <= per_minute <= MOST_PER_MINUTE:
        raise _wrong(f"{name}: per_minute 应为 1 至 {MOST_PER_MINUTE} 的整数 (a whole number)")
    inspector = row.get("inspector", False)
    if not isinstance(inspector, bool):
        raise _wrong(f"{name}: inspector 应为 true 或 false (must be one of them)")
    return AccessKey(
        name=name,
        sha256=sha256,
        scope=_scope(row, name),
        expires=_moment(row, "expires", name),
        per_minute=per_minute,
        revoked_at=revoked.get(name),
        inspector=inspector,
    )


def _name(row: Mapping[str, Any], known: set[str]) -> str:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise _wrong(f"name 应为可见文本 (must be a visible text): {name!r}")
    if len(name) > _NAME_CHARACTERS:
        raise _wrong(f"name 最多 {_NAME_CHARACTERS} 个字符 (at most as many characters): {name!r}")
    if unknown := sorted(set(row) - known):
        raise _wrong(f"{name}: 未知项 (unknown): {', '.join(unknown)}")
    return name


def _scope(row: Mapping[str, Any], name: str) -> Scope:
    try:
        return scope.read(row)
    except scope.NoScope as error:
        raise _wrong(f"{name}: {error}") from None


def _moment(row: Mapping[str, Any], key: str, name: str) -> datetime | None:
    """A moment, as TOML has it or as text; a day alone means its beginning in China."""
    value = row.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, date):
            return times.parse(value.isoformat())
        if isinstance(value, str):
            return times.parse(value)
    except MalformedMoment:
        pass
    raise _wrong(f"{name}: {key} 应为日期或时间 (must be a date or a time)")


def _text(value: str) -> str:
    """A TOML string; JSON's escapes are among TOML's."""
    return json.dumps(value)


def _texts(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))


def _wrong(detail: str) -> Misconfigured:
    return Misconfigured(f"{FILE_NAME}: {detail}")
