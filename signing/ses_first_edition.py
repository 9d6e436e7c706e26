"""Seals and seal signatures of the first edition, GM/T 0031-2014 (version 1), for reading alone.

    SES_Signature ::= SEQUENCE { toSign TBS_Sign, signature BIT STRING }
    TBS_Sign ::= SEQUENCE { version 1, eseal, timeInfo BIT STRING, dataHash BIT STRING,
                            propertyInfo IA5String, cert OCTET STRING, signatureAlgorithm OID }
    SESeal ::= SEQUENCE { esealInfo, signInfo SEQUENCE { cert, algorithm, signData } }

Certificate and algorithm are inside what the signer signs, and nothing is beside it. The maker
signs SEQUENCE { esealInfo, cert, algorithm }, which stands nowhere as such. Some writers have an
OCTET STRING where a BIT STRING belongs. The time is a text, in Beijing time unless it says Z; a
time stamp in its place is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from signing import der, sm2_signature
from signing import ses_fields as read
from signing.der_reader import Element
from signing.errors import MalformedDer
from signing.ses_model import FIRST_VERSION, Seal, SealSignature

FIELDS = 2
"""Fields of both outer structures, which tells this edition from the others."""

_TIME = re.compile(rb"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(Z?)", re.ASCII)
_BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def signature(element: Element) -> SealSignature:
    """SES_Signature of version 1; raises MalformedDer, MalformedSignature and the like."""
    fields = element.fields()
    tbs, value = fields.take(der.SEQUENCE), fields.take().whole_bits()
    fields.end()
    inner = tbs.fields()
    read.require_version(inner.take().integer(), FIRST_VERSION)
    sealed = inner.take(der.SEQUENCE)
    used = seal(sealed)
    signed_at = _moment(_bits_or_octets(inner.take()))
    data_hash = read.data_hash(_bits_or_octets(inner.take()))
    path = read.text(inner.take(), der.IA5_STRING)
    certificate = inner.take().octets()
    read.require_algorithm(inner.take().oid())
    inner.end()
    return SealSignature(
        der=element.raw,
        head=tbs.data[tbs.at : sealed.at],
        seal=used,
        ending=tbs.data[sealed.end : tbs.end],
        version=FIRST_VERSION,
        signed_at=signed_at,
        data_hash=data_hash,
        property_info=path,
        extensions=(),
        certificate=certificate,
        signature=sm2_signature.either_to_der(value),
        signature_found=value,
        time_stamp=None,
    )


def seal(element: Element) -> Seal:
    """SESeal of version 1; raises MalformedDer, MalformedSignature and the like."""
    fields = element.fields()
    info, signed = fields.take(der.SEQUENCE), fields.take(der.SEQUENCE)
    fields.end()
    parts = info.fields()
    version, vendor = read.header(parts.take(der.SEQUENCE))
    read.require_version(version, FIRST_VERSION)
    seal_id = read.text(parts.take(), der.IA5_STRING)
    attributes = read.seal_property(parts.take(der.SEQUENCE), first_edition=True)
    picture = read.picture(parts.take(der.SEQUENCE))
    extensions = read.extensions(parts.optional(der.SEQUENCE))
    parts.end()
    made = signed.fields()
    certificate, algorithm = made.take(der.OCTET_STRING), made.take(der.OBJECT_IDENTIFIER)
    read.require_algorithm(algorithm.oid())
    value = sm2_signature.either_to_der(made.take().whole_bits())
    made.end()
    return Seal(
        der=element.raw,
        made=der.sequence(info.raw, certificate.raw, algorithm.raw),
        version=version,
        vendor=vendor,
        id=seal_id,
        property=attributes,
        picture=picture,
        extensions=extensions,
        maker_certificate=certificate.octets(),
        signature=value,
        time_stamp=None,
    )


def _bits_or_octets(element: Element) -> bytes:
    return element.octets() if element.tag == der.OCTET_STRING else element.whole_bits()


def _moment(text: bytes) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise MalformedDer(f"a time of signing in a form that is not read: {text[:40]!r}")
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    zone = UTC if match[7] else _BEIJING
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise MalformedDer(f"no such moment: {text!r}") from error
