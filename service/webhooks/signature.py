"""The signature of a notification: HMAC-SHA256 over its time and its body (RFC 2104). Pure.

    Sealpress-Signature: t=1790000000,v1=5257a8…,v1=4fb1e2…

There is one `v1` for each secret that is in force, so that a secret can be changed while nothing
is lost. The time is signed with the body, so that a recorded notification is worth nothing later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Sealpress-Signature"

TOLERANCE_S = 300
"""How far the clocks of sender and receiver may differ, seconds; what is told to receivers."""


def signature(secret: bytes, at: int, body: bytes) -> str:
    """The HMAC of a body that is sent at a Unix time, as lower-case hex digits."""
    return hmac.new(secret, b"%d." % at + body, hashlib.sha256).hexdigest()


def header(secrets: Sequence[bytes], at: int, body: bytes) -> str:
    """The value of the header, with a signature by each secret."""
    return ",".join([f"t={at}", *(f"v1={signature(secret, at, body)}" for secret in secrets)])
