"""Seals and seal signatures of GM/T 0031-2014 (version 1), which nothing in the project writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sm2_world as world

from signing import der
from signing.libcrypto import Sm2Key

ALGORITHM = der.oid("1.2.156.10197.1.501")


def made_over(info: bytes, certificate: bytes) -> bytes:
    """What the maker signs."""
    return der.sequence(info, der.octet_string(certificate), ALGORITHM)


def build_seal(
    *,
    signer: bytes,
    maker: bytes,
    maker_key: Sm2Key,
    times: tuple[datetime, datetime],
    name: str = "南宁市住房和城乡建设局",
    picture: bytes | None = None,
    made: Callable[[bytes, bytes], bytes] = made_over,
) -> bytes:
    """A seal for that signer, valid between the two times, which are written as UTCTime."""
    begins, ends = map(der.certificate_time, times)
    info = der.sequence(
        der.sequence(der.ia5("ES"), der.integer(1), der.ia5("VENDOR")),
        der.ia5("45010000000001"),
        der.sequence(
            der.integer(1),
            der.utf8(name),
            der.sequence(der.octet_string(signer)),
            begins,
            begins,
            ends,
        ),
        der.sequence(
            der.ia5("PNG"),
            der.octet_string(picture or world.picture()),
            der.integer(42),
            der.integer(42),
        ),
    )
    value = der.bit_string(maker_key.sign(made(info, maker)))
    return der.sequence(info, der.sequence(der.octet_string(maker), ALGORITHM, value))


def build_signature(
    *,
    key: Sm2Key,
    certificate: bytes,
    seal: bytes,
    time: bytes,
    data_hash: bytes,
    path: str,
    version: int = 1,
) -> bytes:
    """A seal signature; `time` and `data_hash` are encoded elements."""
    tbs = der.sequence(
        der.integer(version),
        seal,
        time,
        data_hash,
        der.ia5(path),
        der.octet_string(certificate),
        ALGORITHM,
    )
    return der.sequence(tbs, der.bit_string(key.sign(tbs)))


def seal(made: Callable[[bytes, bytes], bytes] = made_over) -> bytes:
    """The seal of the world of these tests, in the first edition."""
    return build_seal(
        signer=world.signer_certificate(),
        maker=world.maker_certificate(),
        maker_key=world.key("maker"),
        times=(world.NOW - world.DAY, world.NOW + 300 * world.DAY),
        made=made,
    )


def signature(**changes: object) -> bytes:
    """A signature with it."""
    values: dict[str, object] = {
        "key": world.key("signer"),
        "certificate": world.signer_certificate(),
        "seal": seal(),
        "time": der.bit_string(b"2026-11-21 16:30:15"),
        "data_hash": der.bit_string(bytes(32)),
        "path": "/Doc_0/Signs/Sign_0/Signature.xml",
    }
    return build_signature(**{**values, **changes})  # type: ignore[arg-type]
