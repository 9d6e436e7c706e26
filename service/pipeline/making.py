"""What is made on our own side: the code, and the two files with what is printed on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from renderer.errors import Problem
from renderer.layout import load
from service import checking, clock, coding, levels
from service.errors import Invalid
from service.installation import Installation
from service.press import AuthoritySeal, Pair, Sheet, press
from service.register_rows import Reservation


def sheet_of(reservation: Reservation, development: bool) -> Sheet:
    """What the two files of a reserved and coded certificate are made of."""
    data = json.loads(reservation.request)
    return Sheet(
        layout=load(data["type"], reservation.layout_version),
        content=checking.content_of(data, reservation.number),
        license_id=reservation.license_id,
        code=reservation.code or "",
        dataset=reservation.dataset,
        development=development,
        platform_code=reservation.platform_code,
    )


def seal_of(installation: Installation, authority: Mapping[str, str]) -> AuthoritySeal:
    """The authority's keys and seal; the seal must bear the name that the page will show.

    Raises:
        Invalid: it bears another.
        Misconfigured: the authority has no keys and seal.
        signing.errors.SigningError: its keys cannot be used.
    """
    seal = installation.authority_seal(authority["name"], authority["code"])
    if seal.name != authority["name"]:
        message = f"与该机关印章上的名称不一致：印章为“{seal.name}”"
        raise Invalid(
            "发证机关名称与印章不一致 (the seal bears another name)",
            [Problem("authority.name", "发证机关", message)],
        )
    return seal


def own_code(installation: Installation, reservation: Reservation) -> str:
    """Our own code, signed.

    Raises:
        signing.errors.SigningError: the key cannot be used.
    """
    data: Mapping[str, Any] = json.loads(reservation.request)
    return coding.make_code(
        installation.settings.code_prefix,
        checking.content_of(data, reservation.number),
        reservation.version,
        reservation.dataset,
        reservation.status_index,
        installation.code_key,
        load(data["type"], reservation.layout_version).second_field,
    )


def pair_of(installation: Installation, reservation: Reservation) -> Pair:
    """Both files, composed, signed and sealed.

    Raises:
        signing.errors.SigningError: a key cannot be used, or no time stamp is to be had.
    """
    # Asked for anew: since the number was reserved its keys may have been exchanged or revoked.
    seal = seal_of(installation, json.loads(reservation.request)["authority"])
    sheet = sheet_of(reservation, installation.settings.development)
    return press(sheet, seal, clock.now(), levels.of(installation))


def kept(installation: Installation, pair: Pair) -> dict[str, tuple[str, int]]:
    """Both files on the disk: kind → SHA-256, bytes."""
    pdf, ofd = installation.documents.put_both(pair.pdf, pair.ofd)
    return {"pdf": (pdf, len(pair.pdf)), "ofd": (ofd, len(pair.ofd))}
