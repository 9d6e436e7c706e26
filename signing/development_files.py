"""The files of a development authority's keys: private key, certificate and seal of each role.

Everything is made below a stem (`signing.key_names`) within the folder; what is there already
stays. The newest active root certifies, and the newest active maker makes seals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing import atomic, certificates, file_keys, key_names, key_publication
from signing import development_chains as chains
from signing.development_chains import Authority, PdfChain, SealChain
from signing.errors import KeyUnavailable
from signing.key_entry import Entry, Role, State
from signing.key_ring import KeyRing, RingFile
from signing.libcrypto import Sm2PrivateKey


def make_pdf_root(file: RingFile, stem: str, now: datetime) -> None:
    """A new root of the PDF's chain, that certifies itself."""
    key = _p256_key(file.folder, stem)
    _certify(file.folder, stem, lambda: chains.pem(PdfChain.made(key, now).root))


def make_seal_root(file: RingFile, stem: str, now: datetime) -> None:
    """A new root of the seals' chain, that certifies itself."""
    key = _sm2_key(file.folder, stem)
    _certify(file.folder, stem, lambda: certificates.to_pem(SealChain.made(key, now).root))


def make_seal_maker(file: RingFile, stem: str, now: datetime) -> None:
    """Who makes seals."""
    point = _sm2_key(file.folder, stem).public.point
    chain = seal_chain(file.ring, now)
    _certify(file.folder, stem, lambda: certificates.to_pem(chain.maker(point, now)))


def make_p256(file: RingFile, stem: str, _now: datetime) -> None:
    """A key that nobody certifies, for codes, lists or receipts."""
    _p256_key(file.folder, stem)


def make_ed25519(file: RingFile, stem: str, _now: datetime) -> None:
    """The key that signs the log's checkpoints."""
    file_keys.ed25519(_key(file.folder, stem, new_ed25519))


MAKE: Final[Mapping[Role, Callable[[RingFile, str, datetime], None]]] = MappingProxyType(
    {
        Role.PDF_ROOT: make_pdf_root,
        Role.SEAL_ROOT: make_seal_root,
        Role.SEAL_MAKER: make_seal_maker,
        Role.CODE_SIGNER: make_p256,
        Role.LIST_SIGNER: make_p256,
        Role.RECEIPT_SIGNER: make_p256,
        Role.LOG_SIGNER: make_ed25519,
    }
)
"""How the files of the roles that belong to no authority are made; roots certify the others."""


def make_pdf_signer(file: RingFile, stem: str, authority: Authority, now: datetime) -> None:
    """What an authority signs PDFs with."""
    public = _p256_key(file.folder, stem).public_key()
    chain = pdf_chain(file.ring, now)
    _certify(file.folder, stem, lambda: chains.pem(chain.signer(public, authority, now)))


def make_seal_signer(file: RingFile, stem: str, authority: Authority, now: datetime) -> None:
    """What an authority seals with, and its seal."""
    point = _sm2_key(file.folder, stem).public.point
    chain = seal_chain(file.ring, now)
    _certify(file.folder, stem, lambda: certificates.to_pem(chain.signer(point, authority, now)))
    _, pem, seal = (file.folder / path for path in key_names.files(stem))
    if not seal.exists():
        (signer,) = certificates.from_pem(pem.read_bytes())
        atomic.write(seal, chains.seal(authority, signer, *_seal_maker(file.ring, now), now))


def restore(file: RingFile, now: datetime) -> None:
    """Certificates that got lost are made again; a key that got lost is named.

    Raises KeyUnavailable for it: a new one would not be the one that was certified or published.
    """
    for entry in living(file.ring, now):
        path = file.folder / (entry.uri or "")
        if not path.exists():
            raise KeyUnavailable(
                file_keys.uri_of(path), f"the ring has it as {entry.id}, but the key is gone"
            )
        MAKE[entry.role](file, (entry.uri or "").removesuffix(key_names.KEY), now)


def living(ring: KeyRing, now: datetime) -> Iterator[Entry]:
    """The keys in the folder that belong to no authority and sign now, or will."""
    for entry in ring.entries:
        signs = entry.state_at(now) in (State.ACTIVE, State.UPCOMING)
        if signs and entry.in_folder and not entry.role.of_an_authority:
            yield entry


def pdf_chain(ring: KeyRing, now: datetime) -> PdfChain:
    """The PDF root that certifies now; raises NoActiveKey, KeyUnavailable."""
    return pdf_chain_of(ring, ring.signing(Role.PDF_ROOT, None, now))


def pdf_chain_of(ring: KeyRing, root: Entry) -> PdfChain:
    """That PDF root with its key; raises KeyUnavailable, CannotSign where its key is elsewhere."""
    key = file_keys.p256_private(ring.uri(root))
    (certificate, *_) = key_publication.chain(ring.folder, root)
    return PdfChain(key, x509.load_der_x509_certificate(certificate))


def seal_chain(ring: KeyRing, now: datetime) -> SealChain:
    """The seal root that certifies now; raises NoActiveKey, KeyUnavailable."""
    return seal_chain_of(ring, ring.signing(Role.SEAL_ROOT, None, now))


def seal_chain_of(ring: KeyRing, root: Entry) -> SealChain:
    """That seal root with its key; raises as for PDF."""
    key = file_keys.sm2(ring.uri(root))
    return SealChain(key, key_publication.chain(ring.folder, root)[0])


def _seal_maker(ring: KeyRing, now: datetime) -> tuple[Sm2PrivateKey, bytes]:
    """The key of who makes seals now, and its certificate in DER."""
    entry = ring.signing(Role.SEAL_MAKER, None, now)
    return file_keys.sm2(ring.uri(entry)), key_publication.chain(ring.folder, entry)[0]


def _certify(folder: Path, stem: str, make: Callable[[], bytes]) -> None:
    path = folder / (stem + key_names.CERTIFICATE)
    if not path.exists():
        atomic.write(path, make())


def _p256_key(folder: Path, stem: str) -> ec.EllipticCurvePrivateKey:
    return file_keys.p256_private(_key(folder, stem, new_p256))


def _sm2_key(folder: Path, stem: str) -> Sm2PrivateKey:
    return file_keys.sm2(_key(folder, stem, new_sm2))


def _key(folder: Path, stem: str, make: Callable[[], bytes]) -> str:
    """The URI of the key below a stem, which is made if it is missing."""
    path = folder / (stem + key_names.KEY)
    uri = file_keys.uri_of(path)
    if not path.exists():
        if (folder / (stem + key_names.CERTIFICATE)).exists():
            raise KeyUnavailable(uri, "its certificate is there, but the key is gone")
        atomic.write(path, make())
    return uri


def new_p256() -> bytes:
    """A new P-256 key in unencrypted PKCS#8 PEM: a secret, for a file of mode 0600."""
    return certificates.new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_ed25519() -> bytes:
    """A new Ed25519 key in the same form."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_sm2() -> bytes:
    """A new SM2 key in the same form."""
    return Sm2PrivateKey.generate().to_pem()
