"""The settings of a seal service, read from its own TOML file: it needs no installation.

    bind = "0.0.0.0:8443"
    certificate = "tls/server.pem"            # with what leads to the CA that the callers know
    key = "tls/server.key"                    # PEM, unencrypted, mode 0600
    client_ca = "tls/clients-ca.pem"          # who certifies callers; nobody else is let in
    client_crl = "tls/clients.crl.pem"        # may be left out
    state = "state"                           # a folder for the journal and the audit file
    signatures_per_minute = 6000              # by each caller
    threads = 8                               # signing at once
    allow_file_keys = false
    pkcs11_modules = { softhsm = "/usr/lib/softhsm/libsofthsm2.so" }

    [keys.nanning-pdf]
    uri = "pkcs11:token=seals;object=nanning-pdf?pin-source=file:/run/pin"
    algorithm = "ecdsa-sha256"                # or rsa-sha256, sm2-sm3

    [callers.press-1]
    common_name = "press-1"                   # of the subject of the caller's certificate
    fingerprint = "9f86d081…"                 # its SHA-256; either may be left out, not both
    keys = ["nanning-pdf"]

Paths are relative to the file's folder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import Misconfigured
from signing.remote_protocol import ALGORITHMS, Algorithm, is_key_name

MAX_THREADS = 64
"""Most requests at once: one token signs no faster for more, and each thread has its memory."""

MAX_PER_MINUTE = 600_000
"""Highest rate: more than any token signs."""

MAX_CALLER_CHARACTERS = 64
"""Longest name of a caller: it stands in every line of the audit file."""

_BIND = re.compile(r"\S+:\d{1,5}", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class ServedKey:
    """A key of the service: its name for callers, its URI here, how it signs."""

    name: str
    uri: str
    algorithm: Algorithm


@dataclass(frozen=True)
class Caller:
    """Whoever has a certificate of that subject and, if given, SHA-256; and what it may use."""

    name: str
    common_name: str | None
    fingerprint: str | None
    keys: frozenset[str]


@dataclass(frozen=True)
class SealServiceConfig:
    """The settings; paths are absolute."""

    bind: str
    certificate: Path
    key: Path
    client_ca: Path
    client_crl: Path | None
    state: Path
    signatures_per_minute: int
    threads: int
    allow_file_keys: bool
    pkcs11_modules: Mapping[str, Path]
    keys: Mapping[str, ServedKey]
    callers: tuple[Caller, ...]


def load(path: Path) -> SealServiceConfig:
    """Read the settings; raises Misconfigured, naming what cannot be used."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}") from None
    return _Reader(path, found).config()


class _Reader:
    """Takes one setting after another; what is left over in the end is a mistake."""

    def __init__(self, path: Path, found: dict[str, Any]) -> None:
        self._path, self._left = path, dict(found)

    def config(self) -> SealServiceConfig:
        keys = self._keys()
        config = SealServiceConfig(
            bind=self._bind(),
            certificate=self._file("certificate"),
            key=self._file("key"),
            client_ca=self._file("client_ca"),
            client_crl=self._file("client_crl") if "client_crl" in self._left else None,
            state=self._absolute(self._take("state", str)),
            signatures_per_minute=self._number("signatures_per_minute", 6000, MAX_PER_MINUTE),
            threads=self._number("threads", 8, MAX_THREADS),
            allow_file_keys=self._take("allow_file_keys", bool, False),
            pkcs11_modules=self._modules(),
            keys=keys,
            callers=self._callers(keys),
        )
        if self._left:
            raise self._wrong(f"unknown: {', '.join(sorted(self._left))}")
        return config

    def _keys(self) -> dict[str, ServedKey]:
        keys = {}
        for name, row in self._take("keys", dict).items():
            if not is_key_name(name):
                raise self._wrong(f"keys.{name}: 1 to 64 of a-z, 0-9, ., _ and -")
            if not isinstance(row, dict) or set(row) != {"uri", "algorithm"}:
                raise self._wrong(f"keys.{name} has uri and algorithm, no more")
            uri, algorithm = row["uri"], row["algorithm"]
            if algorithm not in ALGORITHMS or not isinstance(uri, str):
                raise self._wrong(f"keys.{name}: uri is text, algorithm {', '.join(ALGORITHMS)}")
            keys[name] = ServedKey(name, uri, algorithm)
        return keys

    def _callers(self, keys: Mapping[str, ServedKey]) -> tuple[Caller, ...]:
        return tuple(
            self._caller(name, row, keys) for name, row in self._take("callers", dict).items()
        )

    def _caller(self, name: str, row: Any, keys: Mapping[str, ServedKey]) -> Caller:
        if not isinstance(row, dict) or set(row) - {"common_name", "fingerprint", "keys"}:
            raise self._wrong(f"callers.{name} has common_name, fingerprint, keys, no more")
        if not name.isprintable() or not 1 <= len(name) <= MAX_CALLER_CHARACTERS:
            raise self._wrong(f"callers: a name has 1 to {MAX_CALLER_CHARACTERS} characters")
        common_name, fingerprint = row.get("common_name"), row.get("fingerprint")
        if common_name is None and fingerprint is None:
            raise self._wrong(f"callers.{name}: common_name or fingerprint is needed")
        if not isinstance(common_name, str | None):
            raise self._wrong(f"callers.{name}.common_name is no text")
        if fingerprint is not None and not _FINGERPRINT.fullmatch(str(fingerprint)):
            raise self._wrong(f"callers.{name}.fingerprint: 64 lower-case hexadecimal digits")
        may_use = row.get("keys")
        if not isinstance(may_use, list) or not all(one in keys for one in may_use):
            raise self._wrong(f"callers.{name}.keys: a list of names of keys that are here")
        return Caller(name, common_name, fingerprint, frozenset(may_use))

    def _modules(self) -> dict[str, Path]:
        found = self._take("pkcs11_modules", dict, {})
        if not all(isinstance(one, str) and one.startswith("/") for one in found.values()):
            raise self._wrong("pkcs11_modules: each an absolute path")
        return {name: Path(one) for name, one in found.items()}

    def _bind(self) -> str:
        bind: str = self._take("bind", str, "127.0.0.1:8443")
        if not _BIND.fullmatch(bind):
            raise self._wrong("bind: host:port")
        return bind

    def _file(self, name: str) -> Path:
        path = self._absolute(self._take(name, str))
        if not path.is_file():
            raise self._wrong(f"{name}: no such file as {path}")
        return path

    def _absolute(self, value: str) -> Path:
        return self._path.absolute().parent / value

    def _number(self, name: str, default: int, most: int) -> int:
        value: int = self._take(name, int, default)
        if isinstance(value, bool) or not 1 <= value <= most:
            raise self._wrong(f"{name}: 1 to {most}")
        return value

    def _take(self, name: str, kind: type, default: Any = None) -> Any:
        value = self._left.pop(name, default)
        if not isinstance(value, kind):
            raise self._wrong(f"{name} is missing or not of the kind it should be")
        return value

    def _wrong(self, what: str) -> Misconfigured:
        return Misconfigured(f"{self._path}: {what}")
