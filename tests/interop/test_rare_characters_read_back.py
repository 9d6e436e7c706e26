"""Every character beyond U+FFFF that can be drawn can be read back, from both formats."""

import io
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from renderer import ofd, pdf
from renderer.page import Page, TextRun

from . import places, rare_pages
from .asking_ofdrw import Ofdrw
from .issued import Issued
from .programs import need, run
from .specimens import SPECIMENS

Written = list[tuple[str, Page, Path, Path]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """All of them on pages full of them: the text, the page, the PDF, the OFD."""
    folder = tmp_path_factory.mktemp("rare")
    made = []
    for number, (text, page) in enumerate(rare_pages.pages(rare_pages.drawn())):
        files = folder / f"{number}.pdf", folder / f"{number}.ofd"
        files[0].write_bytes(pdf.write(page, rare_pages.INFO).data)
        files[1].write_bytes(ofd.write(page, rare_pages.INFO))
        made.append((text, page, *files))
    return made


def rare(text: str) -> str:
    """The characters beyond U+FFFF, sorted: readers differ in the order of a page's parts."""
    return "".join(sorted(character for character in text if character > "\uffff"))


def test_all_of_them_are_on_the_pages(written: Written) -> None:
    shown = "".join(
        run.text for _, page, *_ in written for run in page.marks if isinstance(run, TextRun)
    )
    assert rare(shown) == rare("".join(rare_pages.drawn()))
    assert len(rare(shown)) == 2248


def test_pypdf_reads_them(written: Written) -> None:
    for text, _, data, _ in written:
        read = pypdf.PdfReader(io.BytesIO(data.read_bytes())).pages[0].extract_text()
        assert rare(read) == rare(text)


def test_pdfium_reads_them_where_they_stand(written: Written) -> None:
    for _, page, data, _ in written:
        assert places.apart(places.in_pdf(data), places.decided(page)) < 0.01


def test_they_are_in_the_text_codes_where_they_stand(written: Written) -> None:
    for _, page, _, data in written:
        assert places.apart(places.in_ofd(data), places.decided(page)) < 0.01


@pytest.mark.interop
def test_poppler_reads_them(written: Written) -> None:
    need("pdftotext")
    for text, _, data, _ in written:
        assert rare(run("pdftotext", "-raw", "-enc", "UTF-8", data, "-").stdout) == rare(text)


@pytest.mark.interop
def test_ofdrw_reads_them(written: Written, ofdrw: Ofdrw) -> None:
    for text, _, _, data in written:
        assert rare(ofdrw.text(data)) == rare(text)


@pytest.mark.interop
def test_pdfium_and_poppler_read_those_of_every_signed_sample(certificate: Issued) -> None:
    need("pdftotext")
    wanted = rare("".join(certificate.printed().values()))
    document = pypdfium2.PdfDocument(certificate.pdf)
    try:
        assert rare(document[0].get_textpage().get_text_range()) == wanted
    finally:
        document.close()
    said = run("pdftotext", "-raw", "-enc", "UTF-8", certificate.pdf, "-").stdout
    assert rare(said) == wanted


@pytest.mark.interop
def test_ofdrw_reads_those_of_every_sealed_sample(certificate: Issued, ofdrw: Ofdrw) -> None:
    wanted = rare("".join(certificate.printed().values()))
    assert rare(ofdrw.text(certificate.ofd)) == wanted


def test_some_sample_has_such_characters() -> None:
    assert any(rare("".join(one.request["face"].values())) for one in SPECIMENS.values())
