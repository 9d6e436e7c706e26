"""ofdrw's picture of the OFD and pdfium's picture of the PDF show the same certificate.

The bounds lie between two measured things: what two rasterisers make of the same page (mean 1.3,
worst block 15: the code, whose image one samples and the other averages), and the least change of
a value that a person would notice (worst block 20: 大 that became 人, or a seal 0.1 mm off). The
controls below hold the bounds to the second.
"""

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from .altered_ofd import SIGNATURE, copied, erase, exchange, with_text_objects
from .asking_ofdrw import Ofdrw
from .issued import Issued
from .pictures import MILLIMETRES_PER_INCH, PAGE, Difference, Pictures, difference, show, stronger

pytestmark = pytest.mark.interop

MEAN_BOUND = 2.0
WORST_BOUND = 17.0
"""Steps of 256: see above."""

LONG = "04-rare-characters-long-text"
"""The sample with the smallest print and the fullest page."""


def compared(certificate: Issued, ofd: Path, pictures: Pictures) -> Difference:
    """The PDF of a certificate against some OFD."""
    return difference(pictures.smooth(certificate.pdf), pictures.smooth(ofd))


def test_both_pages_have_the_size_of_a4(certificate: Issued, ofdrw: Ofdrw) -> None:
    info = ofdrw.info(certificate.ofd)
    document = pypdfium2.PdfDocument(certificate.pdf)
    try:
        points = document[0].get_size()
    finally:
        document.close()
    assert (info["width"], info["height"]) == PAGE
    assert [p * MILLIMETRES_PER_INCH / 72 for p in points] == pytest.approx(PAGE, abs=0.001)


def test_both_files_show_the_same(certificate: Issued, pictures: Pictures) -> None:
    pdf, ofd = pictures.smooth(certificate.pdf), pictures.smooth(certificate.ofd)
    found = difference(pdf, ofd)
    show(certificate.answer["number"], pdf, ofd, stronger(found.picture))
    assert found.mean <= MEAN_BOUND
    assert found.worst <= WORST_BOUND, f"at {found.where} mm from the top left"


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("number", "0", "8"),
        ("factory_number", "6", "8"),
        ("factory_number", "8", "0"),
        ("model", "1", "7"),
        ("project_name", "2", "3"),
        ("project_name", "5", "6"),
        ("project_address", "大", "人"),
        ("construction_permit_number", "3", "2"),
        ("installed_on", "1", "0"),
        ("issued_on", "3", "1"),
    ],
)
def test_one_changed_character_would_be_seen(
    key: str,
    old: str,
    new: str,
    certificates: dict[str, Issued],
    pictures: Pictures,
    tmp_path: Path,
) -> None:
    certificate = certificates[LONG]
    value = certificate.printed()[key]
    ofd = with_text_objects(certificate.ofd, tmp_path / "a.ofd", value, exchange(old, new))
    assert compared(certificate, ofd, pictures).worst > WORST_BOUND


@pytest.mark.parametrize("key", ["project_manager", "inspected_on", "issued_on"])
def test_a_missing_value_would_be_seen(
    key: str, certificates: dict[str, Issued], pictures: Pictures, tmp_path: Path
) -> None:
    certificate = certificates[LONG]
    value = certificate.printed()[key]
    ofd = with_text_objects(certificate.ofd, tmp_path / "a.ofd", value, erase)
    assert compared(certificate, ofd, pictures).worst > WORST_BOUND


def test_a_seal_half_a_millimetre_off_would_be_seen(
    certificates: dict[str, Issued], pictures: Pictures, tmp_path: Path
) -> None:
    certificate = certificates[LONG]

    def moved(name: str, data: bytes) -> bytes:
        if name != SIGNATURE:
            return data
        head, box, tail = data.partition(b' Boundary="')
        assert box
        left, rest = tail.split(b" ", 1)
        return head + box + f"{float(left) + 0.5} ".encode() + rest

    ofd = copied(certificate.ofd, tmp_path / "a.ofd", moved)
    assert compared(certificate, ofd, pictures).worst > WORST_BOUND


def test_a_page_a_fifth_of_a_millimetre_off_would_be_seen(
    certificates: dict[str, Issued], pictures: Pictures
) -> None:
    certificate = certificates[LONG]
    picture = pictures.smooth(certificate.ofd)
    one_pixel_right = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, -1, 0, 1, 0))
    found = difference(pictures.smooth(certificate.pdf), one_pixel_right)
    assert found.mean > MEAN_BOUND
