"""What happens when a signature cannot be made: that is recorded, and the step goes on later.

A certificate whose signing failed keeps its number, its code and the step where it stands: nothing
weaker is issued in its stead. The same request, posted again once the cause is mended, goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service import clock
from service.errors import SigningFailed, passes
from service.installation import Installation
from service.ledger import Ledger
from service.register_rows import Reservation
from signing.errors import KeyUnavailable, SigningError, TimeStampUnavailable


@contextmanager
def recorded(installation: Installation, reservation: Reservation) -> Iterator[None]:
    """Let a signature that cannot be made leave an event in the register, and nothing else.

    Raises:
        SigningFailed: a signature could not be made.
    """
    try:
        yield
    except SigningError as error:
        with installation.database.write() as connection:
            Ledger(connection).signing_failed(reservation, _detail(error), clock.now())
        raise SigningFailed(error, "证书已登记，尚未签发 (reserved, not issued)") from error


def _detail(error: SigningError) -> dict[str, Any]:
    """The event's content: the reason in the operator's words, and the URI of what failed."""
    detail: dict[str, Any] = {"reason": str(error), "retryable": passes(error)}
    if isinstance(error, KeyUnavailable):
        detail["key"] = error.uri
    if isinstance(error, TimeStampUnavailable):
        detail["tsa"] = error.url
    return detail
