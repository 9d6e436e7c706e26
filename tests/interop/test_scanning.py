"""A scanner reads the code from the printed page, and what it reads verifies."""

import io
from pathlib import Path

import pytest
from PIL import Image

from .issued import CommandLine, Issued
from .pictures import Pictures
from .programs import need, run

pytestmark = pytest.mark.interop

PRINTED_AND_SCANNED = [300, 150]
"""Dots per inch: an office printer's page scanned well, and scanned in a hurry."""

JPEG_QUALITY = 40
"""What messengers make of a photograph."""


def scanned(picture: Image.Image, folder: Path) -> str:
    """What zbar reads from a picture after JPEG has been at it."""
    need("zbarimg")
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    (folder / "page.jpg").write_bytes(jpeg.getvalue())
    done = run("zbarimg", "--quiet", "--raw", folder / "page.jpg", exit_codes=(0, 4))
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("dpi", PRINTED_AND_SCANNED)
def test_the_code_is_read_from_poppler_s_picture_of_the_pdf(
    dpi: int, certificate: Issued, tmp_path: Path
) -> None:
    need("pdftoppm")
    run("pdftoppm", "-r", str(dpi), "-singlefile", certificate.pdf, tmp_path / "page")
    with Image.open(tmp_path / "page.ppm") as picture:
        assert scanned(picture, tmp_path) == certificate.verify_url


@pytest.mark.parametrize("dpi", PRINTED_AND_SCANNED)
def test_the_code_is_read_from_pdfium_s_picture_of_the_pdf(
    dpi: int, certificate: Issued, pictures: Pictures, tmp_path: Path
) -> None:
    picture = pictures.of_pdf(certificate.pdf, dpi)
    assert scanned(picture, tmp_path) == certificate.verify_url


@pytest.mark.parametrize("dpi", PRINTED_AND_SCANNED)
def test_the_code_is_read_from_ofdrw_s_picture_of_the_ofd(
    dpi: int, certificate: Issued, pictures: Pictures, tmp_path: Path
) -> None:
    picture = pictures.of_ofd(certificate.ofd, dpi)
    assert scanned(picture, tmp_path) == certificate.verify_url


@pytest.mark.parametrize("options", [[], ["--offline"]], ids=["online", "offline"])
def test_the_address_in_the_code_verifies(
    options: list[str], certificate: Issued, sealpress: CommandLine
) -> None:
    done = sealpress.run("verify", certificate.verify_url, *options)
    assert done.returncode == 0, done.stdout + done.stderr
