"""A folder of keys: what is called how in it, and signers made from what is there.

    pdf-root.key/.pem     seal-root.key/.pem    seal-maker.key/.pem
    code.key              status-list.key
    crls/pdf.crl          crls/seal.crl
    authorities/<USCC>/   pdf.key/.pem  seal.key/.pem  seal.esl

A `.pem` holds one certificate or, below it, those that lead from it towards the root.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from signing import certificates, file_keys, keys, ofd_seal, pades, sm2_certificates
from signing.errors import CannotSign, KeyUnavailable, MalformedCertificate
from signing.libcrypto import Sm2Key
from signing.p256 import P256Key

PDF_ROOT = "pdf-root"
SEAL_ROOT = "seal-root"
SEAL_MAKER = "seal-maker"
CODE = "code"
STATUS_LIST = "status-list"
PDF_CRL = "crls/pdf.crl"
SEAL_CRL = "crls/seal.crl"
AUTHORITIES = "authorities"
PDF_SIGNER = "pdf"
SEAL_SIGNER = "seal"
SEAL = "seal.esl"

SIGNERS_KEPT = 4096
"""Signers held in memory: one of each kind for each authority of a province, and to spare."""

MAX_FILE_BYTES = 4 << 20
"""Largest certificate, list or seal read from the folder: a seal is a picture of at most 1 MB."""

_USCC = re.compile(r"[0-9A-Z]{18}", re.ASCII)


def key_path(folder: Path, role: str) -> Path:
    """Where the private key of a role stands."""
    return folder / f"{role}.key"


def certificate_path(folder: Path, role: str) -> Path:
    """Where the certificate of a role stands."""
    return folder / f"{role}.pem"


def authority(folder: Path, uscc: str) -> Path:
    """The folder of the authority with that USCC; raises CannotSign if it is not written as one."""
    if not _USCC.fullmatch(uscc):
        raise CannotSign(f"{uscc!r} is no USCC: 18 capital letters and digits")
    return folder / AUTHORITIES / uscc


def p256(folder: Path, role: str) -> P256Key:
    """The P-256 key of a role; raises KeyUnavailable."""
    return keys.p256(file_keys.uri_of(key_path(folder, role)))


def sm2(folder: Path, role: str) -> Sm2Key:
    """The SM2 key of a role; raises KeyUnavailable."""
    return keys.sm2(file_keys.uri_of(key_path(folder, role)))


def code_key(folder: Path) -> P256Key:
    """The key that signs the codes; raises KeyUnavailable."""
    return p256(folder, CODE)


def list_key(folder: Path) -> P256Key:
    """The key that signs the status list; raises KeyUnavailable."""
    return p256(folder, STATUS_LIST)


def load_pdf_signer(folder: Path, uscc: str) -> pades.PdfSigner:
    """The PDF signer of the authority with that USCC.

    Raises KeyUnavailable where it has none, or its key and certificate do not belong together.
    """
    home = authority(folder, uscc)
    return _pdf_signer(p256(home, PDF_SIGNER), content(certificate_path(home, PDF_SIGNER)))


def load_seal_signer(folder: Path, uscc: str) -> ofd_seal.SealSigner:
    """The seal signer of the authority with that USCC; raises KeyUnavailable as for PDF."""
    home = authority(folder, uscc)
    uri = file_keys.uri_of(key_path(home, SEAL_SIGNER))
    key = sm2(home, SEAL_SIGNER)
    try:
        certificate = _certificates(content(certificate_path(home, SEAL_SIGNER)))[0]
        own = sm2_certificates.parse(certificate).point == key.public.point
    except MalformedCertificate as error:
        raise KeyUnavailable(uri, f"its certificate: {error}") from error
    if not own:
        raise KeyUnavailable(uri, "its certificate is that of another key")
    return ofd_seal.SealSigner(key, certificate, content(home / SEAL))


def content(path: Path) -> bytes:
    """What a file of the folder holds, read anew only if it changed; raises KeyUnavailable."""
    try:
        found = path.stat()
        if found.st_size > MAX_FILE_BYTES:
            raise KeyUnavailable(path.as_uri(), f"larger than {MAX_FILE_BYTES} bytes")
        return _content(path, (found.st_ino, found.st_size, found.st_mtime_ns))
    except OSError as error:
        raise KeyUnavailable(file_keys.uri_of(path), error.strerror or "unreadable") from None


@lru_cache(SIGNERS_KEPT)
def _content(path: Path, _state: tuple[int, int, int]) -> bytes:
    return path.read_bytes()


@lru_cache(SIGNERS_KEPT)
def _certificates(pem: bytes) -> tuple[bytes, ...]:
    return certificates.from_pem(pem)


@lru_cache(SIGNERS_KEPT)
def _pdf_signer(key: P256Key, pem: bytes) -> pades.PdfSigner:
    try:
        certificate, *chain = _certificates(pem)
        own = certificates.is_for(certificate, key.public_key)
    except MalformedCertificate as error:
        raise KeyUnavailable(key.uri, f"its certificate: {error}") from error
    if not own:
        raise KeyUnavailable(key.uri, "its certificate is that of another key")
    return pades.PdfSigner(key, certificate, tuple(chain))
