"""A certificate authority of somebody else, for the tests of keys in production: what it hands out.

It is made of the pieces of the development authority, but keeps its keys to itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, development_chains, sm2_certificates
from signing.development_chains import Authority, PdfChain, SealChain
from signing.libcrypto import Sm2PrivateKey

DAY = timedelta(days=1)


class Ceremony:
    """Roots of both chains and a seal maker; `at` is when it was founded."""

    def __init__(self, folder: Path, name: str, uscc: str, picture: bytes) -> None:
        self.folder, self.at = folder, datetime.now(UTC).replace(microsecond=0) - DAY
        self.authority = Authority(name, uscc, picture, (42, 42))
        self.pdf = PdfChain.made(certificates.new_key(), self.at)
        self.seal = SealChain.made(Sm2PrivateKey.generate(), self.at)
        self.maker_key = Sm2PrivateKey.generate()
        self.maker = self.seal.maker(self.maker_key.public.point, self.at)
        self._keep("pdf-root.pem", self.pdf.root.public_bytes(Encoding.PEM))
        self._keep("seal-root.pem", certificates.to_pem(self.seal.root))

    def certify_pdf(self, csr: Path) -> Path:
        """The certificate that a request for a PDF signer is answered with."""
        request = x509.load_pem_x509_csr(csr.read_bytes())
        assert request.is_signature_valid
        key = request.public_key()
        made = self.pdf.signer(key, self.authority, self.at)  # type: ignore[arg-type]
        return self._keep(f"{csr.stem}.pem", development_chains.pem(made))

    def certify_seal(self, csr: Path) -> tuple[Path, Path]:
        """The certificate and the seal that a request for a seal signer is answered with."""
        der = x509.load_pem_x509_csr(csr.read_bytes()).public_bytes(Encoding.DER)
        start = der.index(b"\x03\x42\x00\x04") + 3  # the point in its BIT STRING of 66 bytes
        made = self.seal.signer(der[start : start + 65], self.authority, self.at)
        seal = development_chains.seal(self.authority, made, self.maker_key, self.maker, self.at)
        assert sm2_certificates.parse(made)
        certificate = self._keep(f"{csr.stem}.pem", certificates.to_pem(made))
        return certificate, self._keep(f"{csr.stem}.esl", seal)

    def lists(self, *serials: int) -> tuple[Path, Path]:
        """The revocation lists of both chains, with these numbers on that of the PDFs."""
        now = datetime.now(UTC).replace(microsecond=0)
        revoked = [certificates.Revocation(serial, now - DAY) for serial in serials]
        return (
            self._keep("pdf.crl", self.pdf.crl(None, revoked, now)),
            self._keep("seal.crl", self.seal.crl(None, (), now)),
        )

    def _keep(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path
