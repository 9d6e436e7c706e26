"""Poppler and qpdf accept the PDF; Poppler, pypdf and pdfium read every value back from it."""

from pathlib import Path

import pypdf
import pypdfium2
import pytest

from .issued import Issued
from .programs import need, run

pytestmark = pytest.mark.interop


@pytest.fixture(scope="session")
def nss(trust: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An NSS data base that trusts our exported root and nothing else."""
    need("certutil")
    folder = tmp_path_factory.mktemp("nss")
    run("certutil", "-N", "-d", folder, "--empty-password")
    root = ("-n", "sealpress", "-t", ",C,", "-i", trust / "pdf-root.pem")
    run("certutil", "-A", "-d", folder, *root)
    return folder


def test_pdfsig_finds_the_signature_valid_and_covering_the_whole_file(
    certificate: Issued,
) -> None:
    need("pdfsig")
    said = run("pdfsig", "-nocert", certificate.pdf).stdout
    assert said.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "Not total document signed" not in said
    assert "ETSI.CAdES.detached" in said


def test_pdfsig_trusts_the_signer_by_the_exported_root(certificate: Issued, nss: Path) -> None:
    need("pdfsig")
    # Not with -no-ocsp: then pdfsig 22.12 calls every chain that NSS accepts an unknown issue.
    said = run("pdfsig", "-nssdir", nss, certificate.pdf).stdout
    assert "Certificate Validation: Certificate is Trusted." in said


def test_pdfsig_sees_a_changed_bit(certificate: Issued, tmp_path: Path) -> None:
    need("pdfsig")
    data = bytearray(certificate.pdf.read_bytes())
    data[100] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data)
    said = run("pdfsig", "-nocert", changed, exit_codes=None).stdout
    assert "Signature is Valid" not in said


def test_qpdf_finds_nothing_to_complain_about(certificate: Issued) -> None:
    need("qpdf")
    done = run("qpdf", "--check", certificate.pdf)
    assert "No syntax or stream encoding errors found" in done.stdout
    assert "WARNING" not in done.stdout + done.stderr


def test_pdftotext_reads_every_value(certificate: Issued) -> None:
    need("pdftotext")
    text = run("pdftotext", "-raw", "-enc", "UTF-8", certificate.pdf, "-").stdout
    assert certificate.missing_from(text) == []


def test_pypdf_reads_every_value(certificate: Issued) -> None:
    page = pypdf.PdfReader(certificate.pdf).pages[0]
    assert certificate.missing_from(page.extract_text()) == []


def test_pdfium_reads_every_value(certificate: Issued) -> None:
    document = pypdfium2.PdfDocument(certificate.pdf)
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    assert certificate.missing_from(text) == []
