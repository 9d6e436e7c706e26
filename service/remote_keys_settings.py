"""The table `[remote_keys]` of `config.toml`: how this installation reaches seal services.

    [remote_keys]
    ca = "tls/seal-service-ca.pem"     # who certifies the services; the system's CAs are not asked
    certificate = "tls/press.pem"      # ours, as the services know us
    key = "tls/press.key"              # PEM, unencrypted, mode 0600
    timeout_s = 5.0                    # for connecting, for the handshake, and for one answer each
    tries = 3                          # of one request, always under the same identifier

The paths are relative to the home. Without the table `https:` keys cannot be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.errors import Misconfigured
from signing.remote_access import RemoteAccess

SETTABLE = {"ca", "certificate", "key", "timeout_s", "tries"}

_FILES = ("ca", "certificate", "key")


def read(table: Mapping[str, Any], home: Path) -> RemoteAccess | None:
    """The access of a table, None of an empty one.

    Raises:
        Misconfigured: a setting is missing, unknown or of no use.
    """
    if not table:
        return None
    if unknown := sorted(set(table) - SETTABLE):
        raise _wrong(f"未知配置项 (unknown setting): {', '.join(unknown)}")
    ca, certificate, key = (_file(table.get(name), name, home) for name in _FILES)
    numbers = {name: table[name] for name in ("timeout_s", "tries") if name in table}
    if not all(type(value) in (int, float) for value in numbers.values()):
        raise _wrong("timeout_s 和 tries 应为数字 (must be numbers)")
    if type(numbers.get("tries", 1)) is not int:
        raise _wrong("tries 应为整数 (must be a whole number)")
    try:
        return RemoteAccess(ca=ca, certificate=certificate, key=key, **numbers)
    except ValueError as error:
        raise _wrong(f"timeout_s 或 tries 超出范围 (out of range): {error}") from None


def _file(value: object, name: str, home: Path) -> Path:
    if not isinstance(value, str) or not value or not (home / value).is_file():
        raise _wrong(f"{name} 应为文件路径 (no such file): {value!r}")
    return home / value


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"config.toml: [remote_keys] {what}")
