"""openssl verifies both signatures against what `sealpress trust export` gives."""

import re
import ssl
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from .der_values import bits, children, content, first_value
from .issued import Issued
from .programs import need, run

pytestmark = pytest.mark.interop

SM2_ID = "distid:1234567812345678"
"""The default identity of GB/T 32918, which certificates and seals are signed with."""


@pytest.fixture(autouse=True)
def _openssl() -> None:
    need("openssl")


def pem(kind: str, der: Path, out: Path) -> Path:
    """Convert a certificate (`x509`) or a revocation list (`crl`) to PEM."""
    run("openssl", kind, "-inform", "DER", "-in", der, "-out", out)
    return out


# --- PDF: CAdES -----------------------------------------------------------------------------


def detached(pdf: bytes) -> tuple[bytes, bytes]:
    """The bytes that a PDF's one signature covers, and its CMS without the padding."""
    (found,) = re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    start, size, restart, resize = map(int, found.groups())
    assert start == 0
    assert restart + resize == len(pdf)
    hole = pdf[start + size : restart]
    assert (hole[:1], hole[-1:]) == (b"<", b">")
    return pdf[:size] + pdf[restart:], first_value(bytes.fromhex(hole[1:-1].decode()))


def verify_cms(signed: bytes, cms: bytes, trust: Path, folder: Path) -> str:
    """Ask openssl for its opinion of a detached CAdES signature, with revocation checked."""
    (folder / "signed.bin").write_bytes(signed)
    (folder / "cms.der").write_bytes(cms)
    crl = pem("crl", trust / "pdf.crl", folder / "crl.pem")
    # `openssl cms` has no option for a CRL file: it takes CRLs from the file of the roots.
    anchors = folder / "anchors.pem"
    anchors.write_text((trust / "pdf-root.pem").read_text() + crl.read_text())
    files = ("-in", folder / "cms.der", "-content", folder / "signed.bin", "-CAfile", anchors)
    options = ("-cades", "-binary", "-inform", "DER", "-purpose", "any", "-crl_check")
    done = run(
        *("openssl", "cms", "-verify", *options, *files, "-out", folder / "out.bin"),
        exit_codes=None,
    )
    return done.stderr


def test_the_cms_in_the_pdf_verifies_as_cades(
    certificate: Issued, trust: Path, tmp_path: Path
) -> None:
    signed, cms = detached(certificate.pdf.read_bytes())
    said = verify_cms(signed, cms, trust, tmp_path)
    assert "CAdES Verification successful" in said, said


def test_the_cms_does_not_verify_over_other_bytes(
    certificate: Issued, trust: Path, tmp_path: Path
) -> None:
    signed, cms = detached(certificate.pdf.read_bytes())
    said = verify_cms(signed + b"\n", cms, trust, tmp_path)
    assert "successful" not in said, said


def test_the_cms_does_not_verify_by_the_root_of_the_seals(
    certificate: Issued, trust: Path, tmp_path: Path
) -> None:
    signed, cms = detached(certificate.pdf.read_bytes())
    other = tmp_path / "other"
    other.mkdir()
    (other / "pdf-root.pem").write_bytes((trust / "seal-root.pem").read_bytes())
    (other / "pdf.crl").write_bytes((trust / "pdf.crl").read_bytes())
    said = verify_cms(signed, cms, other, tmp_path)
    assert "successful" not in said, said


# --- OFD: the seal's SM2 signatures ----------------------------------------------------------


@dataclass(frozen=True)
class Signed:
    """Bytes, an SM2 signature over them, and the certificate that it is to be checked with."""

    message: bytes
    signature: bytes
    certificate: bytes


def seal_signatures(ofd: Path) -> dict[str, Signed]:
    """The two signatures in SignedValue.dat: the signer's, and the maker's on the seal itself."""
    with zipfile.ZipFile(ofd) as package:
        (name,) = [n for n in package.namelist() if n.endswith("/SignedValue.dat")]
        to_sign, signer, _algorithm, signature = children(package.read(name))
    seal_info, maker, _algorithm, seal_signature = children(children(to_sign)[1])
    return {
        "signer": Signed(to_sign, bits(signature), content(signer)),
        "maker": Signed(seal_info, bits(seal_signature), content(maker)),
    }


def verify_sm2(signed: Signed, folder: Path) -> str:
    """Ask openssl for its opinion of one SM2 signature; gives what it said."""
    (folder / "message").write_bytes(signed.message)
    (folder / "signature").write_bytes(signed.signature)
    (folder / "certificate.der").write_bytes(signed.certificate)
    certificate = pem("x509", folder / "certificate.der", folder / "certificate.pem")
    key = folder / "key.pem"
    run("openssl", "x509", "-in", certificate, "-noout", "-pubkey", "-out", key)
    check = ("-verify", key, "-signature", folder / "signature", folder / "message")
    return run("openssl", "dgst", "-sm3", "-sigopt", SM2_ID, *check, exit_codes=(0, 1)).stdout


@pytest.mark.parametrize("whose", ["signer", "maker"])
def test_the_sm2_signature_in_the_seal_verifies(
    whose: str, certificate: Issued, tmp_path: Path
) -> None:
    assert "Verified OK" in verify_sm2(seal_signatures(certificate.ofd)[whose], tmp_path)


def test_the_sm2_signature_does_not_verify_over_other_bytes(
    certificate: Issued, tmp_path: Path
) -> None:
    signed = seal_signatures(certificate.ofd)["signer"]
    other = replace(signed, message=signed.message + b"\0")
    assert "Verified OK" not in verify_sm2(other, tmp_path)


@pytest.mark.parametrize("whose", ["signer", "maker"])
def test_the_sm2_certificate_chains_to_the_exported_root(
    whose: str, certificate: Issued, trust: Path, tmp_path: Path
) -> None:
    (tmp_path / "certificate.der").write_bytes(seal_signatures(certificate.ofd)[whose].certificate)
    leaf = pem("x509", tmp_path / "certificate.der", tmp_path / "certificate.pem")
    options = ("-vfyopt", SM2_ID, "-x509_strict", "-CAfile", trust / "seal-root.pem")
    assert run("openssl", "verify", *options, leaf).stdout.strip().endswith(": OK")


def test_the_root_signed_the_exported_list_of_revoked_seals(trust: Path, tmp_path: Path) -> None:
    """Apart from the chain, because openssl has no way to give a CRL's check the SM2 identity."""
    to_sign, _algorithm, signature = children((trust / "seal.crl").read_bytes())
    root = ssl.PEM_cert_to_DER_cert((trust / "seal-root.pem").read_text())
    assert "Verified OK" in verify_sm2(Signed(to_sign, bits(signature), root), tmp_path)
