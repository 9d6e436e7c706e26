"""Keys that were made elsewhere: what came back from the ceremony is checked, then entered.

Checked before anything is written: the key can be reached and is of the kind that its role needs,
it has no other role, its certificate is for it, leads to a pinned root, names the authority and
allows the use, and the seal is made by a maker below the pinned root and lists the certificate. So
whatever is refused later is refused because something changed, not because it was never right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing import (
    atomic,
    certificates,
    key_chains,
    key_changes,
    key_fit,
    key_names,
    key_ring,
    keys,
)
from signing.errors import CannotSign, MalformedCertificate
from signing.key_entry import Entry, Role, public_pem
from signing.key_fit import Usage
from signing.key_ring import KeyRing, RingFile

MAX_PEM_BYTES = 65_536
"""Largest file of certificates, bytes: one has 1 to 2 KB, and four are the longest chain."""


@dataclass(frozen=True)
class Offer:
    """What is brought: the key's URI (None for a root), certificates in PEM, a seal in DER."""

    role: Role
    authority: str | None
    uri: str | None
    certificate: bytes | None
    seal: bytes | None


def bring_in(
    folder: Path, offer: Offer, active_from: datetime, now: datetime, *, succeed: bool
) -> Entry:
    """Enters a key that signs from the aware moment `active_from` on.

    `succeed` retires those before it at that moment. Raises CannotSign, MalformedSeal,
    KeyUnavailable where something does not fit; then nothing was changed.
    """
    _require_complete(offer)
    at, start = now.replace(microsecond=0), active_from.replace(microsecond=0)
    with key_ring.changing(folder) as file:
        spki, chain = _checked(file.ring, offer, max(at, start))
        _require_unused(file.ring, spki)
        entry = _kept(file, offer, spki, chain, at, max(at, start))
        if succeed:
            file.write(key_changes.following(file.ring, entry))
        else:
            file.write(file.ring.adding(entry))
    return entry


def _require_complete(offer: Offer) -> None:
    """Raises CannotSign where a part is missing that the role needs, or is there in vain."""
    role, root = offer.role, offer.role in (Role.PDF_ROOT, Role.SEAL_ROOT)
    wanted = {
        "an authority": (offer.authority, role.of_an_authority),
        "a URI of its key": (offer.uri, not root),
        "a certificate": (offer.certificate, role.certified),
        "a seal": (offer.seal, role is Role.SEAL_SIGNER),
    }
    for name, (given, needed) in wanted.items():
        if (given is not None) != needed:
            verb = "needs" if needed else "has no use for"
            raise CannotSign(f"the role {role} {verb} {name}")
    if offer.authority is not None:
        key_names.checked(offer.authority)


def _checked(ring: KeyRing, offer: Offer, at: datetime) -> tuple[bytes, tuple[bytes, ...]]:
    """The public half (SubjectPublicKeyInfo) and the certificates, all of it fitting."""
    if not offer.role.certified:
        return public_half(offer.role, offer.uri or ""), ()
    chain = _certificates(offer.certificate or b"")
    if offer.uri is None:
        key_chains.require_root(offer.role, chain, at)
        return certificates.spki(chain[0]), chain
    if offer.role is Role.PDF_SIGNER:
        document = keys.document(offer.uri)
        key_fit.require(chain[0], document.public_key, at, Usage.SIGN_DOCUMENTS, uri=offer.uri)
    else:
        sealing = keys.sm2(offer.uri)
        key_fit.require(chain[0], sealing.public, at, Usage.SEAL, uri=offer.uri)
    key_chains.require_chain(ring, offer.role, chain, at)
    if offer.authority is not None:
        _require_holder(chain[0], offer.authority)
    if offer.seal is not None:
        key_chains.require_seal(ring, offer.seal, chain[0], at)
    return certificates.spki(chain[0]), chain


def public_half(role: Role, uri: str) -> bytes:
    """The public half of the key of that URI as its role uses it, SubjectPublicKeyInfo in DER."""
    if role.root is Role.SEAL_ROOT:
        return keys.sm2(uri).public.spki
    if role is Role.LOG_SIGNER:
        return _spki(keys.ed25519(uri).public_key)
    key = keys.document(uri) if role is Role.PDF_SIGNER else keys.p256(uri)
    return _spki(key.public_key)


def _spki(public_key: PublicKeyTypes) -> bytes:
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certificates(pem: bytes) -> tuple[bytes, ...]:
    if len(pem) > MAX_PEM_BYTES:
        raise CannotSign(f"the certificates are larger than {MAX_PEM_BYTES} bytes")
    try:
        return certificates.from_pem(pem)
    except MalformedCertificate as error:
        raise CannotSign(f"the certificate cannot be used: {error}") from error


def _require_holder(certificate: bytes, authority: str) -> None:
    """Raises CannotSign where a certificate does not name the authority: no verifier would know."""
    named = certificates.organisation_code(certificate)
    if named != authority:
        whose = f"that of {named}" if named else "without organizationIdentifier (2.5.4.97)"
        raise CannotSign(f"the certificate is {whose}, not that of {authority}")


def _require_unused(ring: KeyRing, spki: bytes) -> None:
    for one in ring.entries:
        if one.spki == spki:
            raise CannotSign(f"this key is in the ring already, as {one.id}; no key has two roles")


def _kept(
    file: RingFile,
    offer: Offer,
    spki: bytes,
    chain: tuple[bytes, ...],
    now: datetime,
    start: datetime,
) -> Entry:
    """The entry of what was offered, whose files are now in the folder."""
    stem = key_names.next_stem(file.folder, offer.role, offer.authority)
    _, certificate, seal = key_names.files(stem)
    parts = {certificate: b"".join(map(certificates.to_pem, chain)), seal: offer.seal or b""}
    (file.folder / certificate).parent.mkdir(mode=atomic.PRIVATE_FOLDER, exist_ok=True)
    for name, content in parts.items():
        if content:
            atomic.write(file.folder / name, content)
    return Entry(
        id=file.ring.next_id(offer.role, offer.authority),
        role=offer.role,
        authority=offer.authority,
        uri=offer.uri,
        certificate=certificate if chain else None,
        seal=seal if offer.seal is not None else None,
        public=public_pem(spki),
        created_at=now,
        active_from=start,
    )
