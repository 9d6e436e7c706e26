"""Who comes to a seal service: the certificate of the connection, and the caller it stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from service.clock import now
from service.errors import Forbidden
from service.seal_service.config import Caller

MAX_SHOWN_CHARACTERS = 64
"""How much of a stranger's name goes into the audit file: what X.520 allows a common name."""


@dataclass(frozen=True)
class Visitor:
    """The certificate of a connection, as far as it matters here."""

    common_name: str
    fingerprint: str
    not_after: datetime

    def __str__(self) -> str:
        shown = self.common_name[:MAX_SHOWN_CHARACTERS]
        return f"unknown: {shown} ({self.fingerprint})"


class Callers:
    """The callers that are known."""

    def __init__(self, callers: Sequence[Caller], clock: Callable[[], datetime] = now) -> None:
        self._callers = tuple(callers)
        self._clock = clock

    def find(self, visitor: Visitor) -> Caller:
        """The caller that a visitor is; raises Forbidden where it is none.

        A connection may be older than its certificate has left to live, so that is looked at again.
        """
        if self._clock() > visitor.not_after:
            raise Forbidden("the certificate of this connection has expired")
        for caller in self._callers:
            if caller.fingerprint not in (None, visitor.fingerprint):
                continue
            if caller.common_name in (None, visitor.common_name):
                return caller
        raise Forbidden("the certificate of this connection is no caller's")


@lru_cache(maxsize=256)
def visitor(certificate: bytes) -> Visitor:
    """Who comes with that certificate (DER), of which TLS has seen that it is sound."""
    found = x509.load_der_x509_certificate(certificate)
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Visitor(
        # Of several names none is taken: which of them the CA has checked is not known.
        common_name=str(names[0].value) if len(names) == 1 else "",
        fingerprint=hashlib.sha256(certificate).hexdigest(),
        not_after=found.not_valid_after_utc,
    )
