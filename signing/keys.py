"""Keys by URI: tests and production differ in one string.

The scheme of the URI chooses the module that loads its keys, which is imported when the first key
of that scheme is asked for: a verifier of files never loads the library of a token.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from signing import key_policy
from signing.errors import KeyUnavailable
from signing.key_policy import KeyPolicy

if TYPE_CHECKING:
    from signing.document_key import DocumentKey
    from signing.ed25519 import Ed25519Key
    from signing.libcrypto import Sm2Key
    from signing.p256 import P256Key

__all__ = ["LOADERS", "KeyPolicy", "Loader", "configure", "document", "ed25519", "p256", "sm2"]

KEYS_KEPT = 4096
"""Loaded keys held in memory: two for each authority of a province, and to spare."""

MAX_URI_CHARACTERS = 1024
"""Longest URI; longer ones are likelier a key pasted where its name belongs."""


class Loader(Protocol):
    """What the module of a scheme offers. Each function raises KeyUnavailable."""

    def state(self, uri: str) -> Hashable:
        """Changes when the key behind the URI does; so a key is loaded once, and anew if new."""

    def p256(self, uri: str) -> P256Key:
        """The P-256 key of that URI."""

    def sm2(self, uri: str) -> Sm2Key:
        """The SM2 key of that URI."""

    def document(self, uri: str) -> DocumentKey:
        """The key of that URI that signs documents: P-256 or RSA."""


LOADERS: Mapping[str, str] = MappingProxyType(
    {
        "file": "signing.file_keys",
        "pkcs11": "signing.pkcs11_keys",
        "https": "signing.remote_keys",
    }
)
"""URI scheme to the module that loads its keys (a `Loader`)."""


def configure(policy: KeyPolicy) -> None:
    """Put a policy in force for this process; what was loaded under another is forgotten."""
    if policy == key_policy.current():
        return
    key_policy.put_in_force(policy)
    for kept in (_p256, _sm2, _document, _ed25519):
        kept.cache_clear()


def p256(uri: str) -> P256Key:
    """The P-256 key of that URI, loaded once; raises KeyUnavailable."""
    return _p256(uri, _loader(uri).state(uri))


def sm2(uri: str) -> Sm2Key:
    """The SM2 key of that URI, loaded once; raises KeyUnavailable."""
    return _sm2(uri, _loader(uri).state(uri))


def document(uri: str) -> DocumentKey:
    """The key of that URI that signs documents, P-256 or RSA, loaded once; raises KeyUnavailable.

    RSA keys shorter than `document_key.MIN_RSA_BITS` are refused.
    """
    return _document(uri, _loader(uri).state(uri))


def ed25519(uri: str) -> Ed25519Key:
    """The Ed25519 key of that URI, which signs checkpoints, loaded once; raises KeyUnavailable.

    Only files hold such keys; it makes no certificate valid, so a token need not.
    """
    loader = _loader(uri)
    if not uri.startswith("file:"):
        raise KeyUnavailable(uri, "keys of the log (Ed25519) are kept in files (file:)")
    return _ed25519(uri, loader.state(uri))


def _loader(uri: str) -> Loader:
    if len(uri) > MAX_URI_CHARACTERS or not uri.isprintable():
        # Somebody may have put the key itself here; so what was given is not repeated.
        raise KeyUnavailable("(withheld)", "this is no URI")
    scheme, colon, _ = uri.partition(":")
    if not colon or scheme not in LOADERS:
        if "pin-value" in uri or "@" in uri:
            uri = f"{scheme}:(withheld)"
        known = ", ".join(f"{name}:" for name in LOADERS)
        raise KeyUnavailable(uri, f"its scheme is none of those known here ({known})")
    if scheme == "file" and not key_policy.current().allow_files:
        raise KeyUnavailable(
            uri, "keys in files are refused here (config.toml: [keys] allow_files = true allows)"
        )
    try:
        return _module(LOADERS[scheme])
    except ModuleNotFoundError as error:  # a library that only keys of this scheme need
        raise KeyUnavailable(uri, f"{error.name} is not installed") from None


@lru_cache
def _module(name: str) -> Loader:
    return cast("Loader", import_module(name))


@lru_cache(KEYS_KEPT)
def _p256(uri: str, _state: Hashable) -> P256Key:
    return _loader(uri).p256(uri)


@lru_cache(KEYS_KEPT)
def _sm2(uri: str, _state: Hashable) -> Sm2Key:
    return _loader(uri).sm2(uri)


@lru_cache(KEYS_KEPT)
def _document(uri: str, _state: Hashable) -> DocumentKey:
    return _loader(uri).document(uri)


@lru_cache(KEYS_KEPT)
def _ed25519(uri: str, _state: Hashable) -> Ed25519Key:
    from signing import file_keys

    return file_keys.ed25519(uri)
