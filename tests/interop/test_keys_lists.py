"""Revocation lists and requests as openssl reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from signing import certificate_request, certificates, development, key_changes, key_ring
from signing.key_entry import Role
from signing.libcrypto import Sm2PrivateKey

from .programs import need, run

pytestmark = pytest.mark.interop

NAME, USCC = "南宁市住房和城乡建设局", "11450100MB0000001Q"
NOW = datetime.now(UTC).replace(microsecond=0)
UNSAFE_FROM = NOW - timedelta(days=3)
SM2_IDENTITY = "distid:1234567812345678"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """An authority whose two signers are revoked, unsafe for three days."""
    need("openssl")
    picture = tmp_path / "seal.png"
    Image.new("RGBA", (16, 16), (200, 0, 0, 100)).save(picture)
    folder = tmp_path / "keys"
    made = NOW - timedelta(days=10)
    development.create_signer(folder, NAME, USCC, picture.read_bytes(), (42, 42), made)
    for role in (Role.PDF_SIGNER, Role.SEAL_SIGNER):
        (entry,) = key_ring.load(folder).of(role, USCC)
        key_changes.revoke(folder, entry.id, "keyCompromise", UNSAFE_FROM, NOW)
    return folder


@pytest.mark.parametrize("chain", ["pdf", "seal"])
def test_openssl_reads_what_a_list_says(keys: Path, chain: str) -> None:
    said = run("openssl", "crl", "-inform", "DER", "-in", keys / f"crls/{chain}.crl", "-noout",
               "-text").stdout  # fmt: skip
    for words in ("Key Compromise", "Invalidity Date", "2.5.29.60", "X509v3 CRL Number"):
        assert words in said
    assert f"{UNSAFE_FROM:%H:%M:%S %Y} GMT" in said
    assert f"{NOW:%H:%M:%S %Y} GMT" in said


def test_openssl_agrees_that_the_pdf_signer_is_revoked(keys: Path) -> None:
    root, signer = keys / "pdf-root.pem", keys / f"authorities/{USCC}/pdf.pem"
    pem = keys.parent / "pdf-crl.pem"
    run("openssl", "crl", "-inform", "DER", "-in", keys / "crls/pdf.crl", "-out", pem)
    run("openssl", "verify", "-CAfile", root, signer)
    done = run("openssl", "verify", "-crl_check", "-CRLfile", pem, "-CAfile", root, signer,
               exit_codes=None)  # fmt: skip
    assert done.returncode != 0
    assert "certificate revoked" in done.stdout + done.stderr


def test_openssl_verifies_the_signature_of_the_pdf_roots_list(keys: Path) -> None:
    """Its `crl` has no option for the identity that an SM2 signature needs."""
    done = run("openssl", "crl", "-inform", "DER", "-in", keys / "crls/pdf.crl", "-noout",
               "-CAfile", keys / "pdf-root.pem")  # fmt: skip
    assert "verify OK" in done.stdout + done.stderr


@pytest.mark.parametrize("role", [Role.PDF_SIGNER, Role.SEAL_SIGNER])
def test_openssl_accepts_a_request(tmp_path: Path, role: Role) -> None:
    need("openssl")
    path, csr = tmp_path / "own.key", tmp_path / "own.csr"
    sm2 = role is Role.SEAL_SIGNER
    path.write_bytes(Sm2PrivateKey.generate().to_pem() if sm2 else _p256())
    path.chmod(0o600)
    csr.write_bytes(certificate_request.make(role, path.as_uri(), NAME, USCC))
    options = ("-vfyopt", SM2_IDENTITY) if sm2 else ()
    done = run("openssl", "req", "-in", csr, "-noout", "-verify", "-subject", "-nameopt", "utf8",
               *options)  # fmt: skip
    said = done.stdout + done.stderr
    assert "verify OK" in said
    assert f"organizationIdentifier={USCC}" in said
    assert f"CN={NAME}" in said


def _p256() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = certificates.new_key()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
