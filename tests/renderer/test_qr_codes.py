import io
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from requests_to_draw import CODE, content, crane

from renderer import compose, qr, qr_matrix
from renderer.layout_parts import CodePlace

PLACE = CodePlace(left=24, top=217, size=30, margin=4, highest_version=10)


def by_library(text):
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=qr_matrix.MASK, border=0)
    code.add_data(text, optimize=qr_matrix.CHUNK)
    code.make(fit=True)
    return code.modules


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
    assert len(qr_matrix.modules("1" * 34, 10)) == 21
    assert len(qr_matrix.modules("1" * 35, 10)) == 25
    assert len(qr_matrix.modules(CODE.text, 10)) == 53


def test_a_text_beyond_the_highest_version_is_too_large():
    assert len(qr_matrix.modules("1" * 511, 10)) == 57
    with pytest.raises(qr_matrix.TooLarge):
        qr_matrix.modules("1" * 520, 10)


def test_modules_are_never_smaller_than_a_camera_reads():
    for version in range(1, 11):
        assert PLACE.size / (17 + 4 * version + 2 * PLACE.margin) >= 0.45


def painted(segments, scale):
    """The path's rectangles as a picture; none may lie over another."""
    picture = Image.new("L", (int(30 * scale), int(30 * scale)), 255)
    draw = ImageDraw.Draw(picture)
    for start in range(0, len(segments), 5):
        (_, x0, y0), (_, x1, _), (_, _, y1) = segments[start : start + 3]
        box = [(x0 - 22) * scale, (y0 - 215) * scale, (x1 - 22) * scale, (y1 - 215) * scale]
        draw.rectangle([round(v) for v in box[:2]] + [round(v) - 1 for v in box[2:]], fill=0)
    return picture


@pytest.mark.parametrize("text", ["1", CODE.text, "中文" * 20])
def test_the_path_covers_just_the_dark_modules(text):
    dark = qr_matrix.modules(text, 10)
    module = 30 / (len(dark) + 8)
    area, cells = 0.0, set()
    segments = qr.path(PLACE, dark)
    for start in range(0, len(segments), 5):
        (_, x0, y0), (_, x1, _), (_, _, y1) = segments[start : start + 3]
        area += (x1 - x0) * (y1 - y0)
        columns = range(round((x0 - 24) / module), round((x1 - 24) / module))
        rows = range(round((y0 - 217) / module), round((y1 - 217) / module))
        cells |= {(row, column) for row in rows for column in columns}
    wanted = {(r, c) for r, row in enumerate(dark) for c, is_dark in enumerate(row) if is_dark}
    assert cells == wanted
    assert area == pytest.approx(len(wanted) * module**2, rel=0.01)


def test_four_modules_of_white_stand_around_the_code():
    made = compose.compose(crane(), content(), [CODE])
    white, code = [m for m in made.marks if getattr(m, "fill", None)]
    xs = [s[1] for s in code.segments if len(s) > 1]
    ys = [s[2] for s in code.segments if len(s) > 1]
    module = (max(xs) - min(xs)) / 53
    corners = [s[1:] for s in white.segments if len(s) > 1]
    assert white.fill == (255, 255, 255)
    assert min(c[0] for c in corners) == pytest.approx(min(xs) - 4 * module, abs=0.01)
    assert max(c[1] for c in corners) == pytest.approx(max(ys) + 4 * module, abs=0.01)


@pytest.mark.interop
@pytest.mark.parametrize("dots_per_mm", [6, 12])
def test_zbar_reads_the_code(dots_per_mm):
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed")
    picture = painted(qr.path(PLACE, qr_matrix.modules(CODE.text, 10)), dots_per_mm)
    data = io.BytesIO()
    picture.save(data, "PNG")
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", "png:-"], input=data.getvalue(), capture_output=True, timeout=30
    )
    assert done.stdout.decode().strip() == CODE.text
