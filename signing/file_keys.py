"""Keys in files: `file:///absolute/path`, PKCS#8 or PKCS#12, that only their owner may read.

An encrypted file names the file of its passphrase, and nothing else:
`file:///keys/pdf.p12?passphrase-file=/secrets/pdf`. The passphrase itself stands in no URI.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key

from signing import key_encoding, secret_file
from signing.document_key import DocumentKey, require_rsa_length, rsa_from_private_key
from signing.ed25519 import Ed25519Key
from signing.errors import InvalidKey, KeyUnavailable
from signing.key_encoding import EncodedKey, Form
from signing.p256 import P256Key, from_private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

    from signing.libcrypto import Sm2PrivateKey

MAX_KEY_FILE_BYTES = 65_536
"""Largest key file read: an RSA key of 8192 bits has 6.5 KB in PEM, a PKCS#12 some certificates."""

PASSPHRASE_FILE = "passphrase-file"  # noqa: S105 - a parameter's name
"""The one parameter of a `file:` URI: the absolute path of the file with the passphrase."""

_PASSPHRASE = "the passphrase file"  # noqa: S105 - words for errors


@dataclass(frozen=True)
class _Place:
    """What a `file:` URI names."""

    path: Path
    passphrase: Path | None


def uri_of(path: Path) -> str:
    """The URI of the key file at that path."""
    return path.absolute().as_uri()


def state(uri: str) -> Hashable:
    """What changes when the file, or that of its passphrase, does; raises KeyUnavailable."""
    place = _place(uri)
    found = secret_file.state(place.path, uri)
    if place.passphrase is None:
        return found
    return found, secret_file.state(place.passphrase, uri, _PASSPHRASE)


def p256(uri: str) -> P256Key:
    """The P-256 key in that file; raises KeyUnavailable."""
    return from_private_key(uri, p256_private(uri))


def p256_private(uri: str) -> ec.EllipticCurvePrivateKey:
    """The private key itself, for a certificate authority that lives in files."""
    key = _private(uri)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnavailable(uri, "the file holds a key of another kind than P-256")
    return key


def ed25519(uri: str) -> Ed25519Key:
    """The Ed25519 key in that file; raises KeyUnavailable."""
    key = _private(uri)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(uri, "the file holds a key of another kind than Ed25519")
    return Ed25519Key(uri, key.public_key(), key.sign)


def document(uri: str) -> DocumentKey:
    """The P-256 or RSA key in that file; raises KeyUnavailable."""
    key = _private(uri)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return from_private_key(uri, key)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyUnavailable(uri, "the file holds a key of another kind than P-256 or RSA")
    require_rsa_length(uri, key.key_size)
    return rsa_from_private_key(uri, key)


def sm2(uri: str) -> Sm2PrivateKey:
    """The SM2 key in that file, PKCS#8; raises KeyUnavailable."""
    from signing.libcrypto import Sm2PrivateKey  # the system's library, not needed for P-256

    key, passphrase = _read(uri)
    if key.form is Form.PKCS12:
        raise KeyUnavailable(uri, "SM2 keys are read from PKCS#8, not from PKCS#12")
    try:
        return Sm2PrivateKey.from_pem(key.pkcs8_pem(), passphrase)
    except InvalidKey:
        reason = "the file holds no SM2 key"
        if passphrase is not None:
            reason = f"the passphrase does not open the file, or {reason}"
        raise KeyUnavailable(uri, reason) from None


def pkcs12_certificates(uri: str) -> tuple[bytes, ...]:
    """The certificates in a PKCS#12, DER: the key's own first, then the others as they stand.

    Raises KeyUnavailable where the file is no PKCS#12, or holds none for its key.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    key, passphrase = _read(uri)
    if key.form is not Form.PKCS12:
        raise KeyUnavailable(uri, "the file is no PKCS#12, so it holds no certificates")
    content = _pkcs12(uri, key, passphrase)
    if content.cert is None:
        raise KeyUnavailable(uri, "the PKCS#12 holds no certificate of its key")
    found = (content.cert, *content.additional_certs)
    return tuple(one.certificate.public_bytes(Encoding.DER) for one in found)


def _private(uri: str) -> PrivateKeyTypes:
    key, passphrase = _read(uri)
    if key.form is Form.PKCS12:
        found = _pkcs12(uri, key, passphrase).key
        if found is None:
            raise KeyUnavailable(uri, "the PKCS#12 holds no key")
        return found
    try:
        return load_der_private_key(key.data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the parser says is dropped: it has seen the key.
        reason = "the file holds no key of a kind used here"
        if passphrase is not None:
            reason = "the passphrase does not open the file, or it holds no key of a kind used here"
        raise KeyUnavailable(uri, reason) from None


def _pkcs12(uri: str, key: EncodedKey, passphrase: bytes | None) -> PKCS12KeyAndCertificates:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        found = load_pkcs12(key.data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if passphrase is None:
            reason = f"the PKCS#12 does not open without a passphrase, and no {PASSPHRASE_FILE}"
            raise KeyUnavailable(uri, f"{reason} is named") from None
        reason = "the passphrase does not open the PKCS#12, or its key is of a kind not used here"
        raise KeyUnavailable(uri, reason) from None
    if found.key is not None and found.cert is None and found.additional_certs:
        # `cert` is the one that certifies the key, by its public half, not by its name.
        raise KeyUnavailable(uri, "the certificates in the PKCS#12 are those of other keys")
    return found


@lru_cache(4096)
def _place(uri: str) -> _Place:
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise KeyUnavailable(uri, "this is no URI") from None
    if parts.netloc not in ("", "localhost") or parts.fragment:
        raise KeyUnavailable(uri, "a file is named by file:///, an absolute path, and no more")
    path = _absolute(uri, parts.path, "the path of a key file")
    if not parts.query:
        return _Place(path, None)
    name, _, value = parts.query.partition("=")
    if name != PASSPHRASE_FILE or "&" in value:
        # Somebody may have put the passphrase itself here; so the rest is not repeated.
        withheld = f"{uri.partition('?')[0]}?(withheld)"
        raise KeyUnavailable(withheld, f"a file: URI takes {PASSPHRASE_FILE}=/path and no more")
    return _Place(path, _absolute(uri, value, "the path of a passphrase file"))


def _absolute(uri: str, encoded: str, name: str) -> Path:
    path = unquote(encoded)
    if not path.startswith("/") or "\0" in path:
        raise KeyUnavailable(uri, f"{name} must be absolute")
    return Path(path)


def _read(uri: str) -> tuple[EncodedKey, bytes | None]:
    """The key as it stands in the file, and the passphrase that the URI names, if any."""
    place = _place(uri)
    try:
        key = key_encoding.read(secret_file.read(place.path, uri, MAX_KEY_FILE_BYTES))
    except InvalidKey as error:
        raise KeyUnavailable(uri, str(error)) from None
    if place.passphrase is None:
        if key.form is Form.ENCRYPTED_PKCS8:
            reason = f"the key is encrypted, and the URI names no {PASSPHRASE_FILE}"
            raise KeyUnavailable(uri, reason)
        return key, None
    if key.form is Form.PKCS8:
        raise KeyUnavailable(uri, f"a {PASSPHRASE_FILE} is named, but the key is not encrypted")
    return key, secret_file.line(place.passphrase, uri, _PASSPHRASE)
