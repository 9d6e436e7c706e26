"""Who signs now: keys and signers of a folder of keys, through its ring.

Keys may be anywhere that `signing.keys` reaches; of a role's keys the newest active one signs.
The names of files are in `signing.key_names`, what became of each key in `signing.key_ring`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from signing import key_fit, key_names, key_publication, key_ring, keys, ofd_seal, pades
from signing.document_key import DocumentKey
from signing.ed25519 import Ed25519Key
from signing.key_entry import Entry, Role
from signing.libcrypto import Sm2Key
from signing.p256 import P256Key

SIGNERS_KEPT = 4096
"""Signers held in memory: one of each kind for each authority of a province, and to spare."""


def code_key(folder: Path, at: datetime | None = None) -> P256Key:
    """The key that signs the codes at an aware moment, by default now.

    Raises NoActiveKey, KeyUnavailable, BrokenRing; so do the functions below.
    """
    return _uncertified(folder, Role.CODE_SIGNER, at)


def list_key(folder: Path, at: datetime | None = None) -> P256Key:
    """The key that signs the status list at an aware moment, by default now."""
    return _uncertified(folder, Role.LIST_SIGNER, at)


def receipt_key(folder: Path, at: datetime | None = None) -> P256Key:
    """The key that signs receipts and answers at an aware moment, by default now."""
    return _uncertified(folder, Role.RECEIPT_SIGNER, at)


def log_key(folder: Path, at: datetime | None = None) -> Ed25519Key:
    """The key that signs the log's checkpoints at an aware moment, by default now."""
    uri, _ = _signing(folder, Role.LOG_SIGNER, None, at or datetime.now(UTC))
    return keys.ed25519(uri)


def load_pdf_signer(folder: Path, uscc: str, at: datetime | None = None) -> pades.PdfSigner:
    """The PDF signer of the authority with that USCC at an aware moment, by default now.

    Raises CannotSign, too, where key and certificate do not belong together or may not sign.
    """
    at = at or datetime.now(UTC)
    uri, entry = _signing(folder, Role.PDF_SIGNER, key_names.checked(uscc), at)
    key, chain = keys.document(uri), key_publication.chain(folder, entry)
    key_fit.require(chain[0], key.public_key, at, key_fit.Usage.SIGN_DOCUMENTS, uri=uri)
    return _pdf_signer(key, chain)


def load_seal_signer(folder: Path, uscc: str, at: datetime | None = None) -> ofd_seal.SealSigner:
    """The seal signer of the authority with that USCC; everything as for PDF."""
    at = at or datetime.now(UTC)
    uri, entry = _signing(folder, Role.SEAL_SIGNER, key_names.checked(uscc), at)
    key, (certificate, *_) = keys.sm2(uri), key_publication.chain(folder, entry)
    key_fit.require(certificate, key.public, at, key_fit.Usage.SEAL, uri=uri)
    seal = key_publication.content(folder / (entry.seal or ""))
    return ofd_seal.SealSigner(key, certificate, seal)


def seal_maker(folder: Path, at: datetime | None = None) -> tuple[Sm2Key, bytes]:
    """The key of who makes seals and its certificate (DER), at an aware moment, by default now."""
    at = at or datetime.now(UTC)
    uri, entry = _signing(folder, Role.SEAL_MAKER, None, at)
    key, (certificate, *_) = keys.sm2(uri), key_publication.chain(folder, entry)
    key_fit.require(certificate, key.public, at, key_fit.Usage.SEAL, uri=uri)
    return key, certificate


def _signing(folder: Path, role: Role, authority: str | None, at: datetime) -> tuple[str, Entry]:
    """The URI and the entry of the key that signs."""
    ring = key_ring.load(folder)
    entry = ring.signing(role, authority, at)
    return ring.uri(entry), entry


def _uncertified(folder: Path, role: Role, at: datetime | None) -> P256Key:
    uri, _ = _signing(folder, role, None, at or datetime.now(UTC))
    return keys.p256(uri)


@lru_cache(SIGNERS_KEPT)
def _pdf_signer(key: DocumentKey, chain: tuple[bytes, ...]) -> pades.PdfSigner:
    certificate, *above = chain
    return pades.PdfSigner(key, certificate, tuple(above))
