"""Revocation lists signed with SM2 (RFC 5280 clause 5, GM/T 0015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from signing import der, der_reader, sm2_known
from signing.der_reader import Element
from signing.errors import MalformedCertificate, MalformedDer
from signing.libcrypto import Sm2Key, Sm2PublicKey
from signing.sm2_x509 import (
    AUTHORITY_KEY_IDENTIFIER,
    CRL_NUMBER,
    EXPIRED_CERTS_ON_CRL,
    INVALIDITY_DATE,
    REASON_CODE,
    SIGNATURE_ALGORITHM,
    Extension,
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
_KNOWN = (CRL_NUMBER, AUTHORITY_KEY_IDENTIFIER, EXPIRED_CERTS_ON_CRL)
_REASONS = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10})


@dataclass(frozen=True)
class Revoked:
    """One revoked certificate, and since when it is not believed.

    `reason` is a code of RFC 5280 5.3.1, None where none is given. `recorded_at` is when the issuer
    listed it, where that was later (5.3.2: the key was unsafe before anybody knew).
    """

    serial: int
    at: datetime
    reason: int | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Sm2Crl:
    """A revocation list as found; `tbs` are the signed bytes, `issuer` the DER name.

    `keeps_since` is from when on the entries of expired certificates were kept (ITU-T X.509
    9.5.2.7, expiredCertsOnCRL); None where the list does not say, so may have dropped them.
    """

    tbs: bytes
    signature: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime
    number: int | None
    revoked: Mapping[int, Revoked]
    keeps_since: datetime | None = None

    def signed_by(self, key: Sm2PublicKey) -> bool:
        """Whether the list carries that key's signature."""
        return sm2_known.verify(key, self.tbs, self.signature)


def build_crl(
    *,
    issuer: bytes,
    issuer_key: Sm2Key,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Iterable[Revoked] = (),
    keeps_since: datetime | None = None,
) -> bytes:
    """A signed list, DER; `issuer` is the DER name of the authority, `number` only ever grows.

    `keeps_since` as in `Sm2Crl`.
    """
    require_order(this_update, next_update)
    entries = [_entry(one) for one in revoked]
    kept: tuple[bytes, ...] = ()
    if keeps_since is not None:
        kept = (extension(EXPIRED_CERTS_ON_CRL, der.generalized_time(keeps_since)),)
    extensions = der.sequence(
        authority_key_identifier(issuer_key.public.point),
        extension(CRL_NUMBER, der.integer(number)),
        *kept,
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
    extensions: list[bytes] = []
    if one.reason is not None:
        extensions.append(extension(REASON_CODE, der.enumerated(one.reason)))
    if one.recorded_at is not None:
        extensions.append(extension(INVALIDITY_DATE, der.generalized_time(one.at)))
    return der.sequence(
        der.integer(one.serial),
        der.certificate_time(one.recorded_at or one.at),
        *((der.sequence(*extensions),) if extensions else ()),
    )


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
    extensions = _extensions(fields.take(der.context(0)).inside(der.SEQUENCE))
    fields.end()
    revoked = entries.each(_read_entry) if entries is not None else ()
    by_serial = {one.serial: one for one in revoked}
    if len(by_serial) != len(revoked):
        raise MalformedDer("a serial number is listed twice")
    return Sm2Crl(
        tbs.raw,
        signature,
        issuer.raw,
        this_update,
        next_update,
        _number(extensions.get(CRL_NUMBER)),
        by_serial,
        _keeps_since(extensions.get(EXPIRED_CERTS_ON_CRL)),
    )


def _extensions(element: Element) -> Mapping[str, Extension]:
    extensions = read_extensions(element)
    # A list limited to some certificates says so in a critical extension: not for us to guess.
    if strange := unknown_critical(extensions, _KNOWN):
        raise MalformedDer(f"critical extensions that are not known here: {', '.join(strange)}")
    return extensions


def _number(found: Extension | None) -> int | None:
    return der_reader.read(found.value).integer() if found is not None else None


def _keeps_since(found: Extension | None) -> datetime | None:
    return der_reader.read(found.value).time(der.GENERALIZED_TIME) if found is not None else None


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
        unsafe_from = der_reader.read(found.value).time(der.GENERALIZED_TIME)
        if unsafe_from < at:
            return Revoked(serial, unsafe_from, reason, recorded_at=at)
    return Revoked(serial, at, reason)
