"""URIs of keys in remote seal services: `https://host:port/v1/keys/name`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from signing import remote_access
from signing.errors import KeyUnavailable
from signing.remote_calls import Service
from signing.remote_protocol import is_key_name

DEFAULT_PORT = 443

PATH = "/v1/keys/"


@dataclass(frozen=True)
class Place:
    """Where a key is: its service, and its name there."""

    uri: str
    service: Service
    name: str

    @property
    def path(self) -> str:
        """What is asked for to see the key."""
        return PATH + self.name

    @property
    def signatures_path(self) -> str:
        """Where requests to sign are sent."""
        return f"{self.path}/signatures"


def of(uri: str) -> Place:
    """The place that a URI names, reached as this process reaches services.

    Raises KeyUnavailable where the URI is none, or no access is set.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise KeyUnavailable("(withheld)", "this is no URI of a key in a seal service") from None
    if "@" in parts.netloc:
        # What stands before it may be a secret, so it is not repeated.
        raise KeyUnavailable("(withheld)", "a URI holds no user and no password")
    name = parts.path.removeprefix(PATH)
    if not _is_plain(parts) or not is_key_name(name):
        raise KeyUnavailable(uri, "a key in a seal service is https://host:port/v1/keys/name")
    access = remote_access.current()
    if access is None:
        raise KeyUnavailable(
            uri, "how seal services are reached is not set (config.toml: [remote_keys])"
        )
    return Place(uri, Service(str(parts.hostname), port or DEFAULT_PORT, access), name)


def _is_plain(parts: SplitResult) -> bool:
    if parts.query or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" and parts.path.startswith(PATH) and parts.netloc.isascii()
