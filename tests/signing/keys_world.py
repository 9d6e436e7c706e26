"""Folders of keys that the tests of a key's life share: whole ones, made anew for each test."""

from __future__ import annotations

from datetime import timedelta

import p256_world as world
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from signing import (
    certificates,
    development,
    development_chains,
    key_import,
    key_ring,
    sm2_certificates,
)
from signing.development_chains import Authority, PdfChain, SealChain
from signing.key_entry import Role
from signing.libcrypto import Sm2PrivateKey

NOW = world.NOW
DAY = timedelta(days=1)
USCC = world.USCC
AUTHORITY = Authority(world.AUTHORITY, USCC, world.picture(), (42, 42))


def developed(folder):
    """A folder with a development authority and one that issues."""
    development.create_signer(
        folder, world.AUTHORITY, USCC, world.picture(), (42, 42), NOW - 10 * DAY
    )
    return folder


def one(folder, role, authority=None):
    """The only entry of a role."""
    (entry,) = key_ring.load(folder).of(Role(role), authority)
    return entry


def key_file(folder, name, key, passphrase=None):
    """A private key in a file, named by URI."""
    path = folder / name
    if isinstance(key, Sm2PrivateKey):
        path.write_bytes(key.to_pem())
    else:
        kept = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept))
    path.chmod(0o600)
    return path.as_uri()


class Ceremony:
    """A certificate authority of somebody else, and what it hands out."""

    def __init__(self, at=NOW - DAY):
        self.at = at
        self.pdf = PdfChain.made(certificates.new_key(), at)
        self.seal = SealChain.made(Sm2PrivateKey.generate(), at)
        self.maker_key = Sm2PrivateKey.generate()
        self.maker = self.seal.maker(self.maker_key.public.point, at)

    def pdf_certificate(self, public_key, uscc=USCC, at=None):
        authority = Authority(AUTHORITY.name, uscc, b"", (42, 42))
        return development_chains.pem(self.pdf.signer(public_key, authority, at or self.at))

    def seal_certificate(self, point, uscc=USCC, at=None):
        authority = Authority(AUTHORITY.name, uscc, b"", (42, 42))
        return certificates.to_pem(self.seal.signer(point, authority, at or self.at))

    def seal_of(self, certificate):
        (signer,) = certificates.from_pem(certificate)
        return development_chains.seal(AUTHORITY, signer, self.maker_key, self.maker, self.at)

    def roots(self):
        """The roots as they are handed out: PEM."""
        pem = self.pdf.root.public_bytes(Encoding.PEM)
        return {Role.PDF_ROOT: pem, Role.SEAL_ROOT: certificates.to_pem(self.seal.root)}

    def bring_roots(self, folder):
        for role, pem in self.roots().items():
            bring(folder, role, certificate=pem)

    def pdf_list(self, *serials, at=NOW):
        revoked = [certificates.Revocation(serial, at) for serial in serials]
        return self.pdf.crl(None, revoked, at)

    def seal_list(self, *serials, at=NOW):
        revoked = [certificates.Revocation(serial, at) for serial in serials]
        return self.seal.crl(None, revoked, at)


def bring(folder, role, authority=None, *, uri=None, certificate=None, seal=None, **how):
    """Imports a key as the command does."""
    offer = key_import.Offer(Role(role), authority, uri, certificate, seal)
    since, now = how.get("since", NOW), how.get("now", NOW)
    return key_import.bring_in(folder, offer, since, now, succeed=how.get("succeed", False))


def serial(pem):
    return x509.load_pem_x509_certificate(pem).serial_number


def sm2_list(folder, name="seal.crl"):
    return sm2_certificates.parse_crl((folder / "crls" / name).read_bytes())
