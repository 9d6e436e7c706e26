"""Writing DER (ITU-T X.690): one function for each type that occurs here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from signing.errors import MalformedDer

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

LONG_FORM = 0x80
"""The bit of a length octet that announces further length octets."""

CONSTRUCTED = 0x20
"""The bit of a tag octet that says other elements are inside."""

TRUE = b"\xff"
"""The one true BOOLEAN of DER."""

TEXT_ENCODINGS = {UTF8_STRING: "utf-8", PRINTABLE_STRING: "ascii", IA5_STRING: "ascii"}
"""The character string types that are written and read, and their encodings."""

NOT_PRINTABLE = re.compile(r"[^A-Za-z0-9 '()+,\-./:=?]")
"""What a PrintableString cannot hold (X.680 41.4)."""


def context(number: int, *, constructed: bool = True) -> int:
    """The context-specific tag [number], 0 to 30."""
    return 0x80 | (CONSTRUCTED if constructed else 0) | number


def tlv(tag: int, *parts: bytes) -> bytes:
    """An element with that tag around the parts."""
    content = b"".join(parts)
    return head(tag, len(content)) + content


def head(tag: int, size: int) -> bytes:
    """The octets in front of a content of `size` bytes."""
    if size < LONG_FORM:
        return bytes((tag, size))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, LONG_FORM | len(octets))) + octets


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded parts."""
    return tlv(SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """A SET OF encoded parts, in the order DER asks for (X.690 11.6)."""
    return tlv(SET, *sorted(parts))


def explicit(number: int, part: bytes) -> bytes:
    """An encoded part inside an EXPLICIT context tag."""
    return tlv(context(number), part)


def boolean(value: bool) -> bytes:
    """A BOOLEAN."""
    return tlv(BOOLEAN, TRUE if value else b"\x00")


def integer(value: int) -> bytes:
    """An INTEGER of the fewest octets."""
    return tlv(
        INTEGER, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
    )


def enumerated(value: int) -> bytes:
    """An ENUMERATED, 0 to 127."""
    return tlv(ENUMERATED, bytes((value,)))


def null() -> bytes:
    """A NULL."""
    return tlv(NULL)


def octet_string(value: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(OCTET_STRING, value)


def bit_string(value: bytes, unused_bits: int = 0) -> bytes:
    """A BIT STRING of whole octets, of whose last `unused_bits` count for nothing."""
    return tlv(BIT_STRING, bytes((unused_bits,)), value)


def text(tag: int, value: str) -> bytes:
    """A character string of type `tag`; raises MalformedDer where the type lacks a character."""
    if tag == PRINTABLE_STRING and NOT_PRINTABLE.search(value):
        raise MalformedDer(f"{value!r} cannot be written as PrintableString")
    try:
        return tlv(tag, value.encode(TEXT_ENCODINGS[tag]))
    except UnicodeEncodeError as error:
        raise MalformedDer(f"{value!r} cannot be written as a string of type {tag:#x}") from error


def utf8(value: str) -> bytes:
    """A UTF8String."""
    return text(UTF8_STRING, value)


def ia5(value: str) -> bytes:
    """An IA5String (ASCII)."""
    return text(IA5_STRING, value)


def printable(value: str) -> bytes:
    """A PrintableString."""
    return text(PRINTABLE_STRING, value)


def generalized_time(moment: datetime) -> bytes:
    """A GeneralizedTime in UTC, whole seconds, `YYYYMMDDHHMMSSZ`; the moment must be aware."""
    return tlv(GENERALIZED_TIME, _utc(moment).strftime("%Y%m%d%H%M%SZ").rjust(15, "0").encode())


def certificate_time(moment: datetime) -> bytes:
    """A Time of RFC 5280 4.1.2.5: UTCTime to 2049, GeneralizedTime after."""
    utc = _utc(moment)
    if 1950 <= utc.year < 2050:
        return tlv(UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(utc)


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(OBJECT_IDENTIFIER, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise MalformedDer("a time without a zone cannot be written")
    return moment.astimezone(UTC)


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | (arc & 0x7F))
    return bytes(reversed(octets))
