"""What may go wrong between us and the platform, other than that it refuses."""

from __future__ import annotations


class PlatformError(Exception):
    """No answer of the platform's that can be used."""


class PlatformUnreachable(PlatformError):
    """No answer came.

    `retryable` says whether the same may succeed later without anybody changing anything,
    `may_have_acted` whether the request may have reached the platform and had its effect.
    """

    def __init__(self, reason: str, *, retryable: bool, may_have_acted: bool) -> None:
        self.reason, self.retryable, self.may_have_acted = reason, retryable, may_have_acted
        super().__init__(reason)


class PlatformGarbled(PlatformError):
    """An answer came that is none: the platform may have acted, nobody knows.

    `raw` is what came, as far as it is text, capped.
    """

    retryable = True
    may_have_acted = True

    def __init__(self, reason: str, raw: str = "") -> None:
        self.reason, self.raw = reason, raw
        super().__init__(reason)
