"""The table `[platform]` of `config.toml`: the national platform that this installation works with.

    [platform]
    url = "https://platform.example/api"          # the name of each call is put behind it
    token_url = "https://platform.example/oauth/token"   # may be left out: url + "/oauth/token"
    client_id = "450000"
    client_secret_file = "platform/client-secret" # one line, mode 0600
    private_key_file = "platform/province.pem"    # the province's RSA key, PKCS#8 or PKCS#1, 0600
    province = "450000"                           # 6 digits, as the platform knows the province
    ca = "platform/ca.pem"                        # may be left out: the system's authorities
    timeout_s = 8.0                               # for one try of one call
    tries = 3                                     # of one call before it is given up for now
    calls_before_pause = 5                        # the platform tells off whoever is faster
    pause_s = 1.0                                 # 0: no pause, to practise against the sandbox

Paths are relative to the home. Without the table there is no platform: identifier and code are our
own, and certificates are valid when both files are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.errors import Misconfigured

MAX_TIMEOUT_S = 20.0
"""Longest time for one try: the HTTP service gives up a request after 30 seconds."""

MAX_TRIES = 5
"""Most tries of one call: with pauses that double, the last would follow after 15 seconds."""

MAX_CALLS_BEFORE_PAUSE = 1_000
"""Most calls before a pause: whoever needs more sets the pause to 0."""

MAX_PAUSE_S = 60.0
"""Longest pause: after it a request would have been given up."""

MAX_CLIENT_ID_CHARACTERS = 128
"""Longest name that we have at the platform."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_PROVINCE = re.compile(r"[1-9][0-9]0000", re.ASCII)


@dataclass(frozen=True)
class PlatformSettings:
    """The platform and how it is reached; addresses have no trailing slash, paths are absolute."""

    url: str
    token_url: str
    client_id: str
    client_secret_file: Path
    private_key_file: Path
    province: str
    ca: Path | None = None
    timeout_s: float = 8.0
    tries: int = 3
    calls_before_pause: int = 5
    pause_s: float = 1.0


def read(table: Mapping[str, Any], home: Path, *, development: bool) -> PlatformSettings | None:
    """The platform of a table, None of an empty one.

    Raises:
        Misconfigured: a setting is missing, unknown or of no use.
    """
    return _Reader(table, home, development).settings() if table else None


class _Reader:
    """Takes one setting after another; what is left over in the end is a mistake."""

    def __init__(self, table: Mapping[str, Any], home: Path, development: bool) -> None:
        self._left, self._home, self._development = dict(table), home, development

    def settings(self) -> PlatformSettings:
        url = self._address("url", None)
        found = PlatformSettings(
            url=url,
            token_url=self._address("token_url", f"{url}/oauth/token"),
            client_id=self._text("client_id", MAX_CLIENT_ID_CHARACTERS),
            client_secret_file=self._file("client_secret_file"),
            private_key_file=self._file("private_key_file"),
            province=self._province(),
            ca=self._file("ca") if "ca" in self._left else None,
            timeout_s=self._seconds("timeout_s", 8.0, 0.1, MAX_TIMEOUT_S),
            tries=self._count("tries", 3, MAX_TRIES),
            calls_before_pause=self._count("calls_before_pause", 5, MAX_CALLS_BEFORE_PAUSE),
            pause_s=self._seconds("pause_s", 1.0, 0.0, MAX_PAUSE_S),
        )
        if self._left:
            raise _wrong(f"未知配置项 (unknown setting): {', '.join(sorted(self._left))}")
        return found

    def _address(self, name: str, default: str | None) -> str:
        value = self._left.pop(name, default)
        try:
            parts = urlsplit(value if isinstance(value, str) else "")
            sound = parts.port != 0 and bool(parts.hostname) and not parts.username
        except ValueError:
            raise _wrong(f"{name} 不是网址 (no address)") from None
        sound = (
            sound and str(value).isascii() and str(value).isprintable() and " " not in str(value)
        )
        if parts.scheme not in ("http", "https") or not sound or parts.query or parts.fragment:
            raise _wrong(f"{name} 应为 https://主机/路径 (must be https://host/path)")
        # A secret and personal data go there.
        if parts.scheme == "http" and not (self._development and parts.hostname in _LOOPBACK):
            raise _wrong(f"{name} 须用 https，仅开发模式下本机可用 http (https, but on loopback)")
        return str(value).rstrip("/")

    def _text(self, name: str, longest: int) -> str:
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise _wrong(f"{name} 应为 1 至 {longest} 个字符 (1 to {longest} characters)")
        return value

    def _province(self) -> str:
        value = self._text("province", 6)
        if not _PROVINCE.fullmatch(value):
            raise _wrong("province 应为 6 位省级行政区划代码，如 450000 (a province's 6 digits)")
        return value

    def _file(self, name: str) -> Path:
        value = self._left.pop(name, None)
        try:
            if isinstance(value, str) and value and (self._home / value).is_file():
                return self._home / value
        except OSError:
            pass  # a name that no file can have
        raise _wrong(f"{name} 应为文件路径 (no such file): {value!r}")

    def _count(self, name: str, default: int, most: int) -> int:
        value = self._left.pop(name, default)
        if type(value) is not int or not 1 <= value <= most:
            raise _wrong(f"{name} 应为 1 至 {most} 的整数 (a whole number from 1 to {most})")
        return value

    def _seconds(self, name: str, default: float, least: float, most: float) -> float:
        value = self._left.pop(name, default)
        if type(value) not in (int, float) or not least <= value <= most:
            raise _wrong(f"{name} 应为 {least:g} 至 {most:g} 秒 (from {least:g} to {most:g} s)")
        return float(value)


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"config.toml: [platform] {what}")
