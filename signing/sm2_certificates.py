"""Certificates with SM2 keys, signed with SM2 (GM/T 0015-2012 on RFC 5280): issued and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag
from functools import lru_cache

from signing import der, der_reader, sm2_known
from signing.der_reader import Element
from signing.errors import MalformedCertificate, MalformedDer
from signing.libcrypto import POINT_BYTES, Sm2Key, Sm2PublicKey
from signing.sm2_crl import Revoked, Sm2Crl, build_crl, parse_crl
from signing.sm2_x509 import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    COMMON_NAME,
    KEY_ALGORITHM,
    KEY_USAGE,
    SIGNATURE_ALGORITHM,
    SUBJECT_KEY_IDENTIFIER,
    Extension,
    authority_key_identifier,
    extension,
    key_identifier,
    name,
    read_authority_key_identifier,
    read_extensions,
    read_name,
    read_signature_algorithm,
    read_signed,
    require_order,
    require_serial,
    signed,
    unknown_critical,
)

__all__ = [
    "KeyUsage",
    "Revoked",
    "Sm2Certificate",
    "Sm2Crl",
    "build_crl",
    "issue",
    "name",
    "parse",
    "parse_crl",
]

MAX_CERTIFICATE_BYTES = 16_384
"""Largest certificate read, bytes: SM2 certificates in use have 500 to 1,200."""

_V3 = 2
_KNOWN = (SUBJECT_KEY_IDENTIFIER, KEY_USAGE, BASIC_CONSTRAINTS, AUTHORITY_KEY_IDENTIFIER)


class KeyUsage(IntFlag):
    """What a key may do (RFC 5280 4.2.1.3); bit 0 of the standard is the lowest here."""

    DIGITAL_SIGNATURE = 1
    NON_REPUDIATION = 2
    KEY_ENCIPHERMENT = 4
    DATA_ENCIPHERMENT = 8
    KEY_AGREEMENT = 16
    CERTIFICATE_SIGN = 32
    CRL_SIGN = 64
    ENCIPHER_ONLY = 128
    DECIPHER_ONLY = 256


@dataclass(frozen=True)
class Sm2Certificate:
    """A certificate as found in `der`; names are DER, `tbs` are the bytes that are signed.

    `key_usage` and `path_length` are None where the certificate does not say. `unknown_critical`
    are critical extensions that nobody here knows: a chain with one is refused (RFC 5280 4.2).
    """

    der: bytes
    tbs: bytes
    signature: bytes
    serial: int
    subject: bytes
    issuer: bytes
    common_name: str
    issuer_common_name: str
    not_before: datetime
    not_after: datetime
    point: bytes
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None
    ca: bool
    path_length: int | None
    key_usage: KeyUsage | None
    unknown_critical: tuple[str, ...]

    @property
    def public(self) -> Sm2PublicKey:
        """The certified key; raises InvalidKey where its bytes are no point of the curve."""
        return _public(self.point)

    def signed_by(self, key: Sm2PublicKey) -> bool:
        """Whether the certificate carries that key's signature."""
        return sm2_known.verify(key, self.tbs, self.signature)


def issue(
    *,
    subject: bytes,
    issuer: bytes,
    point: bytes,
    issuer_key: Sm2Key,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    key_usage: KeyUsage,
    ca: bool = False,
    path_length: int | None = None,
) -> bytes:
    """A certificate, DER: the subject (a DER `name`) holds the key of `point`.

    A root is issued with its own name and key. Times are written in whole seconds; `path_length`
    is how many authorities may stand between this one and a signer. Raises MalformedCertificate.
    """
    require_serial(serial)
    require_order(not_before, not_after)
    constraints: tuple[bytes, ...] = (der.boolean(True),) if ca else ()
    if path_length is not None:
        constraints += (der.integer(path_length),)
    extensions = der.sequence(
        extension(SUBJECT_KEY_IDENTIFIER, der.octet_string(key_identifier(point))),
        authority_key_identifier(issuer_key.public.point),
        extension(BASIC_CONSTRAINTS, der.sequence(*constraints), critical=True),
        extension(KEY_USAGE, _key_usage(key_usage), critical=True),
    )
    tbs = der.sequence(
        der.explicit(0, der.integer(_V3)),
        der.integer(serial),
        SIGNATURE_ALGORITHM,
        issuer,
        der.sequence(der.certificate_time(not_before), der.certificate_time(not_after)),
        subject,
        der.sequence(KEY_ALGORITHM, der.bit_string(point)),
        der.explicit(3, extensions),
    )
    return signed(tbs, issuer_key)


@lru_cache(maxsize=256)
def parse(data: bytes) -> Sm2Certificate:
    """The certificate that `data`, DER, holds; raises MalformedCertificate.

    Kept for the last 256: the same authorities and signers come back with every seal.
    """
    try:
        return _certificate(der_reader.read(data, der.SEQUENCE, MAX_CERTIFICATE_BYTES))
    except MalformedDer as error:
        raise MalformedCertificate(f"this is no SM2 certificate: {error}") from error


@lru_cache(maxsize=256)
def _public(point: bytes) -> Sm2PublicKey:
    return Sm2PublicKey(point)


def _key_usage(usage: KeyUsage) -> bytes:
    # Bit 0 is the first of the string, and DER cuts zeros off the end of a list of named bits.
    octets = int(f"{usage.value:09b}"[::-1].ljust(16, "0"), 2).to_bytes(2, "big").rstrip(b"\x00")
    unused = (octets[-1] & -octets[-1]).bit_length() - 1 if octets else 0
    return der.bit_string(octets, unused)


def _read_key_usage(value: Element) -> KeyUsage:
    octets, _ = value.bits()
    bits = f"{int.from_bytes(octets, 'big'):0{8 * len(octets)}b}"[:9] if octets else "0"
    return KeyUsage(int(bits[::-1], 2))


def _certificate(element: Element) -> Sm2Certificate:
    tbs, algorithm, signature = read_signed(element)
    fields = tbs.fields()
    if fields.take(der.context(0)).inside().integer() != _V3:
        raise MalformedDer("the certificate is not of version 3")
    serial = fields.take().integer()
    if serial <= 0:
        raise MalformedDer("the serial number is not positive")
    if read_signature_algorithm(fields.take(der.SEQUENCE)) != algorithm:
        raise MalformedDer("the algorithm inside and outside the signed part differ")
    issuer = fields.take(der.SEQUENCE)
    period = fields.take(der.SEQUENCE).fields()
    not_before, not_after = period.take().time(), period.take().time()
    period.end()
    subject = fields.take(der.SEQUENCE)
    point = _point(fields.take(der.SEQUENCE))
    extensions = read_extensions(fields.take(der.context(3)).inside(der.SEQUENCE))
    fields.end()
    ca, path_length = _basic_constraints(extensions)
    return Sm2Certificate(
        der=element.raw,
        tbs=tbs.raw,
        signature=signature,
        serial=serial,
        subject=subject.raw,
        issuer=issuer.raw,
        common_name=read_name(subject).get(COMMON_NAME, ""),
        issuer_common_name=read_name(issuer).get(COMMON_NAME, ""),
        not_before=not_before,
        not_after=not_after,
        point=point,
        subject_key_identifier=_subject_key_identifier(extensions),
        authority_key_identifier=_authority_key_identifier(extensions),
        ca=ca,
        path_length=path_length,
        key_usage=_usage(extensions),
        unknown_critical=unknown_critical(extensions, _KNOWN),
    )


def _point(element: Element) -> bytes:
    fields = element.fields()
    algorithm = fields.take(der.SEQUENCE)
    point = fields.take().whole_bits()
    fields.end()
    if algorithm.raw != KEY_ALGORITHM:
        raise MalformedDer("the certified key is not on the SM2 curve")
    if len(point) != POINT_BYTES or point[0] != 0x04:
        raise MalformedDer("the certified key is not an uncompressed point")
    return point


def _basic_constraints(extensions: Mapping[str, Extension]) -> tuple[bool, int | None]:
    found = extensions.get(BASIC_CONSTRAINTS)
    if found is None:
        return False, None
    fields = der_reader.read(found.value, der.SEQUENCE).fields()
    ca, length = fields.optional(der.BOOLEAN), fields.optional(der.INTEGER)
    fields.end()
    path_length = length.integer() if length is not None else None
    if path_length is not None and path_length < 0:
        raise MalformedDer("a path length is negative")
    return ca is not None and ca.boolean(), path_length


def _usage(extensions: Mapping[str, Extension]) -> KeyUsage | None:
    found = extensions.get(KEY_USAGE)
    return _read_key_usage(der_reader.read(found.value)) if found is not None else None


def _subject_key_identifier(extensions: Mapping[str, Extension]) -> bytes | None:
    found = extensions.get(SUBJECT_KEY_IDENTIFIER)
    return der_reader.read(found.value).octets() if found is not None else None


def _authority_key_identifier(extensions: Mapping[str, Extension]) -> bytes | None:
    found = extensions.get(AUTHORITY_KEY_IDENTIFIER)
    if found is None:
        return None
    return read_authority_key_identifier(der_reader.read(found.value, der.SEQUENCE))
