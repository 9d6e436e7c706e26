"""The table `[keys]` of `config.toml`: where keys may be, and the libraries of their tokens.

    [keys]
    allow_files = true                 # production only: keys may be in files (`file:`), too
    pkcs11_modules = { softhsm2 = "/usr/lib/softhsm/libsofthsm2.so" }

A development installation makes its keys in files, so there they are always allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.errors import Misconfigured
from signing.key_policy import KeyPolicy

SETTABLE = {"allow_files", "pkcs11_modules"}

DEFAULT_TABLE = """\
[keys]
# In production keys belong into a token or a seal service; true allows them in files, too.
allow_files = false
# The libraries of tokens by name, for the module-name of pkcs11: URIs, each by its absolute path:
# pkcs11_modules = { softhsm2 = "/usr/lib/softhsm/libsofthsm2.so" }
"""


def read(table: Mapping[str, Any], *, development: bool) -> KeyPolicy:
    """The policy of a table.

    Raises:
        Misconfigured: a setting is unknown or of no use.
    """
    if unknown := sorted(set(table) - SETTABLE):
        raise _wrong(f"未知配置项 (unknown setting): {', '.join(unknown)}")
    allowed = table.get("allow_files", False)
    if not isinstance(allowed, bool):
        raise _wrong("allow_files 应为 true 或 false (must be true or false)")
    modules = table.get("pkcs11_modules", {})
    if not isinstance(modules, dict):
        raise _wrong("pkcs11_modules 应为表 (must be a table)")
    return KeyPolicy(
        allow_files=allowed or development,
        modules={name: _library(name, path) for name, path in modules.items()},
    )


def _library(name: str, value: object) -> Path:
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).is_file():
        raise _wrong(f"pkcs11_modules.{name} 应为库文件的绝对路径 (no such library): {value!r}")
    return Path(value)


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(f"config.toml: [keys] {what}")
