"""What a time stamp token (RFC 3161) says, read from its DER; nothing is believed here yet.

A token is a CMS SignedData (RFC 5652) of one signer around a TSTInfo. Authorities differ in what
they may choose, and all of it is read: SHA-256, 384 or 512, ECDSA or RSA (PKCS #1 v1.5), the
certificate named by ESSCertID or ESSCertIDv2 (RFC 5816), further certificates, attributes and
extensions. Refused is BER that is not DER, whatever has SHA-1 in a signature, and several signers.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from signing import der, der_reader
from signing.der_reader import Element, Fields
from signing.errors import MalformedDer, MalformedTimeStamp
from signing.time_stamp_signer import TST_INFO, Signer, digest_name, one, read_signer

MAX_TOKEN_BYTES: Final = 64 << 10
"""Largest token read, bytes: with three certificates on RSA 4096 it has about 6 KB."""

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_GENERALIZED: Final = re.compile(r"(\d{14})(?:\.(\d{0,17}[1-9]))?Z", re.ASCII)


@dataclass(frozen=True)
class Statement:
    """What is said: this imprint existed at this moment."""

    moment: datetime
    """Aware, in UTC; to the microsecond, what is finer is cut off."""
    accuracy: timedelta | None
    imprint: bytes
    hash: str
    """The imprint's algorithm: sha256, sha384 or sha512."""
    policy: str
    serial_number: int
    nonce: int | None


@dataclass(frozen=True)
class TimeStamp(Statement):
    """A token: the statement, and the authority that makes it."""

    certificates: tuple[bytes, ...] = field(repr=False)
    """All that the token carries, in DER, in no order that would say anything."""
    signer: Signer = field(repr=False)


def parse(token: bytes) -> TimeStamp:
    """What the token says; raises MalformedTimeStamp.

    Its digest of itself is checked here, its signature and certificate are not: `tsa.check` does.
    """
    try:
        return _content_info(der_reader.read(token, der.SEQUENCE, MAX_TOKEN_BYTES))
    except MalformedDer as error:
        raise MalformedTimeStamp(f"this is no time stamp token: {error}") from error


def _content_info(element: Element) -> TimeStamp:
    fields = element.fields()
    if fields.take().oid() != _SIGNED_DATA:
        raise MalformedDer("no SignedData")
    body = fields.take(der.context(0)).inside(der.SEQUENCE)
    fields.end()
    return _signed_data(body)


def _signed_data(element: Element) -> TimeStamp:
    fields = element.fields()
    fields.take(der.INTEGER)  # version: follows from what is inside
    fields.take(der.SET)  # digest algorithms: the signer's own counts
    content = fields.take(der.SEQUENCE).fields()
    if content.take().oid() != TST_INFO:
        raise MalformedDer("its content is no TSTInfo")
    encoded = content.take(der.context(0)).inside(der.OCTET_STRING).octets()
    content.end()
    carried = fields.optional(der.context(0))
    certificates = carried.each(lambda one: one.raw) if carried is not None else ()
    fields.optional(der.context(1))  # revocation lists, whose place is elsewhere
    (signer_info,) = one(fields.take(der.SET).each(lambda one: one), "signer")
    fields.end()
    info = _tst_info(der_reader.read(encoded, der.SEQUENCE))
    return TimeStamp(
        **vars(info),
        certificates=certificates,
        signer=read_signer(signer_info, encoded, certificates),
    )


def _tst_info(element: Element) -> Statement:
    """TSTInfo (RFC 3161 section 2.4.2)."""
    fields = element.fields()
    if fields.take().integer() != 1:
        raise MalformedDer("a TSTInfo of another version than 1")
    policy = fields.take().oid()
    imprint = fields.take(der.SEQUENCE).fields()
    hash_name = digest_name(imprint.take())
    digest = imprint.take().octets()
    imprint.end()
    if len(digest) != hashlib.new(hash_name).digest_size:
        raise MalformedDer(f"an imprint of {len(digest)} bytes is none of {hash_name}")
    serial_number = fields.take().integer()
    moment = _moment(fields.take(der.GENERALIZED_TIME))
    accuracy = fields.optional(der.SEQUENCE)
    if (ordering := fields.optional(der.BOOLEAN)) is not None:
        ordering.boolean()
    nonce = fields.optional(der.INTEGER)
    fields.optional(der.context(0))  # the authority's name: its certificate says it
    extensions = fields.optional(der.context(1))
    fields.end()
    if extensions is not None:
        extensions.each(_refuse_critical)
    return Statement(
        moment=moment,
        accuracy=_accuracy(accuracy.fields()) if accuracy is not None else None,
        imprint=digest,
        hash=hash_name,
        policy=policy,
        serial_number=serial_number,
        nonce=nonce.integer() if nonce is not None else None,
    )


def _moment(element: Element) -> datetime:
    """GeneralizedTime in UTC, with or without fractions of a second (RFC 3161 section 2.4.2)."""
    written = element.content.decode("latin-1")
    match = _GENERALIZED.fullmatch(written)
    if match is None:
        raise MalformedDer(f"a time that is not written as DER wants it: {written[:40]!r}")
    try:
        whole = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedDer(f"no such moment: {written!r}") from error
    return whole + timedelta(microseconds=int((match[2] or "0")[:6].ljust(6, "0")))


def _accuracy(fields: Fields) -> timedelta:
    """Seconds, thousandths [0] and millionths [1], each of which may be missing."""
    seconds = fields.optional(der.INTEGER)
    found = [seconds.integer() if seconds is not None else 0]
    for number in (0, 1):
        part = fields.optional(der.context(number, constructed=False))
        value = int.from_bytes(part.content, "big", signed=True) if part is not None else 0
        if part is not None and not 1 <= value <= 999:
            raise MalformedDer("a part of the accuracy that is not 1 to 999")
        found.append(value)
    fields.end()
    if not 0 <= found[0] <= timedelta(days=365).total_seconds():
        raise MalformedDer("an accuracy that is none")
    return timedelta(seconds=found[0], milliseconds=found[1], microseconds=found[2])


def _refuse_critical(extension: Element) -> None:
    fields = extension.fields()
    oid = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    if critical is not None and critical.boolean():
        raise MalformedDer(f"the critical extension {oid}, which is not known here")
