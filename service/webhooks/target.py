"""The address that a notification is posted to, read strictly. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.webhooks.addresses import Network, allowed, written_as

MAX_URL_CHARACTERS = 500
"""As many as the schema of requests allows."""

_PORTS = {"https": 443, "http": 80}


class NoTarget(ValueError):
    """A text to which nothing can be posted; the message says why, and not which."""


@dataclass(frozen=True)
class Target:
    """An address in its parts; `path` is what stands in the request line, with the query."""

    url: str
    tls: bool
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Whom one connects to."""
        return f"{self.host}:{self.port}"

    @classmethod
    def of(cls, value: Any) -> Target:
        """The parts of an address.

        Raises:
            NoTarget: it is no http(s) address, or has a user, a fragment, or hidden characters.
        """
        text = value if isinstance(value, str) else ""
        visible = text.isascii() and text.isprintable() and " " not in text
        if not visible or "\\" in text or len(text) > MAX_URL_CHARACTERS:
            raise NoTarget(f"应为网址，最多 {MAX_URL_CHARACTERS} 个可见 ASCII 字符 (no address)")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise NoTarget("不是网址 (no address)") from None
        if parts.scheme not in _PORTS or not parts.hostname or port == 0:
            raise NoTarget("应为 https://主机/路径 (must be https://host/path)")
        if "@" in parts.netloc or "#" in text:
            raise NoTarget("不能有用户名、密码或片段 (no user, password or fragment)")
        path = parts.path or "/"
        return cls(
            url=text,
            tls=parts.scheme == "https",
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            path=f"{path}?{parts.query}" if parts.query else path,
        )

    def require_allowed(self, private: Sequence[Network]) -> None:
        """Refuse at once what can be refused without asking anybody for the host's address.

        Raises:
            NoTarget: the host is written as an address that is not allowed.
        """
        address = written_as(self.host)
        if address is not None and not allowed(address, private):
            raise NoTarget("不能是内部地址 (not a public address)")
