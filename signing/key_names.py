"""What the files of a folder of keys are called.

    ring.json
    pdf-root.key/.pem     seal-root.key/.pem    seal-maker.key/.pem
    code.key              status-list.key       receipt.key
    crls/pdf.crl          crls/seal.crl
    authorities/<USCC>/   pdf.key/.pem  seal.key/.pem  seal.esl

The next key of a role is `code-2.key` beside `code.key`, and so on. These are names for new files
and for folders from before there was a ring; where the files of a key are, its entry says. A
`.pem` holds one certificate or, below it, those that lead from it towards the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from signing.errors import CannotSign
from signing.key_entry import USCC, Role

AUTHORITIES: Final = "authorities"
CRLS: Final = "crls"
PDF_CRL: Final = "crls/pdf.crl"
SEAL_CRL: Final = "crls/seal.crl"

KEY: Final = ".key"
CERTIFICATE: Final = ".pem"
SEAL: Final = ".esl"

STEMS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.PDF_ROOT: "pdf-root",
        Role.SEAL_ROOT: "seal-root",
        Role.SEAL_MAKER: "seal-maker",
        Role.PDF_SIGNER: "pdf",
        Role.SEAL_SIGNER: "seal",
        Role.CODE_SIGNER: "code",
        Role.LIST_SIGNER: "status-list",
        Role.RECEIPT_SIGNER: "receipt",
        Role.LOG_SIGNER: "log",
    }
)


def stem(role: Role, authority: str | None = None, number: int = 1) -> str:
    """The path, without suffix, of a role's files within the folder; `number` counts from 1.

    Raises CannotSign where the authority is not written as a USCC.
    """
    name = STEMS[role] if number == 1 else f"{STEMS[role]}-{number}"
    return f"{AUTHORITIES}/{checked(authority)}/{name}" if authority is not None else name


def checked(authority: str) -> str:
    """The authority as given; raises CannotSign where it is no USCC, but perhaps a path."""
    if not USCC.fullmatch(authority):
        raise CannotSign(f"{authority!r} is no USCC: 18 capital letters and digits")
    return authority


def next_stem(folder: Path, role: Role, authority: str | None = None) -> str:
    """The first path, without suffix, of which the folder has no file yet."""
    number = 1
    while any((folder / taken).exists() for taken in files(stem(role, authority, number))):
        number += 1
    return stem(role, authority, number)


def files(stem: str) -> tuple[str, str, str]:
    """Key, certificate and seal of that stem."""
    return stem + KEY, stem + CERTIFICATE, stem + SEAL


def in_home(home: Path, role: Role) -> tuple[Path, Path, Path]:
    """Key, certificate and seal of the first key of a role in an authority's folder."""
    key, certificate, seal = files(STEMS[role])
    return home / key, home / certificate, home / seal
