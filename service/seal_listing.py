"""What a seal or a seal signature says, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from signing import certificates, ses, sm2_certificates
from signing.errors import MalformedCertificate, SigningError
from signing.libcrypto import sm3
from signing.ses import Seal, SealExtension, SealSignature
from verify.times import iso

STANDARDS = {1: "GM/T 0031-2014", 4: "GB/T 38540-2020", 5: "GM/T 0031-2025"}


def seal(found: Seal, now: datetime) -> dict[str, Any]:
    """A seal as JSON, judged by itself at an aware moment; no chain is looked at."""
    said = found.property
    return {
        "version": found.version,
        "standard": STANDARDS[found.version],
        "vendor": found.vendor,
        "id": found.id,
        "name": said.name,
        "type": said.type,
        "created": iso(said.created),
        "valid_from": iso(said.valid_from),
        "valid_until": iso(said.valid_to),
        "valid_now": found.valid_at(now),
        "picture": {
            "type": found.picture.type,
            "bytes": len(found.picture.data),
            "width_mm": found.picture.width,
            "height_mm": found.picture.height,
        },
        "signers": [
            *map(certificate, said.certificates),
            *({"digest": f"{name}:{value.hex()}"} for name, value in said.digests),
        ],
        "maker": certificate(found.maker_certificate),
        "maker_signed": found.maker_signed(),
        "extensions": list(map(_extension, found.extensions)),
        "sm3": sm3(found.der).hex(),
    }


def signature(found: SealSignature, now: datetime) -> dict[str, Any]:
    """A seal signature as JSON, with the seal in it."""
    return {
        "version": found.version,
        "standard": STANDARDS[found.version],
        "signed_at": iso(found.signed_at),
        "data_sm3": found.data_hash.hex(),
        "data": found.property_info,
        "signer": certificate(found.certificate),
        "signer_signed": found.signer_signed(),
        "signer_listed": found.seal.lists(found.certificate),
        "time_stamp": _time_stamp(found),
        "extensions": list(map(_extension, found.extensions)),
        "seal": seal(found.seal, now),
    }


def certificate(data: bytes) -> dict[str, Any]:
    """An SM2 certificate in a few words; of one that cannot be read its SM3 alone."""
    told: dict[str, Any] = {"sm3": sm3(data).hex()}
    try:
        found = sm2_certificates.parse(data)
    except SigningError:
        return told
    return told | {
        "name": found.common_name,
        "organisation": _organisation(data),
        "serial": f"{found.serial:x}",
        "valid_from": iso(found.not_before),
        "valid_until": iso(found.not_after),
    }


def lines(told: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The same as a list of words, one a line."""
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from lines(value, indent + "  ")
        elif isinstance(value, list) and value:
            for number, one in enumerate(value, 1):
                yield f"{indent}{name} {number}"
                yield from lines(one, indent + "  ")
        else:
            yield f"{indent}{name}  {_word(value)}"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, []) else str(value)


def _extension(one: SealExtension) -> dict[str, Any]:
    return {"oid": one.oid, "critical": one.critical, "bytes": len(one.value)}


def _time_stamp(found: ses.SealSignature) -> str | None:
    """The moment that a time stamp states; whether it is to be believed is not looked at."""
    from signing import time_stamp

    if found.time_stamp is None:
        return None
    try:
        return iso(time_stamp.parse(found.time_stamp).moment)
    except SigningError:
        return "(unreadable)"


def _organisation(data: bytes) -> str | None:
    try:
        return certificates.organisation_code(data)
    except MalformedCertificate:
        return None
