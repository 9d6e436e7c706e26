"""What a verifier must have beforehand: roots, revocation lists, the keys of codes and lists.

The folder that `export` writes and `load` reads:

* `pdf-root.pem`, `seal-root.pem`: one certificate, or several while one root follows another;
* `pdf.crl`, `seal.crl`: the roots' revocation lists, DER;
* `code-keys.json`: the keys of codes and of status lists, as `signing.jwk` writes them;
* `status-list.jwt`: if given, the status list as it was when the folder was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from signing import atomic, certificates, jwk, jws
from signing.errors import MalformedCertificate, SigningError
from signing.jwk import Purpose
from signing.p256 import key_id

PDF_ROOT = "pdf-root.pem"
SEAL_ROOT = "seal-root.pem"
CODE_KEYS = "code-keys.json"
PDF_CRL = "pdf.crl"
SEAL_CRL = "seal.crl"
STATUS_LIST = "status-list.jwt"

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
    """By `kid` as it stands in a code."""
    list_keys: Mapping[str, ec.EllipticCurvePublicKey]
    """By `kid` as it stands in a token: the same in base64url."""
    status_list: str | None = field(default=None, repr=False)
    """A signed status list that came along, not yet checked."""

    @property
    def crls(self) -> tuple[bytes, ...]:
        """The lists of both chains; each speaks for its own issuer only."""
        return self.pdf_crls + self.seal_crls


def of_keys(folder: Path, status_list: str | None = None) -> TrustAnchors:
    """The anchors that belong to a folder of keys; raises KeyUnavailable, MalformedCertificate."""
    from signing import key_folder  # brings all of signing along, which reading does without

    content = key_folder.content
    code, listed = key_folder.code_key(folder), key_folder.list_key(folder)
    roots = [
        certificates.from_pem(content(key_folder.certificate_path(folder, role)))
        for role in (key_folder.PDF_ROOT, key_folder.SEAL_ROOT)
    ]
    return TrustAnchors(
        pdf_roots=roots[0],
        seal_roots=roots[1],
        pdf_crls=(content(folder / key_folder.PDF_CRL),),
        seal_crls=(content(folder / key_folder.SEAL_CRL),),
        code_keys=MappingProxyType({code.kid: code.public_key}),
        list_keys=MappingProxyType({jwk.name(listed.public_key): listed.public_key}),
        status_list=status_list,
    )


def export(folder_of_keys: Path, out_dir: Path, status_list: str | None = None) -> None:
    """Writes the trust folder, each file whole; it holds nothing secret and all may read it.

    Raises KeyUnavailable, MalformedCertificate, OSError.
    """
    anchors = of_keys(folder_of_keys)
    out_dir.mkdir(parents=True, exist_ok=True)
    files = {
        PDF_ROOT: b"".join(map(certificates.to_pem, anchors.pdf_roots)),
        SEAL_ROOT: b"".join(map(certificates.to_pem, anchors.seal_roots)),
        PDF_CRL: anchors.pdf_crls[0],
        SEAL_CRL: anchors.seal_crls[0],
        CODE_KEYS: _json(jwk_set(anchors)),
    }
    if status_list is not None:
        files[STATUS_LIST] = status_list.encode("ascii")
    for name, content in files.items():
        atomic.write(out_dir / name, content, atomic.PUBLIC_FILE)


def load(folder: Path) -> TrustAnchors:
    """The anchors of an exported folder; raises BrokenTrust, naming the file and what is wrong.

    That a status list came along does not make it trusted: its signature is not checked here.
    """
    keys = _read(folder / CODE_KEYS, _keys)
    status_list = folder / STATUS_LIST
    return TrustAnchors(
        pdf_roots=_read(folder / PDF_ROOT, certificates.from_pem),
        seal_roots=_read(folder / SEAL_ROOT, certificates.from_pem),
        pdf_crls=_read(folder / PDF_CRL, _crl),
        seal_crls=_read(folder / SEAL_CRL, _crl),
        code_keys=MappingProxyType({key_id(key): key for key in keys[Purpose.CODE]}),
        list_keys=MappingProxyType({jwk.name(key): key for key in keys[Purpose.STATUS_LIST]}),
        status_list=_read(status_list, _token) if status_list.exists() else None,
    )


def jwk_set(anchors: TrustAnchors) -> dict[str, list[dict[str, str]]]:
    """The keys of codes and status lists as a JWK set, for publishing."""
    codes = ((Purpose.CODE, key) for key in anchors.code_keys.values())
    lists = ((Purpose.STATUS_LIST, key) for key in anchors.list_keys.values())
    return jwk.write_set((*codes, *lists))


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
    except (MalformedCertificate, ValueError) as error:
        raise BrokenTrust(path, str(error)) from error


def _crl(content: bytes) -> tuple[bytes]:
    certificates.crl_issued_at(content)
    return (content,)


def _token(content: bytes) -> str:
    return content.decode("ascii").strip()


def _keys(content: bytes) -> dict[Purpose, list[ec.EllipticCurvePublicKey]]:
    found: dict[Purpose, list[ec.EllipticCurvePublicKey]] = {purpose: [] for purpose in Purpose}
    for purpose, key in jwk.read_set(content):
        found[purpose].append(key)
    for purpose, keys in found.items():
        if not keys:
            raise jws.Malformed(f"it holds no key of the purpose {purpose}")
    return found
