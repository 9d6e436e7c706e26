"""What is kept of a signature that could not be made.

A certificate whose signing failed keeps its number, its code and the stage where it stands: nothing
weaker is issued in its stead. The same request, posted again once the cause is mended, goes on.
"""

from __future__ import annotations

from typing import Any

from service.errors import passes
from signing.errors import KeyUnavailable, SigningError, TimeStampUnavailable


def detail(error: SigningError) -> dict[str, Any]:
    """The event's content: the reason in the operator's words, and the URI of what failed."""
    found: dict[str, Any] = {"reason": str(error), "retryable": passes(error)}
    if isinstance(error, KeyUnavailable):
        found["key"] = error.uri
    if isinstance(error, TimeStampUnavailable):
        found["tsa"] = error.url
    return found
