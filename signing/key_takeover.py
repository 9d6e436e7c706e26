"""Folders of keys from before there was a ring: the entries that their files stand for.

Only what is whole is taken: a certificate, with its key and seal where its role needs them. The
public half comes from the certificate, so the keys of certified roles are not even opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing import certificates, file_keys, key_names
from signing.errors import KeyUnavailable, MalformedCertificate
from signing.key_entry import USCC, Entry, Role, public_pem

_ROOTS = (Role.PDF_ROOT, Role.SEAL_ROOT)


def found(folder: Path) -> tuple[Entry, ...]:
    """The entries of what has the fixed names in that folder; none where there is nothing.

    Raises KeyUnavailable for a key of codes or lists that cannot be read, and for a certificate
    that is none.
    """
    entries = (entry(folder, role, authority) for role, authority in _places(folder))
    return tuple(one for one in entries if one is not None)


def entry(
    folder: Path, role: Role, authority: str | None, made_at: datetime | None = None
) -> Entry | None:
    """The entry of the first key of a role, None where something of it is missing.

    `made_at` is when it was made; where it is not known, its certificate or file tells.
    """
    key, certificate, seal = key_names.files(key_names.stem(role, authority))
    has_key, has_certificate = (folder / key).exists(), (folder / certificate).exists()
    if not (has_certificate if role in _ROOTS else has_key):
        return None
    if role.certified and not has_certificate:
        return None
    if role is Role.SEAL_SIGNER and not (folder / seal).exists():
        return None
    found = of_files(folder, key_names.stem(role, authority), role, authority, made_at)
    first = f"{role}-{authority}-1" if authority else f"{role}-1"
    return replace(found, id=first, uri=key if has_key else None)


def of_files(
    folder: Path, stem: str, role: Role, authority: str | None, made_at: datetime | None = None
) -> Entry:
    """The entry of the files below a stem, all of which are there; its id is yet to be given."""
    key, certificate, seal = key_names.files(stem)
    if role.certified:
        public, since = _of_certificate(folder / certificate)
    else:
        public, since = _of_key(folder / key, role)
    return Entry(
        id=str(role),
        role=role,
        authority=authority,
        uri=key,
        certificate=certificate if role.certified else None,
        seal=seal if role is Role.SEAL_SIGNER else None,
        public=public,
        created_at=made_at or since,
        active_from=made_at or since,
    )


def _places(folder: Path) -> Iterator[tuple[Role, str | None]]:
    for role in Role:
        if not role.of_an_authority:
            yield role, None
    homes = folder / key_names.AUTHORITIES
    for home in sorted(homes.iterdir()) if homes.is_dir() else ():
        if USCC.fullmatch(home.name):
            yield Role.PDF_SIGNER, home.name
            yield Role.SEAL_SIGNER, home.name


def _of_certificate(path: Path) -> tuple[str, datetime]:
    """The certified key, and from when on."""
    try:
        (certificate, *_) = certificates.from_pem(path.read_bytes())
        return public_pem(certificates.spki(certificate)), certificates.period(certificate)[0]
    except MalformedCertificate as error:
        raise KeyUnavailable(file_keys.uri_of(path), f"its certificate: {error}") from error
    except OSError as error:
        raise KeyUnavailable(file_keys.uri_of(path), error.strerror or "unreadable") from None


def _of_key(path: Path, role: Role) -> tuple[str, datetime]:
    """The public half of a key that nobody certifies, and when its file was written."""
    uri = file_keys.uri_of(path)
    key = file_keys.ed25519(uri) if role is Role.LOG_SIGNER else file_keys.p256(uri)
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    except OSError as error:
        raise KeyUnavailable(file_keys.uri_of(path), error.strerror or "unreadable") from None
    spki = key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public_pem(spki), written
