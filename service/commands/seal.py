"""`sealpress seal`: making the seal of an authority, and looking at one."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from service import clock, key_making, seal_listing
from service.errors import Invalid, Unreadable
from service.files import read_at_most, write_whole
from service.installation import Installation
from service.report import EXIT_FAILED
from signing import (
    certificates,
    key_folder,
    key_publication,
    key_ring,
    seal_picture,
    ses,
    sm2_certificates,
)
from signing.errors import CannotSign, MalformedCertificate, MalformedDer, MalformedSeal
from signing.key_entry import Role, State
from signing.key_names import checked
from signing.ses_model import MAX_SIGNATURE_BYTES
from verify.times import SHANGHAI

MAX_CERTIFICATE_BYTES = 1 << 16
"""Largest file with certificates, bytes: a chain of three has 4 KB in PEM."""

SQUEEZE = 0.02
"""How far the sides in mm may be from the picture's own proportion before it looks distorted."""


def run(options: argparse.Namespace) -> int:
    """Make a seal or show one; gives the exit status."""
    return _make(options) if options.action == "make" else _show(options)


def _make(options: argparse.Namespace) -> int:
    """Sign a seal with the maker's key, write it, and say what it says."""
    authority, now = checked(options.authority), clock.now().replace(microsecond=0)
    if options.out.exists():
        raise Invalid(f"{options.out.name} 已存在，不会覆盖 (is there already)")
    picture = _read(options.picture, seal_picture.MAX_BYTES)
    with _named(options.picture.name):
        pixels = seal_picture.read(picture)
    width, height = _sides(options.size, pixels)
    folder = key_making.folder(Installation.open())
    signers = _signers(folder, options.signer or (), authority, now)
    begins, ends = _moment(options.begins, "from"), _moment(options.ends, "until")
    content = ses.SealContent(
        id=options.id or f"{authority}-{now.astimezone(SHANGHAI):%Y%m%d}",
        name=options.name,
        picture=picture,
        width=width,
        height=height,
        signers=signers,
        created=now,
        valid_from=begins or now,
        valid_to=ends or min(sm2_certificates.parse(one).not_after for one in signers),
        type=options.type,
        by_digest=options.list == "digests",
    )
    key, certificate = key_folder.seal_maker(folder, now)
    with _named("印章无法制作 (the seal cannot be made)"):
        made = ses.make_seal(content, key, certificate)
    write_whole(options.out, made)
    for line in seal_listing.lines(seal_listing.seal(ses.parse_seal(made), now)):
        print(line)
    return 0


def _show(options: argparse.Namespace) -> int:
    """Say what a seal, or a signature by one, says; 1 where a signature in it does not hold."""
    data, now = _read(options.file, MAX_SIGNATURE_BYTES), clock.now()
    told, holds = _told(data, now)
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for line in seal_listing.lines(told):
            print(line)
    return 0 if holds else EXIT_FAILED


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Faults of what was given, told as such and by name."""
    try:
        yield
    except (CannotSign, MalformedDer) as error:
        raise Invalid(f"{what}: {error}") from error


def _told(data: bytes, now: datetime) -> tuple[dict[str, object], bool]:
    """What the file says, and whether all signatures in it hold."""
    try:
        seal = ses.parse_seal(data)
    except MalformedSeal as no_seal:
        try:
            signed = ses.parse_signature(data)
        except MalformedSeal as neither:
            raise Unreadable(
                f"不是电子印章或电子签章数据 (neither a seal: {no_seal}; nor a seal signature: "
                f"{neither})"
            ) from neither
        told = seal_listing.signature(signed, now)
        return told, signed.signer_signed() and signed.seal.maker_signed()
    return seal_listing.seal(seal, now), seal.maker_signed()


def _signers(
    folder: Path, named: Sequence[Path], authority: str, now: datetime
) -> tuple[bytes, ...]:
    """The certificates, DER, that may sign with the seal; each is the authority's own."""
    if named:
        found = [_certificate(path) for path in named]
    else:
        ring = key_ring.load(folder)
        found = [
            key_publication.chain(folder, entry)[0]
            for entry in ring.of(Role.SEAL_SIGNER, authority)
            if entry.state_at(now) in (State.ACTIVE, State.UPCOMING)
        ]
    if not found:
        raise Invalid(
            f"{authority} 没有可用的签章密钥，请以 --signer 给出证书 (no signer: name it)"
        )
    for one in found:
        owner = certificates.organisation_code(one)
        if owner not in (None, authority):
            raise Invalid(f"签章证书属于 {owner}，不是 {authority} (another authority's signer)")
    return tuple(found)


def _certificate(path: Path) -> bytes:
    """The first certificate in a PEM file: those above it may follow."""
    content = _read(path, MAX_CERTIFICATE_BYTES)
    try:
        found = certificates.from_pem(content)[0]
        sm2_certificates.parse(found)
    except MalformedCertificate as error:
        raise Unreadable(f"{path.name}: 不是SM2证书 (no SM2 certificate): {error}") from error
    return found


def _sides(text: str, pixels: seal_picture.Pixels) -> tuple[int, int]:
    """Width and height in whole mm, in the proportion of the picture."""
    match = re.fullmatch(r"([0-9]{1,3})(?:x([0-9]{1,3}))?", text, re.ASCII)
    if match is None:
        raise Invalid(f"--size {text[:20]!r} 应为毫米数，如 42 或 40x30 (whole mm)")
    width, height = int(match[1]), int(match[2] or match[1])
    if abs(width * pixels.height - height * pixels.width) > SQUEEZE * height * pixels.width:
        raise Invalid(
            f"印模图片 {pixels.width}×{pixels.height} 像素，与 {width}×{height} mm 比例不符 "
            "(the picture would be distorted: see --size)"
        )
    return width, height


def _moment(text: str | None, field: str) -> datetime | None:
    return clock.parse_moment(text, field, "时间").replace(microsecond=0) if text else None


def _read(path: Path, limit: int) -> bytes:
    content = read_at_most(path, limit)
    if len(content) > limit:
        raise Unreadable(f"{path.name}: 文件过大 (larger than {limit} bytes)")
    return content
