"""Keys in files: `file:///absolute/path` names a PKCS#8 key in PEM that only its owner may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from signing.document_key import (
    MAX_RSA_BITS,
    MIN_RSA_BITS,
    DocumentKey,
    rsa_from_private_key,
)
from signing.errors import InvalidKey, KeyUnavailable
from signing.p256 import P256Key, from_private_key

if TYPE_CHECKING:
    from signing.libcrypto import Sm2PrivateKey

MAX_KEY_FILE_BYTES = 16_384
"""Largest key file read: an RSA key of 8192 bits has 6.5 KB in PEM."""

_BEGIN = b"-----BEGIN PRIVATE KEY-----"
_BEGIN_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def uri_of(path: Path) -> str:
    """The URI of the key file at that path."""
    return path.absolute().as_uri()


def state(uri: str) -> Hashable:
    """What changes when the file does: its node, size and time of change."""
    try:
        found = _path(uri).stat()
    except OSError as error:
        raise _unreadable(uri, error) from None
    _require_private(uri, found)
    return found.st_ino, found.st_size, found.st_mtime_ns


def p256(uri: str) -> P256Key:
    """The P-256 key in that file; raises KeyUnavailable."""
    return from_private_key(uri, p256_private(uri))


def p256_private(uri: str) -> ec.EllipticCurvePrivateKey:
    """The private key itself, for a certificate authority that lives in files."""
    key = _private(uri)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnavailable(uri, "the file holds a key of another kind than P-256")
    return key


def document(uri: str) -> DocumentKey:
    """The P-256 or RSA key in that file; raises KeyUnavailable."""
    key = _private(uri)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return from_private_key(uri, key)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyUnavailable(uri, "the file holds a key of another kind than P-256 or RSA")
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise KeyUnavailable(uri, f"an RSA key of {key.key_size} bits; at least {MIN_RSA_BITS}")
    return rsa_from_private_key(uri, key)


def _private(uri: str) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(_read(uri), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the parser says is dropped: it has seen the key.
        raise KeyUnavailable(uri, "the file holds no key of a kind used here") from None


def sm2(uri: str) -> Sm2PrivateKey:
    """The SM2 key in that file; raises KeyUnavailable."""
    from signing.libcrypto import Sm2PrivateKey  # the system's library, not needed for P-256

    try:
        return Sm2PrivateKey.from_pem(_read(uri))
    except InvalidKey:
        raise KeyUnavailable(uri, "the file holds no SM2 key") from None


def _path(uri: str) -> Path:
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise KeyUnavailable(uri, "this is no URI") from None
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
        raise KeyUnavailable(uri, "a file is named by file:///, an absolute path, and no more")
    if not path.startswith("/") or "\0" in path:
        raise KeyUnavailable(uri, "the path of a key file must be absolute")
    return Path(path)


def _read(uri: str) -> bytes:
    """The content of the key file; the rights are those of the very file that is read."""
    try:
        descriptor = os.open(_path(uri), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            _require_private(uri, os.fstat(descriptor))
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(uri, error) from None
    if len(content) > MAX_KEY_FILE_BYTES:
        raise KeyUnavailable(uri, f"the file is larger than {MAX_KEY_FILE_BYTES} bytes")
    if _BEGIN_ENCRYPTED in content:
        raise KeyUnavailable(uri, "the key is encrypted, and encrypted files are not supported")
    if _BEGIN not in content:
        raise KeyUnavailable(uri, "the file is no PKCS#8 key in PEM")
    return content


def _require_private(uri: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyUnavailable(uri, "this is no regular file")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(found.st_mode)
        raise KeyUnavailable(
            uri, f"others than its owner may use the file (mode {mode:04o}); chmod 600 it"
        )


def _unreadable(uri: str, error: OSError) -> KeyUnavailable:
    return KeyUnavailable(uri, error.strerror or "the file cannot be read")
