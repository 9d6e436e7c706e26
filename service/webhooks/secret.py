"""The secrets that notifications are signed with.

What goes to a `notify_url` is signed with a secret of the access key that named it: derived
(HKDF-SHA256, RFC 5869) from one master in the folder of keys and the key's name, so that nothing
more needs keeping, and no key learns another's. Endpoints of the settings have files of their own.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import Misconfigured
from service.webhook_settings import Endpoint
from signing import atomic, secret_file
from signing.errors import KeyUnavailable

MASTER = "webhook-master"
"""32 random bytes in the folder of keys, made on first use."""

OLD_MASTER = "webhook-master.old"
"""The one before: while it is there, what is sent is signed with both."""

BYTES = 32
LEAST_CHARACTERS = 24
"""Of a secret that somebody else thought up; ours are 64 hex digits."""

MOST_CHARACTERS = 256


def of_caller(keys: Path, name: str) -> tuple[bytes, ...]:
    """The secrets of an access key, the one in force first; the master is made if there is none.

    Raises:
        KeyUnavailable: the master's file cannot be used.
    """
    path = keys / MASTER
    if not path.exists():
        with atomic.lock(keys / ".webhook-master.lock"):
            if not path.exists():
                atomic.write(path, secrets.token_bytes(BYTES))
    found = [path, keys / OLD_MASTER] if (keys / OLD_MASTER).exists() else [path]
    return tuple(_derived(_master(one), name) for one in found)


def of_endpoint(endpoint: Endpoint) -> tuple[bytes, ...]:
    """The secrets of an endpoint of the settings, the one in force first.

    Raises:
        KeyUnavailable: a file cannot be used.
        Misconfigured: what stands in it is no secret.
    """
    return tuple(_from_file(path, endpoint.name) for path in endpoint.secret_files)


def _master(path: Path) -> bytes:
    found = secret_file.read(path, path.as_uri(), BYTES)
    if len(found) != BYTES:
        raise KeyUnavailable(path.as_uri(), f"the file must hold {BYTES} bytes")
    return found


def _derived(master: bytes, name: str) -> bytes:
    info = b"sealpress webhook 1\0" + name.encode()
    return HKDF(SHA256(), BYTES, salt=None, info=info).derive(master).hex().encode("ascii")


def _from_file(path: Path, name: str) -> bytes:
    line = secret_file.line(path, path.as_uri(), "the webhook's secret")
    text = line.decode("ascii", "replace")
    if not LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS or not (
        text.isascii() and text.isprintable() and " " not in text
    ):
        raise Misconfigured(
            f"config.toml: [webhooks] {name}: 密文文件应为一行 {LEAST_CHARACTERS} 至 "
            f"{MOST_CHARACTERS} 个可见 ASCII 字符 (one line of visible ASCII)"
        )
    return line
