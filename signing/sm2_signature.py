"""The value of an SM2 signature: two integers, r and s (GB/T 32918.2 clause 6.1).

GM/T 0009 writes them as DER, and so do we. Some seal engines write the 64 bytes of both numbers
instead, so seals are read in either form.
"""

from __future__ import annotations

from signing import der, der_reader
from signing.errors import MalformedDer, MalformedSignature

ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""n, the order of the base point of the recommended curve (GB/T 32918.5)."""

MAX_BYTES = 72
"""Longest DER form, bytes: two integers of 33 with their headers."""

RAW_BYTES = 64
"""Length of the form without DER, bytes: r and s, 32 each, big-endian."""


def to_der(r: int, s: int) -> bytes:
    """The DER form; raises MalformedSignature where r or s is outside 1 to n-1."""
    if not (1 <= r < ORDER and 1 <= s < ORDER):
        raise MalformedSignature("r or s of the SM2 signature is not between 1 and n-1")
    return der.sequence(der.integer(r), der.integer(s))


def from_der(value: bytes) -> tuple[int, int]:
    """The r and s of the DER form; raises MalformedSignature, also where one is out of range."""
    try:
        fields = der_reader.read(value, der.SEQUENCE, MAX_BYTES).fields()
        r, s = fields.take().integer(), fields.take().integer()
        fields.end()
    except MalformedDer as error:
        raise MalformedSignature(f"the SM2 signature is not r and s in DER: {error}") from error
    to_der(r, s)
    return r, s


def either_to_der(value: bytes) -> bytes:
    """The DER form of a value found in a seal, which is DER or raw r and s.

    Raises MalformedSignature. DER is tried first: no signature in use has 64 bytes in that form.
    """
    try:
        from_der(value)
    except MalformedSignature:
        if len(value) != RAW_BYTES:
            raise
        return to_der(int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big"))
    return value
