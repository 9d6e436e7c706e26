"""Reading seals and seal signatures, strictly: what is not sound is refused.

| version | standard | where this knows it from |
|---|---|---|
| 1 | GM/T 0031-2014 | an open implementation and files sealed in production |
| 4 | GB/T 38540-2020 | the same |
| 5 | GM/T 0031-2025 | an open implementation alone; its text and real files could not be had |

Of version 5 it is only known that it looks like version 4, that its number is 5, and that a seal
may have a time stamp of its own after its maker's signature.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from signing import der, der_reader, sm2_signature
from signing import ses_fields as read
from signing import ses_first_edition as first
from signing.der_reader import Element
from signing.errors import MalformedDer, MalformedSeal, MalformedSignature
from signing.ses_model import (
    KEPT_SEAL_BYTES,
    KEPT_SEALS,
    MAX_SEAL_BYTES,
    MAX_SIGNATURE_BYTES,
    NEXT_VERSION,
    VERSION,
    Seal,
    SealSignature,
)

T = TypeVar("T")


def parse_seal(data: bytes) -> Seal:
    """The seal that `data`, DER, holds; raises MalformedSeal, UnsupportedSealVersion."""
    return _read(data, MAX_SEAL_BYTES, _seal)


def parse_signature(data: bytes) -> SealSignature:
    """The seal signature that `data`, DER, holds; raises MalformedSeal, UnsupportedSealVersion."""
    return _read(data, MAX_SIGNATURE_BYTES, _signature)


def _read(data: bytes, limit: int, of: Callable[[Element], T]) -> T:
    try:
        return of(der_reader.read(data, der.SEQUENCE, limit))
    except (MalformedDer, MalformedSignature) as error:
        raise MalformedSeal(f"not a seal structure of GB/T 38540 or GM/T 0031: {error}") from error


def _is_first_edition(element: Element) -> bool:
    """Whether it has the two fields of the first edition, of which the others have four or five."""
    return len(element.each(lambda one: one.tag)) == first.FIELDS


def _signature(element: Element) -> SealSignature:
    if _is_first_edition(element):
        return first.signature(element)
    fields = element.fields()
    tbs = fields.take(der.SEQUENCE)
    certificate = fields.take().octets()
    signature = read.sm2_value(fields)
    stamp = fields.optional(der.context(0))
    fields.end()
    inner = tbs.fields()
    version = inner.take().integer()
    read.require_version(version, VERSION, NEXT_VERSION)
    used = inner.take(der.SEQUENCE)
    seal = _seal(used)
    if seal.version != version:
        raise MalformedDer(f"a signature of version {version} by a seal of version {seal.version}")
    signed_at = inner.take().time(der.GENERALIZED_TIME)
    data_hash = read.data_hash(inner.take().whole_bits())
    path = read.text(inner.take(), der.IA5_STRING)
    extensions = inner.optional(der.context(0))
    inner.end()
    return SealSignature(
        der=element.raw,
        head=tbs.data[tbs.at : used.at],
        seal=seal,
        ending=tbs.data[used.end : tbs.end],
        version=version,
        signed_at=signed_at,
        data_hash=data_hash,
        property_info=path,
        extensions=read.extensions(extensions.inside(der.SEQUENCE) if extensions else None),
        certificate=certificate,
        signature=sm2_signature.either_to_der(signature),
        signature_found=signature,
        time_stamp=stamp.inside().whole_bits() if stamp else None,
    )


def _seal(element: Element) -> Seal:
    raw = element.raw
    return _kept(raw) if len(raw) <= KEPT_SEAL_BYTES else _read_seal(element)


@lru_cache(maxsize=KEPT_SEALS)
def _kept(raw: bytes) -> Seal:
    """The seal of these bytes: an authority's stands in every file that it seals."""
    return _read_seal(der_reader.read(raw, der.SEQUENCE))


def _read_seal(element: Element) -> Seal:
    if _is_first_edition(element):
        return first.seal(element)
    fields = element.fields()
    info = fields.take(der.SEQUENCE)
    parts = info.fields()
    version, vendor = read.header(parts.take(der.SEQUENCE))
    read.require_version(version, VERSION, NEXT_VERSION)
    seal_id = read.text(parts.take(), der.IA5_STRING)
    attributes = read.seal_property(parts.take(der.SEQUENCE), first_edition=False)
    picture = read.picture(parts.take(der.SEQUENCE))
    extensions = read.extensions(parts.optional(der.SEQUENCE))
    parts.end()
    maker_certificate = fields.take().octets()
    signature = sm2_signature.either_to_der(read.sm2_value(fields))
    stamp = fields.optional(der.context(0)) if version == NEXT_VERSION else None
    fields.end()
    return Seal(
        der=element.raw,
        made=info.raw,
        version=version,
        vendor=vendor,
        id=seal_id,
        property=attributes,
        picture=picture,
        extensions=extensions,
        maker_certificate=maker_certificate,
        signature=signature,
        time_stamp=stamp.inside().whole_bits() if stamp else None,
    )
