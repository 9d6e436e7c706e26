"""What a verifier must have beforehand: roots, revocation lists, the keys of codes and lists.

The folder that `export` writes and `load` reads:

* `pdf-root.pem`, `seal-root.pem`: one certificate, or several while one root follows another;
* `tsa-root.pem`: if there are any, the roots of the time stamp authorities that are believed;
* `pdf.crl`, `seal.crl`, and `tsa.crl` if given: the revocation lists of those chains, DER, one
  behind the other where there are several;
* `code-keys.json`: the keys of codes, of status lists and of receipts, as `signing.jwk` writes
  them, the retired and the revoked among them;
* `log-key.txt` and `log-keys.json`: if there is a log, the keys of its checkpoints, see
  `signing.log_keys`;
* `status-list.jwt`: if given, the status list as it was when the folder was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from signing import atomic, certificates, der, jwk, jws
from signing.der_reader import Fields
from signing.errors import MalformedCertificate, MalformedDer, SigningError
from signing.jwk import PublishedKey, Purpose
from signing.p256 import key_id
from signing.signed_note import MalformedNote, NoteKey

PDF_ROOT = "pdf-root.pem"
SEAL_ROOT = "seal-root.pem"
CODE_KEYS = "code-keys.json"
PDF_CRL = "pdf.crl"
SEAL_CRL = "seal.crl"
TSA_ROOT = "tsa-root.pem"
TSA_CRL = "tsa.crl"
STATUS_LIST = "status-list.jwt"
LOG_KEY = "log-key.txt"
LOG_KEYS = "log-keys.json"

OPTIONAL = frozenset({TSA_ROOT, TSA_CRL, STATUS_LIST, LOG_KEY, LOG_KEYS})
"""The files that a trust folder may do without."""

MAX_FILE_BYTES = 4 << 20
"""Largest file read: the status list of a province's whole fleet, not compressible, has 2 MB."""

T = TypeVar("T")


class BrokenTrust(SigningError):
    """A file of the trust folder is missing or is not what it should be."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be used: {reason}")


@dataclass(frozen=True)
class TrustAnchors:
    """Roots and lists in DER, and public keys by their identifiers."""

    pdf_roots: tuple[bytes, ...]
    seal_roots: tuple[bytes, ...]
    pdf_crls: tuple[bytes, ...]
    seal_crls: tuple[bytes, ...]
    code_keys: Mapping[bytes, ec.EllipticCurvePublicKey]
    """By `kid` as it stands in a code; also those retired, and those revoked."""
    list_keys: Mapping[str, ec.EllipticCurvePublicKey]
    """By `kid` as it stands in a token: the same in base64url. None of them is revoked: a list says
    itself when it was made, so whoever has the key writes lists of any age."""
    receipt_keys: Mapping[str, ec.EllipticCurvePublicKey] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By `kid` as it stands in a token; none of them revoked, as for lists."""
    status_list: str | None = field(default=None, repr=False)
    """A signed status list that came along, not yet checked."""
    tsa_roots: tuple[bytes, ...] = ()
    """Roots of the time stamp authorities whose word on a moment is believed."""
    tsa_crls: tuple[bytes, ...] = ()
    revoked_keys: Mapping[bytes, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Since when (aware) a key of codes, by its `kid`, must be held to be in wrong hands."""
    log_keys: tuple[NoteKey, ...] = ()
    """The keys that sign the log's checkpoints; none of them revoked."""

    @property
    def crls(self) -> tuple[bytes, ...]:
        """The lists of both chains; each speaks for its own issuer only."""
        return self.pdf_crls + self.seal_crls


def of_keys(
    folder: Path,
    status_list: str | None = None,
    *,
    tsa_roots: tuple[bytes, ...] = (),
    tsa_crls: tuple[bytes, ...] = (),
    origin: str | None = None,
) -> TrustAnchors:
    """The anchors that belong to a folder of keys; raises KeyUnavailable, BrokenRing.

    No private key is touched: those who only verify need have none of them. Time stamp authorities
    are others' and stand in no folder of ours: their roots are given. So is the log's `origin`,
    None where its keys are not asked for.
    """
    from signing import key_publication, key_ring, log_keys
    from signing.key_entry import Role

    roles = {
        Role.CODE_SIGNER: Purpose.CODE,
        Role.LIST_SIGNER: Purpose.STATUS_LIST,
        Role.RECEIPT_SIGNER: Purpose.RECEIPT,
    }
    return of_published(
        (
            PublishedKey(purpose, one.public_key, one.revoked_at)
            for role, purpose in roles.items()
            for one in key_ring.verifying_keys(folder, role)
        ),
        pdf_roots=key_publication.roots(folder, Role.PDF_ROOT),
        seal_roots=key_publication.roots(folder, Role.SEAL_ROOT),
        pdf_crls=key_publication.revocation_lists(folder, Role.PDF_ROOT),
        seal_crls=key_publication.revocation_lists(folder, Role.SEAL_ROOT),
        tsa_roots=tsa_roots,
        tsa_crls=tsa_crls,
        status_list=status_list,
        log_keys=() if origin is None else log_keys.of_folder(folder, origin),
    )


def of_published(keys: Iterable[PublishedKey], **others: Any) -> TrustAnchors:
    """The anchors with these keys, in any order; `others` are the remaining fields.

    A key that is named twice is revoked if it is so once, and since the earlier moment.
    """
    by_purpose: dict[Purpose, dict[bytes, ec.EllipticCurvePublicKey]] = {}
    revoked: dict[bytes, datetime] = {}
    for purpose, key, revoked_at in keys:
        kid = key_id(key)
        by_purpose.setdefault(purpose, {})[kid] = key
        if revoked_at is not None:
            revoked[kid] = min(revoked_at, revoked.get(kid, revoked_at))
    codes = by_purpose.get(Purpose.CODE, {})
    lists, receipts = (
        {jwk.name(key): key for kid, key in by_purpose.get(one, {}).items() if kid not in revoked}
        for one in (Purpose.STATUS_LIST, Purpose.RECEIPT)
    )
    return TrustAnchors(
        code_keys=MappingProxyType(codes),
        list_keys=MappingProxyType(lists),
        receipt_keys=MappingProxyType(receipts),
        revoked_keys=MappingProxyType({kid: revoked[kid] for kid in codes if kid in revoked}),
        **others,
    )


def export(
    folder_of_keys: Path,
    out_dir: Path,
    status_list: str | None = None,
    *,
    tsa_roots: tuple[bytes, ...] = (),
    tsa_crls: tuple[bytes, ...] = (),
) -> None:
    """Writes the trust folder of a folder of keys; see `of_keys` and `write`."""
    anchors = of_keys(folder_of_keys, status_list, tsa_roots=tsa_roots, tsa_crls=tsa_crls)
    write(anchors, out_dir)


def files(anchors: TrustAnchors) -> dict[str, bytes]:
    """The files of a trust folder by their names; one of OPTIONAL that is not there is empty."""
    from signing import log_keys

    return {
        PDF_ROOT: b"".join(map(certificates.to_pem, anchors.pdf_roots)),
        SEAL_ROOT: b"".join(map(certificates.to_pem, anchors.seal_roots)),
        TSA_ROOT: b"".join(map(certificates.to_pem, anchors.tsa_roots)),
        PDF_CRL: b"".join(anchors.pdf_crls),
        SEAL_CRL: b"".join(anchors.seal_crls),
        TSA_CRL: b"".join(anchors.tsa_crls),
        CODE_KEYS: _json(jwk_set(anchors)),
        STATUS_LIST: (anchors.status_list or "").encode("ascii"),
        LOG_KEY: log_keys.text(anchors.log_keys),
        LOG_KEYS: log_keys.jwk_set(anchors.log_keys),
    }


def write(anchors: TrustAnchors, out_dir: Path) -> None:
    """Writes anchors as a trust folder, each file whole; nothing in it is secret, all may read it.

    What is not there is removed, if an earlier export left it; `load` tells whether it may be
    missing. Raises OSError.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    for name, content in files(anchors).items():
        if content:
            atomic.write(out_dir / name, content, atomic.PUBLIC_FILE)
        elif name != STATUS_LIST:  # a list that is older is better than none
            (out_dir / name).unlink(missing_ok=True)


def load(folder: Path) -> TrustAnchors:
    """The anchors of an exported folder; raises BrokenTrust, naming the file and what is wrong.

    That a status list came along does not make it trusted: its signature is not checked here.
    """
    return of_published(
        _read(folder / CODE_KEYS, _keys),
        pdf_roots=_read(folder / PDF_ROOT, certificates.from_pem),
        seal_roots=_read(folder / SEAL_ROOT, certificates.from_pem),
        pdf_crls=_read(folder / PDF_CRL, _crls),
        seal_crls=_read(folder / SEAL_CRL, _crls),
        tsa_roots=_read_if_there(folder / TSA_ROOT, certificates.from_pem) or (),
        tsa_crls=_read_if_there(folder / TSA_CRL, _crls) or (),
        status_list=_read_if_there(folder / STATUS_LIST, _token),
        log_keys=_read_if_there(folder / LOG_KEY, _log_keys) or (),
    )


def time_stamp_authorities(
    roots: Path | None, crls: Path | None
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Roots and lists (DER) of time stamp authorities, from files in the form of a trust folder's.

    Raises BrokenTrust, naming the file and what is wrong.
    """
    return (
        () if roots is None else _read(roots, certificates.from_pem),
        () if crls is None else _read(crls, _crls),
    )


def jwk_set(anchors: TrustAnchors) -> dict[str, list[dict[str, str | int]]]:
    """The keys of codes, status lists and receipts as a JWK set, for publishing."""
    codes = (
        PublishedKey(Purpose.CODE, key, anchors.revoked_keys.get(kid))
        for kid, key in anchors.code_keys.items()
    )
    lists = (PublishedKey(Purpose.STATUS_LIST, key) for key in anchors.list_keys.values())
    receipts = (PublishedKey(Purpose.RECEIPT, key) for key in anchors.receipt_keys.values())
    return jwk.write_set((*codes, *lists, *receipts))


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _read(path: Path, make: Callable[[bytes], T]) -> T:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BrokenTrust(path, error.strerror or "it cannot be read") from error
    if len(content) > MAX_FILE_BYTES:
        raise BrokenTrust(path, f"it is larger than {MAX_FILE_BYTES} bytes")
    try:
        return make(content)
    except (MalformedCertificate, MalformedDer, MalformedNote, ValueError) as error:
        raise BrokenTrust(path, str(error)) from error


def _read_if_there(path: Path, make: Callable[[bytes], T]) -> T | None:
    return _read(path, make) if path.exists() else None


def _crls(content: bytes) -> tuple[bytes, ...]:
    """Revocation lists in DER, one behind the other, at least one."""
    fields, found = Fields(content, 0), list[bytes]()
    while fields.more() or not found:
        found.append(fields.take(der.SEQUENCE).raw)
        certificates.crl_issued_at(found[-1])
    return tuple(found)


def _log_keys(content: bytes) -> tuple[NoteKey, ...]:
    from signing import log_keys

    return log_keys.read(content)


def _token(content: bytes) -> str:
    return content.decode("ascii").strip()


def _keys(content: bytes) -> tuple[PublishedKey, ...]:
    keys = jwk.read_set(content)
    for purpose in (Purpose.CODE, Purpose.STATUS_LIST):  # receipts came later
        if not any(published.purpose is purpose for published in keys):
            raise jws.Malformed(f"it holds no key of the purpose {purpose}")
    return keys
