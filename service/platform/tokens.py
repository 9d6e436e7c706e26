"""The access token of the platform: OAuth 2.0 client credentials (RFC 6749 §4.4), kept while good.

POST token_url  client_id=…&client_secret=…&grant_type=client_credentials
{"access_token": "…", "expires_in": 7200}
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from service.platform import link
from service.platform.errors import PlatformUnreachable
from service.platform_settings import PlatformSettings
from signing import secret_file
from signing.errors import KeyUnavailable

FORM = "application/x-www-form-urlencoded"

USUAL_LIFE_S = 1800
"""Seconds for which a token is used where the platform does not say how long it is good."""

MARGIN_S = 60
"""Seconds before its end from which a token is no longer used: a call takes some of them."""

MAX_TOKEN_CHARACTERS = 4096
"""Longest token: it stands in the address, and servers take addresses of about 8 KiB."""

MAX_LIFE_S = 86_400
"""A token is asked for anew every day, whatever the platform says of its life."""


class Tokens:
    """The token of one client; may be used by several threads."""

    def __init__(
        self, settings: PlatformSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._clock = settings, clock
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0
        os.register_at_fork(after_in_child=self._begin_anew)

    def __repr__(self) -> str:
        return f"<Tokens of {self._settings.client_id}>"

    def token(self, timeout_s: float) -> str:
        """A token that is good for a while; raises PlatformUnreachable (without any effect)."""
        with self._lock:
            if not self._token or self._clock() >= self._until:
                self._token, life = self._asked(timeout_s)
                self._until = self._clock() + life
            return self._token

    def forget(self, token: str) -> None:
        """The platform takes that token no more."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _asked(self, timeout_s: float) -> tuple[str, float]:
        form = {
            "client_id": self._settings.client_id,
            "client_secret": _secret(self._settings),
            "grant_type": "client_credentials",
        }
        try:
            answer = link.post(
                self._settings.token_url,
                {},
                FORM,
                urlencode(form).encode("ascii"),
                timeout_s=timeout_s,
                ca=self._settings.ca,
            )
        except PlatformUnreachable as error:
            # Whatever became of it: a token given away changes nothing.
            reason = f"取令牌 (asking for a token): {error.reason}"
            raise _failed(reason, retryable=error.retryable) from None
        if answer.status in (400, 401, 403):
            raise _failed("平台不接受本机构的凭据 (client_id, client_secret refused)")
        if answer.status != 200:
            reason = f"取令牌时平台返回 {answer.status} (its answer to asking for a token)"
            raise _failed(reason, retryable=answer.status in (408, 425, 429) or answer.status > 499)
        return _token_of(answer.content)

    def _begin_anew(self) -> None:
        """After a fork: a thread of the parent may have held the lock."""
        self._lock = threading.Lock()


def _secret(settings: PlatformSettings) -> str:
    path = settings.client_secret_file
    try:
        return secret_file.line(path, path.as_uri(), "client_secret_file").decode("utf-8")
    except UnicodeDecodeError:
        raise _failed("client_secret_file 不是 UTF-8 文本 (no UTF-8)") from None
    except KeyUnavailable as error:
        raise _failed(f"client_secret_file 无法读取 (cannot be read): {error}") from None


def _token_of(content: bytes) -> tuple[str, float]:
    """The token and the seconds for which it is used."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
        raise _failed("取令牌时平台返回内容无法识别 (no token in its answer)", retryable=True)
    life = found.get("expires_in")
    if isinstance(life, str) and life.isascii() and life.isdigit() and len(life) < 10:
        life = int(life)
    if type(life) not in (int, float) or not life > 0:
        life = USUAL_LIFE_S
    return token, max(min(life, MAX_LIFE_S) - MARGIN_S, 0.0)


def _failed(reason: str, *, retryable: bool = False) -> PlatformUnreachable:
    return PlatformUnreachable(reason, retryable=retryable, may_have_acted=False)
