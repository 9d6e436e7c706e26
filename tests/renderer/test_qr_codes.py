import dataclasses
import io
import re
import shutil
import subprocess
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from requests_to_draw import CODE, content, crane

from renderer import compose, ofd, pdf, png, qr, qr_matrix, raster, svg
from renderer.info import DocumentInfo
from renderer.layout_parts import CodePlace
from renderer.page import Modules

PLACE = CodePlace(left=24, top=217, size=30, margin=4, highest_version=10)


def by_library(text):
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=qr_matrix.MASK, border=0)
    code.add_data(text, optimize=qr_matrix.CHUNK)
    code.make(fit=True)
    return bytes(module for row in code.modules for module in row)


@pytest.mark.parametrize("length", [1, 13, 40, 100, 200, 330, 600, 1500])
def test_codes_are_those_of_the_library_in_every_size(length):
    text = "HTTPS://A.CN/V/" + "0123456789" * (length // 10) + "7" * (length % 10)
    assert qr_matrix.modules(text, 40) == by_library(text)


@given(st.text("0123456789", max_size=60), st.text("ABC$:/ .", max_size=40), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_codes_are_those_of_the_library_in_every_mode(digits, capitals, others):
    text = capitals + digits + others or "1"
    try:
        wanted = by_library(text)
    except UnicodeEncodeError:  # lone surrogates are no text
        return
    assert qr_matrix.modules(text, 40) == wanted


def test_the_lowest_version_that_holds_the_text_is_taken():
    assert len(qr_matrix.modules("1" * 34, 10)) == 21**2
    assert len(qr_matrix.modules("1" * 35, 10)) == 25**2
    assert len(qr_matrix.modules(CODE.text, 10)) == 53**2


def test_a_text_beyond_the_highest_version_is_too_large():
    assert len(qr_matrix.modules("1" * 511, 10)) == 57**2
    with pytest.raises(qr_matrix.TooLarge):
        qr_matrix.modules("1" * 520, 10)


def test_modules_are_never_smaller_than_a_camera_reads():
    for version in range(1, 11):
        assert PLACE.size / (17 + 4 * version + 2 * PLACE.margin) >= 0.45


def code_of(text):
    return qr.marks(PLACE, qr_matrix.modules(text, 10), (0, 0, 0))[1]


def lines_of_png(data):
    """The pixels of a PNG of ours, a byte for each, 1 where it has the colour of the code."""
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.getpalette()[:6]) == ("P", [255, 255, 255, 0, 0, 0])
        return [list(image.crop((0, y, image.width, y + 1)).tobytes()) for y in range(image.height)]


@pytest.mark.parametrize("text", ["1", CODE.text, "中文" * 20])
def test_every_module_is_eight_pixels_square_in_the_image(text):
    code = code_of(text)
    lines = lines_of_png(png.png(code))
    assert len(lines) == len(lines[0]) == 8 * code.count
    for y, line in enumerate(lines):
        row = code.dark[y // 8 * code.count :][: code.count]
        assert line == [dark for dark in row for _ in range(8)]


def test_the_image_is_small():
    assert len(png.png(code_of(CODE.text))) < 2500


def page_with(code):
    made = compose.compose(crane(), content(), [])
    return dataclasses.replace(made, own=(code,))


def test_pdf_and_ofd_carry_the_same_image_in_the_same_place():
    code = code_of(CODE.text)
    info = DocumentInfo("证书", "1", "", "某局", "2024-12-01")
    reader = PdfReader(io.BytesIO(pdf.write(page_with(code), info).data))
    image = reader.pages[0]["/Resources"]["/XObject"]["/Code0"].get_object()
    side = 8 * code.count
    assert (image["/Width"], image["/Height"], image["/ImageMask"]) == (side, side, True)
    with zipfile.ZipFile(io.BytesIO(ofd.write(page_with(code), info))) as package:
        lines = lines_of_png(package.read("Doc_0/Res/code_0.png"))
        content_part = package.read("Doc_0/Pages/Page_0/Content.xml").decode()
        resources = package.read("Doc_0/DocumentRes.xml").decode()
    bits = "".join(f"{byte:08b}" for byte in image.get_data())
    assert bits == "".join(str(bit) for line in lines for bit in line)
    size = f"{code.size:g}"
    drawn = re.search(r"<ofd:ImageObject [^>]*>", content_part)[0]
    assert f'Boundary="24 217 {size} {size}" CTM="{size} 0 0 {size} 0 0"' in drawn
    assert f'<ofd:MultiMedia ID="{re.search("ResourceID=.([0-9]+)", drawn)[1]}"' in resources
    stream = reader.pages[0].get_contents().get_data().decode()
    assert f"q {size} 0 0 -{size} 24 {217 + code.size:g} cm /Code0 Do Q" in stream


def test_svg_covers_just_the_dark_modules_each_once():
    code = code_of(CODE.text)
    drawn = svg.write(page_with(code)).decode()
    assert f'transform="translate(24 217) scale({code.size / 53:.6f})"' in drawn
    covered = []
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", drawn):
        assert width == back
        covered += [int(y) * code.count + int(x) + i for i in range(int(width))]
    assert covered == [at for at, dark in enumerate(code.dark) if dark]


def test_four_modules_of_white_stand_around_the_code():
    made = compose.compose(crane(), content(), [CODE])
    code = next(mark for mark in made.marks if isinstance(mark, Modules))
    white = made.marks[made.marks.index(code) - 1]
    module = code.size / 53
    corners = [s[1:] for s in white.segments if len(s) > 1]
    assert white.fill == (255, 255, 255)
    assert min(c[0] for c in corners) == pytest.approx(code.left - 4 * module, abs=0.01)
    assert min(c[1] for c in corners) == pytest.approx(code.top - 4 * module, abs=0.01)
    assert max(c[1] for c in corners) == pytest.approx(code.top + code.size + 4 * module, abs=0.01)


@pytest.mark.interop
@pytest.mark.parametrize("dots_per_inch", [110, 120, 150, 300, 600])
def test_zbar_reads_the_code(dots_per_inch):
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed")
    page = compose.compose(crane(), content(), [CODE])
    info = DocumentInfo("证书", "1", "", "某局", "2024-12-01")
    picture = raster.page_png(pdf.write(page, info).data, dots_per_inch)
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", "png:-"], input=picture, capture_output=True, timeout=30
    )
    assert done.stdout.decode().strip() == CODE.text
