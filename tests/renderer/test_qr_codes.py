import dataclasses
import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from requests_to_draw import CODE, content, crane

from renderer import compose, ofd_paths, pdf, pdf_content, qr, qr_matrix, raster, svg
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


def boxes_of_pdf(code):
    """Left, top, right and bottom of each rectangle, in modules."""
    content = pdf_content.Content()
    content.modules(code)
    found = re.findall(r"(\d+) (\d+) (\d+) 1 re", content.bytes().decode())
    return [(int(x), int(y), int(x) + int(width), int(y) + 1) for x, y, width in found]


def boxes_of_svg(code):
    found = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", svg_of(code))
    assert all(there == back for _, _, there, back in found)
    return [(int(x), int(y), int(x) + int(width), int(y) + 1) for x, y, width, _ in found]


def svg_of(code):
    made = compose.compose(crane(), content(), [])
    return svg.write(dataclasses.replace(made, marks=(code,), fonts={})).decode()


def boxes_of_ofd(code):
    data = re.search(r"<ofd:AbbreviatedData>(.*?)<", ofd_paths.modules_object(code, 9))[1]
    found = []
    for rectangle in data.rstrip(" C").split(" C "):
        points = re.findall(r"([ML]) (\d+) (\d+)", rectangle)
        assert "".join(letter for letter, _, _ in points) == "MLLL"
        (x0, y1), (xa, y0), (x1, ya), (xb, yb) = [(int(x), int(y)) for _, x, y in points]
        assert (xa, ya, xb, yb) == (x0, y0, x1, y1)
        found.append((x0, y0, x1, y1))
    return found


@pytest.mark.parametrize("boxes_of", [boxes_of_pdf, boxes_of_ofd, boxes_of_svg])
@pytest.mark.parametrize("text", ["1", CODE.text, "中文" * 20])
def test_each_format_covers_just_the_dark_modules_each_once(text, boxes_of):
    code = code_of(text)
    covered = [
        row * code.count + column
        for x0, y0, x1, y1 in boxes_of(code)
        for row in range(y0, y1)
        for column in range(x0, x1)
    ]
    assert sorted(covered) == [at for at, dark in enumerate(code.dark) if dark]


@pytest.mark.parametrize("dark", [bytes(9), bytes([1] * 9), bytes([1, 0, 1] * 3)])
def test_runs_end_with_their_row(dark):
    code = Modules(0.0, 0.0, 3.0, 3, dark, (0, 0, 0))
    wanted = {0: 0, 9: 3, 6: 6}[sum(dark)]
    assert len(boxes_of_pdf(code)) == wanted


def test_each_format_scales_the_modules_to_their_size():
    code = code_of(CODE.text)
    scale = f"{code.size / 53:.6f}"
    content_stream = pdf_content.Content()
    content_stream.modules(code)
    assert f"q {scale} 0 0 {scale} 24 217 cm" in content_stream.bytes().decode()
    assert f'Boundary="24 217 {code.size:g} {code.size:g}"' in ofd_paths.modules_object(code, 9)
    assert f'CTM="{scale} 0 0 {scale} 0 0"' in ofd_paths.modules_object(code, 9)
    assert f'transform="translate(24 217) scale({scale})"' in svg_of(code)


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
@pytest.mark.parametrize("dots_per_inch", [120, 150, 300])
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
