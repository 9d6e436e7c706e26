"""PAdES B-T, B-LT and B-LTA, raised from a file that is signed B-B (ETSI EN 319 142-1, 6.3).

* B-T: a time stamp over the signature's value, in the same hole: still one revision.
* B-LT: behind it the certificates and revocation lists of both, signer and time stamp.
* B-LTA: behind that a time stamp over the whole file.

A level is made whole or not at all: whatever is missing is an error, and no file comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

from signing import pades, pades_cms, pades_evidence
from signing.certificate_path import Chain
from signing.errors import CannotSign, InvalidTimeStamp
from signing.tsa import Tsa, check_authority, parse

Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From the least to the most."""

CONTENTS_BYTES: Final = 16_384
"""Room for the CMS from B-T on: with RSA 4096 and two certificates it has 4 KB, a public
authority's token with three certificates on RSA 4096 has 6 to 7."""

FIELD_NAME: Final = "ArchiveTimeStamp"
"""The field of the document time stamp."""

_SPARE: Final = 1024  # bytes by which a second token of one authority may be longer than the first


@dataclass(frozen=True)
class Stamping:
    """What raising a level needs beside the file; certificates and lists are in DER.

    `roots` are the pinned roots of the signers; those of the authority are in `tsa`. `crls` are the
    current lists of all issuers of both chains, needed from B-LT on. `certificates` are
    intermediate ones that neither a signature nor a time stamp carries.
    """

    tsa: Tsa
    roots: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


def raise_level(signed_pdf: bytes, level: Level, stamping: Stamping) -> bytes:
    """The file, signed B-B by `signing.pades.sign`, at the level asked for.

    Raises TimeStampUnavailable, and CannotSign where the file is of another form, its hole too
    small, a certificate not valid at the moment of the time stamp or, from B-LT on, revoked or
    without a current revocation list.
    """
    if level not in LEVELS:
        raise CannotSign(f"{level!r} is no level of PAdES: {', '.join(LEVELS)}")
    if level == "B-B":
        return signed_pdf
    signed = pades_cms.read(signed_pdf)
    token = stamping.tsa.stamp(signed.value)
    stamped = pades_cms.with_time_stamp(signed_pdf, signed, token)
    moment = parse(token).moment
    others = (*signed.certificates, *stamping.certificates)
    chain = pades_evidence.chain(signed.signer, others, stamping.roots, moment)
    if level == "B-T":
        return stamped
    from signing import pdf_revision  # pyHanko's reader takes a fifth of a second to import

    chains = (chain, _authority_chain(token, stamping, moment))
    evidence = pades_evidence.complete(chains, stamping.crls, moment)
    proven = pdf_revision.with_evidence(stamped, evidence)
    if level == "B-LT":
        return proven
    empty = pdf_revision.with_time_stamp_field(proven, FIELD_NAME, len(token) + _SPARE)
    return pades.fill(empty.data, empty.hole, empty.byte_range, stamping.tsa.stamp_digest)


def _authority_chain(token: bytes, stamping: Stamping, moment: datetime) -> Chain:
    try:
        return check_authority(parse(token), stamping.tsa.roots, stamping.crls, moment)
    except InvalidTimeStamp as error:
        raise CannotSign(f"the time stamp cannot be proven: {error}") from error
