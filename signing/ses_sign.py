"""Signing with a seal: SES_Signature of GB/T 38540-2020 (version 4).

A seal is some 40 KB, most of it the picture, and stands in front of everything that differs from
one signature to the next; so its digest is begun once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from signing import der, sm2_certificates
from signing.errors import CannotSign
from signing.libcrypto import BegunMessage, Sm2Key, Sm2PrivateKey
from signing.ses_build import ALGORITHM, require_own
from signing.ses_fields import DIGEST_BYTES
from signing.ses_model import VERSION, Seal, SealExtension
from signing.ses_parse import parse_seal

SEALS_KEPT = 32
"""Seals held parsed, and digested as far as they go: an authority signs thousands with one."""

_VERSION = der.integer(VERSION)


class Stamping(Protocol):
    """Where time stamps come from."""

    def stamp(self, message: bytes) -> bytes:
        """An RFC 3161 token, DER, over the message; raises TimeStampUnavailable."""
        ...


def sign(
    *,
    key: Sm2Key,
    certificate: bytes,
    seal: bytes,
    data_hash: bytes,
    property_info: str,
    at: datetime,
    extensions: Sequence[SealExtension] = (),
    stamping: Stamping | None = None,
) -> bytes:
    """SES_Signature, DER, over a digest (SM3, 32 bytes) of what `property_info` (ASCII) names.

    The extensions are signed too; the time stamp is over the signature's value and stands beside
    it. Raises CannotSign where the key is not the certificate's, the seal does not list the
    certificate, or one of them is not valid at the aware time `at`; what the key raises; and
    TimeStampUnavailable, so that nothing goes without the time stamp that was asked for.
    """
    if len(data_hash) != DIGEST_BYTES:
        raise CannotSign(f"a digest of {len(data_hash)} bytes; SM3 has {DIGEST_BYTES}")
    require_own(key, certificate)
    _require_valid(seal, certificate, at.replace(microsecond=0))
    ending = b"".join(
        (
            der.generalized_time(at),
            der.bit_string(data_hash),
            der.ia5(property_info),
            der.explicit(0, der.sequence(*map(_extension, extensions))) if extensions else b"",
        )
    )
    signature = _signed(key, seal, ending)
    stamp = b""
    if stamping is not None:
        stamp = der.explicit(0, der.bit_string(stamping.stamp(signature)))
    return der.sequence(
        _start(seal, len(ending)),
        ending,
        der.octet_string(certificate),
        ALGORITHM,
        der.bit_string(signature),
        stamp,
    )


def _start(seal: bytes, ending: int) -> bytes:
    """TBS_Sign up to what differs from one signature to the next, `ending` bytes long."""
    return der.head(der.SEQUENCE, len(_VERSION) + len(seal) + ending) + _VERSION + seal


def _signed(key: Sm2Key, seal: bytes, ending: bytes) -> bytes:
    if isinstance(key, Sm2PrivateKey):
        return _begun(key, seal, len(ending)).sign(ending)
    return key.sign(_start(seal, len(ending)) + ending)


@lru_cache(SEALS_KEPT)
def _begun(key: Sm2PrivateKey, seal: bytes, ending: int) -> BegunMessage:
    return key.begin(_start(seal, ending))


def _extension(one: SealExtension) -> bytes:
    return der.sequence(der.oid(one.oid), der.boolean(one.critical), der.octet_string(one.value))


def _require_valid(seal: bytes, certificate: bytes, at: datetime) -> None:
    found, holder = _parsed(seal), sm2_certificates.parse(certificate)
    if not found.lists(certificate):
        raise CannotSign(f"the seal {found.id} does not list {holder.common_name} as a signer")
    if not found.valid_at(at):
        period = f"{found.property.valid_from} to {found.property.valid_to}"
        raise CannotSign(f"the seal {found.id} is valid from {period}, not at {at}")
    if not holder.not_before <= at <= holder.not_after:
        period = f"{holder.not_before} to {holder.not_after}"
        raise CannotSign(f"the certificate of {holder.common_name} is valid from {period}")


@lru_cache(SEALS_KEPT)
def _parsed(seal: bytes) -> Seal:
    return parse_seal(seal)
