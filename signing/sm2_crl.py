"""Revocation lists signed with SM2 (RFC 5280 clause 5, GM/T 0015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from signing import der, der_reader
from signing.der_reader import Element
from signing.errors import MalformedCertificate, MalformedDer
from signing.libcrypto import Sm2Key, Sm2PublicKey
from signing.sm2_x509 import (
    AUTHORITY_KEY_IDENTIFIER,
    CRL_NUMBER,
    INVALIDITY_DATE,
    REASON_CODE,
    SIGNATURE_ALGORITHM,
    authority_key_identifier,
    extension,
    read_extensions,
    read_name,
    read_signature_algorithm,
    read_signed,
    require_order,
    require_serial,
    signed,
    unknown_critical,
)

MAX_CRL_BYTES = 4 << 20
"""Largest list read, bytes: some 100,000 entries, far above what one seal authority revokes."""

_V2 = 1
_REASONS = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10})


@dataclass(frozen=True)
class Revoked:
    """One revoked certificate; `reason` is a code of RFC 5280 5.3.1, None where none is given."""

    serial: int
    at: datetime
    reason: int | None = None


@dataclass(frozen=True)
class Sm2Crl:
    """A revocation list as found; `tbs` are the signed bytes, `issuer` the DER name."""

    tbs: bytes
    signature: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime
    number: int | None
    revoked: Mapping[int, Revoked]

    def signed_by(self, key: Sm2PublicKey) -> bool:
        """Whether the list carries that key's signature."""
        return key.verify(self.tbs, self.signature)


def build_crl(
    *,
    issuer: bytes,
    issuer_key: Sm2Key,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Iterable[Revoked] = (),
) -> bytes:
    """A signed list, DER; `issuer` is the DER name of the authority, `number` only ever grows."""
    require_order(this_update, next_update)
    entries = [_entry(one) for one in revoked]
    extensions = der.sequence(
        authority_key_identifier(issuer_key.public.point),
        extension(CRL_NUMBER, der.integer(number)),
    )
    tbs = der.sequence(
        der.integer(_V2),
        SIGNATURE_ALGORITHM,
        issuer,
        der.certificate_time(this_update),
        der.certificate_time(next_update),
        *((der.sequence(*entries),) if entries else ()),
        der.explicit(0, extensions),
    )
    return signed(tbs, issuer_key)


def parse_crl(data: bytes) -> Sm2Crl:
    """The list that `data`, DER, holds; raises MalformedCertificate."""
    try:
        return _crl(der_reader.read(data, der.SEQUENCE, MAX_CRL_BYTES))
    except MalformedDer as error:
        raise MalformedCertificate(f"this is no SM2 revocation list: {error}") from error


def _entry(one: Revoked) -> bytes:
    require_serial(one.serial)
    extensions: tuple[bytes, ...] = ()
    if one.reason is not None:
        extensions = (der.sequence(extension(REASON_CODE, der.enumerated(one.reason))),)
    return der.sequence(der.integer(one.serial), der.certificate_time(one.at), *extensions)


def _crl(element: Element) -> Sm2Crl:
    tbs, algorithm, signature = read_signed(element)
    fields = tbs.fields()
    if fields.take().integer() != _V2:
        raise MalformedDer("the list is not of version 2")
    if read_signature_algorithm(fields.take(der.SEQUENCE)) != algorithm:
        raise MalformedDer("the algorithm inside and outside the signed part differ")
    issuer = fields.take(der.SEQUENCE)
    read_name(issuer)
    this_update, next_update = fields.take().time(), fields.take().time()
    entries = fields.optional(der.SEQUENCE)
    number = _number(fields.take(der.context(0)).inside(der.SEQUENCE))
    fields.end()
    revoked = entries.each(_read_entry) if entries is not None else ()
    by_serial = {one.serial: one for one in revoked}
    if len(by_serial) != len(revoked):
        raise MalformedDer("a serial number is listed twice")
    return Sm2Crl(tbs.raw, signature, issuer.raw, this_update, next_update, number, by_serial)


def _number(element: Element) -> int | None:
    extensions = read_extensions(element)
    # A list limited to some certificates says so in a critical extension: not for us to guess.
    if strange := unknown_critical(extensions, (CRL_NUMBER, AUTHORITY_KEY_IDENTIFIER)):
        raise MalformedDer(f"critical extensions that are not known here: {', '.join(strange)}")
    found = extensions.get(CRL_NUMBER)
    return der_reader.read(found.value).integer() if found is not None else None


def _read_entry(element: Element) -> Revoked:
    fields = element.fields()
    serial, at = fields.take().integer(), fields.take().time()
    written = fields.optional(der.SEQUENCE)
    fields.end()
    if written is None:
        return Revoked(serial, at)
    extensions = read_extensions(written)
    if strange := unknown_critical(extensions, (REASON_CODE, INVALIDITY_DATE)):
        raise MalformedDer(f"critical extensions that are not known here: {', '.join(strange)}")
    reason = None
    if found := extensions.get(REASON_CODE):
        reason = der_reader.read(found.value).enumerated()
        if reason not in _REASONS:
            raise MalformedDer(f"{reason} is no reason for a revocation")
    if found := extensions.get(INVALIDITY_DATE):
        # The key was unsafe before it was revoked (RFC 5280 5.3.2): that is the day that counts.
        at = min(at, der_reader.read(found.value).time(der.GENERALIZED_TIME))
    return Revoked(serial, at, reason)
