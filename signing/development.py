"""A development authority in a folder of keys, made on first use and worth nothing outside.

Nothing is overwritten: what is missing is made, each file whole or not at all and each authority's
folder whole or not at all. So whatever was killed in the middle, the next run completes it; and of
several processes at once one makes what the others then find.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing import atomic, certificates, file_keys
from signing import development_chains as chains
from signing import key_folder as names
from signing.development_chains import Authority, PdfChain, SealChain
from signing.errors import KeyUnavailable
from signing.key_folder import code_key, list_key, load_pdf_signer, load_seal_signer
from signing.libcrypto import Sm2PrivateKey

__all__ = [
    "code_key",
    "create_authorities",
    "create_signer",
    "list_key",
    "load_pdf_signer",
    "load_seal_signer",
    "refresh_crls",
]

CRL_REFRESHED_AFTER = timedelta(days=1)
"""Age from which `refresh_crls` makes a new list."""

_LOCK = ".lock"
_CERTIFIED = (names.PDF_ROOT, names.SEAL_ROOT, names.SEAL_MAKER)
_UNCERTIFIED = (names.CODE, names.STATUS_LIST)
_CRLS = (names.PDF_CRL, names.SEAL_CRL)


def create_authorities(folder: Path, now: datetime) -> None:
    """Makes what is missing of roots, seal maker, code key, status list key and CRLs.

    `now` is aware. Raises KeyUnavailable where a certificate is there but its key is not, since a
    new key would not be the one certified; OSError where the folder cannot be written.
    """
    if all(path.exists() for path in _whole(folder)):
        return
    with _making(folder):
        at = now.replace(microsecond=0)
        for role in _UNCERTIFIED:
            _p256_key(folder, role)
        _pdf_chain(folder, at)
        _seal_maker(folder, at)
        _write_crls(folder, at, lambda path: not path.exists())


def create_signer(
    folder: Path,
    name: str,
    uscc: str,
    picture: bytes,
    picture_mm: tuple[float, float],
    now: datetime,
) -> None:
    """Makes an authority's keys, certificates and seal, unless it has them already.

    `picture` is a PNG, `picture_mm` its width and height in mm, `now` aware. Raises CannotSign for
    a picture, name or USCC that cannot be, KeyUnavailable, OSError.
    """
    home = names.authority(folder, uscc)
    if home.is_dir():
        return
    create_authorities(folder, now)
    with _making(folder):
        if home.is_dir():
            return
        fresh = Path(tempfile.mkdtemp(prefix=atomic.TEMPORARY_PREFIX, dir=home.parent))
        try:
            authority = Authority(name, uscc, picture, picture_mm)
            _fill(fresh, folder, authority, now.replace(microsecond=0))
            fresh.rename(home)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        atomic.sync_folder(home.parent)


def refresh_crls(folder: Path, now: datetime) -> None:
    """Signs the revocation lists anew that are older than a day; what they revoke stays revoked.

    Raises KeyUnavailable without the roots, MalformedCertificate where a list is damaged: it cannot
    be replaced, for nobody would know any more what it revoked.
    """

    def due(path: Path) -> bool:
        issued = certificates.crl_issued_at(names.content(path))
        return now - issued >= CRL_REFRESHED_AFTER

    if any(due(folder / crl) for crl in _CRLS):
        with _making(folder):
            _write_crls(folder, now.replace(microsecond=0), due)


def _whole(folder: Path) -> Iterator[Path]:
    for role in (*_CERTIFIED, *_UNCERTIFIED):
        yield names.key_path(folder, role)
    for role in _CERTIFIED:
        yield names.certificate_path(folder, role)
    for crl in _CRLS:
        yield folder / crl


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """One process at a time makes something in the folder; what a killed one left is removed."""
    folder.mkdir(mode=atomic.PRIVATE_FOLDER, parents=True, exist_ok=True)
    with atomic.lock(folder / _LOCK):
        for part in (folder, (folder / names.PDF_CRL).parent, folder / names.AUTHORITIES):
            part.mkdir(mode=atomic.PRIVATE_FOLDER, exist_ok=True)
            for left in part.glob(f"{atomic.TEMPORARY_PREFIX}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _fill(home: Path, folder: Path, authority: Authority, now: datetime) -> None:
    """Writes all that an authority has into a folder that nobody else knows yet."""
    key = _p256_key(home, names.PDF_SIGNER)
    certificate = _pdf_chain(folder, now).signer(key.public_key(), authority, now)
    atomic.write(names.certificate_path(home, names.PDF_SIGNER), chains.pem(certificate))
    point = _sm2_key(home, names.SEAL_SIGNER).public.point
    signer = _seal_chain(folder, now).signer(point, authority, now)
    atomic.write(names.certificate_path(home, names.SEAL_SIGNER), certificates.to_pem(signer))
    maker_key, maker = _seal_maker(folder, now)
    atomic.write(home / names.SEAL, chains.seal(authority, signer, maker_key, maker, now))


def _pdf_chain(folder: Path, now: datetime) -> PdfChain:
    key = _p256_key(folder, names.PDF_ROOT)
    pem = _certificate(folder, names.PDF_ROOT, lambda: chains.pem(PdfChain.made(key, now).root))
    return PdfChain(key, x509.load_der_x509_certificate(certificates.from_pem(pem)[0]))


def _seal_chain(folder: Path, now: datetime) -> SealChain:
    key = _sm2_key(folder, names.SEAL_ROOT)
    pem = _certificate(
        folder, names.SEAL_ROOT, lambda: certificates.to_pem(SealChain.made(key, now).root)
    )
    return SealChain(key, certificates.from_pem(pem)[0])


def _seal_maker(folder: Path, now: datetime) -> tuple[Sm2PrivateKey, bytes]:
    """The key of who makes seals, and its certificate in DER."""
    chain, key = _seal_chain(folder, now), _sm2_key(folder, names.SEAL_MAKER)
    pem = _certificate(
        folder,
        names.SEAL_MAKER,
        lambda: certificates.to_pem(chain.maker(key.public.point, now)),
    )
    return key, certificates.from_pem(pem)[0]


def _write_crls(folder: Path, now: datetime, wanted: Callable[[Path], bool]) -> None:
    makers = (_pdf_chain(folder, now).crl, _seal_chain(folder, now).crl)
    for name, make in zip(_CRLS, makers, strict=True):
        path = folder / name
        if wanted(path):
            atomic.write(path, make(path.read_bytes() if path.exists() else None, now))


def _certificate(folder: Path, role: str, make: Callable[[], bytes]) -> bytes:
    path = names.certificate_path(folder, role)
    if not path.exists():
        atomic.write(path, make())
    return path.read_bytes()


def _p256_key(folder: Path, role: str) -> ec.EllipticCurvePrivateKey:
    return file_keys.p256_private(_key(folder, role, _new_p256))


def _sm2_key(folder: Path, role: str) -> Sm2PrivateKey:
    return file_keys.sm2(_key(folder, role, lambda: Sm2PrivateKey.generate().to_pem()))


def _key(folder: Path, role: str, make: Callable[[], bytes]) -> str:
    """The URI of a role's key, which is made if it is missing."""
    path = names.key_path(folder, role)
    uri = file_keys.uri_of(path)
    if not path.exists():
        if names.certificate_path(folder, role).exists():
            raise KeyUnavailable(uri, "its certificate is there, but the key is gone")
        atomic.write(path, make())
    return uri


def _new_p256() -> bytes:
    return certificates.new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
