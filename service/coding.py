"""Coding (赋码) without a national platform: our own code, as small as a camera likes it."""

from __future__ import annotations

import hashlib

from renderer.compose import Content
from service.code_size import code_budget
from signing import cose
from signing.p256 import P256Key


def make_code(
    prefix: str,
    content: Content,
    version: int,
    dataset: bytes,
    status_index: int,
    key: P256Key,
    second_field: str = "factory_number",
) -> str:
    """The QR's content: the address and the signed claims as decimal digits.

    `second_field` names the face field that goes beside the number: the factory number, or what a
    type without one has in its place. Too long for the code, it is cut there (never on the page),
    with a mark at its end.

    Raises:
        signing.errors.SigningError: the key cannot be used.
    """
    claims = cose.CodeClaims(
        number=content.number,
        version=version,
        factory_number=content.face.get(second_field, ""),
        issued_on=content.issued_on,
        dataset_sha256=hashlib.sha256(dataset).digest(),
        status_index=status_index,
    )
    return prefix + cose.to_digits(cose.encode(cose.fitted(claims, code_budget(prefix)), key))
