"""Keys by URI: tests and production differ in one string.

The scheme of the URI chooses the loader. Today there is `file:`; a token or a remote service is
one more module and one more row in the table.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from signing import file_keys
from signing.errors import KeyUnavailable
from signing.p256 import P256Key

if TYPE_CHECKING:
    from signing.libcrypto import Sm2Key

KEYS_KEPT = 4096
"""Loaded keys held in memory: two for each authority of a province, and to spare."""

MAX_URI_CHARACTERS = 1024
"""Longest URI; longer ones are likelier a key pasted where its name belongs."""


class Loader(Protocol):
    """What a scheme offers. Each function raises KeyUnavailable."""

    def state(self, uri: str) -> Hashable:
        """Changes when the key behind the URI does; so a key is loaded once, and anew if new."""

    def p256(self, uri: str) -> P256Key:
        """The P-256 key of that URI."""

    def sm2(self, uri: str) -> Sm2Key:
        """The SM2 key of that URI."""


LOADERS: Mapping[str, Loader] = MappingProxyType({"file": file_keys})
"""URI scheme to the loader of its keys."""


def p256(uri: str) -> P256Key:
    """The P-256 key of that URI, loaded once; raises KeyUnavailable."""
    return _p256(uri, _loader(uri).state(uri))


def sm2(uri: str) -> Sm2Key:
    """The SM2 key of that URI, loaded once; raises KeyUnavailable."""
    return _sm2(uri, _loader(uri).state(uri))


def _loader(uri: str) -> Loader:
    if len(uri) > MAX_URI_CHARACTERS or not uri.isprintable():
        # Somebody may have put the key itself here; so what was given is not repeated.
        raise KeyUnavailable("(withheld)", "this is no URI")
    scheme, colon, _ = uri.partition(":")
    if not colon or scheme not in LOADERS:
        known = ", ".join(f"{name}:" for name in LOADERS)
        raise KeyUnavailable(uri, f"its scheme is none of those known here ({known})")
    return LOADERS[scheme]


@lru_cache(KEYS_KEPT)
def _p256(uri: str, _state: Hashable) -> P256Key:
    return _loader(uri).p256(uri)


@lru_cache(KEYS_KEPT)
def _sm2(uri: str, _state: Hashable) -> Sm2Key:
    return _loader(uri).sm2(uri)
