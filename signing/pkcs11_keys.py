"""Keys in tokens and HSMs, `pkcs11:` (RFC 7512): P-256 and RSA, signed by the token itself.

A key is found once in each session and its handle kept. When a session or the token is lost it is
opened anew, once; a key that comes back as another key is refused. PKCS#11 has no SM2: vendors
have mechanism numbers of their own or an interface of their own (SDF, GM/T 0018).
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from signing import key_policy, pkcs11_signer, pkcs11_uri
from signing.document_key import DocumentKey, RsaKey, require_rsa_length
from signing.errors import KeyUnavailable
from signing.p256 import P256Key
from signing.pkcs11_uri import Pkcs11Uri

if TYPE_CHECKING:
    from signing.libcrypto import Sm2Key


def state(uri: str) -> Hashable:
    """The process, and how often it opened the token: a key is loaded anew after a loss."""
    parsed = pkcs11_uri.parse(uri)
    return os.getpid(), pkcs11_signer.epoch(parsed, _library(parsed))


def p256(uri: str) -> P256Key:
    """The P-256 key of that URI; raises KeyUnavailable."""
    key = document(uri)
    if not isinstance(key, P256Key):
        raise KeyUnavailable(uri, "the token holds a key of another kind than P-256")
    return key


def document(uri: str) -> DocumentKey:
    """The P-256 or RSA key of that URI; raises KeyUnavailable."""
    parsed = pkcs11_uri.parse(uri)
    signer = pkcs11_signer.find(parsed, _library(parsed))
    public_key, sign, sign_digest = signer.public_key, signer.sign, signer.sign_digest
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return P256Key(uri, public_key, sign, sign_digest)
    require_rsa_length(uri, public_key.key_size)
    return RsaKey(uri, public_key, sign, sign_digest if signer.signs_digests else None)


def sm2(uri: str) -> Sm2Key:
    """Never: raises KeyUnavailable."""
    pkcs11_uri.parse(uri)
    raise KeyUnavailable(
        uri, "PKCS#11 has no SM2; such keys are reached through a seal service (https:)"
    )


def _library(parsed: Pkcs11Uri) -> Path:
    """The path of the token's library: from the URI, or from the configuration by name."""
    modules = key_policy.current().modules
    if parsed.module_path is not None:
        return parsed.module_path
    if parsed.module_name is not None:
        if parsed.module_name not in modules:
            raise KeyUnavailable(
                parsed.uri, "its module-name is not in config.toml ([keys] pkcs11_modules)"
            )
        return modules[parsed.module_name]
    if len(modules) != 1:
        raise KeyUnavailable(
            parsed.uri,
            "it names no module, and config.toml ([keys] pkcs11_modules) has not just one",
        )
    return next(iter(modules.values()))
