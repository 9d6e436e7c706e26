import dataclasses
import io
import math

import pytest
from PIL import Image, ImageStat
from requests_to_draw import CODE, content, crane

from renderer import compose, pdf, raster, seal_art
from renderer.errors import Refused
from renderer.info import DocumentInfo

NAMES = [
    "住建局",
    "沈阳市城乡建设局",
    "南宁市住房和城乡建设局",
    "巴马瑶族自治县住房和城乡建设局（行政审批局）",
    "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗住房和城乡建设局",
]


def points(path):
    return [segment[-2:] for segment in path.segments if len(segment) > 1]


@pytest.mark.parametrize("name", NAMES)
def test_letters_stand_between_ring_and_star(name):
    art = seal_art.draw(name)
    reach = [math.dist(p, (21, 21)) for p in points(art.paths[2])]
    assert max(reach) < 21 - seal_art.RING - 0.5
    assert min(reach) > seal_art.STAR_RADIUS + 3


@pytest.mark.parametrize("name", NAMES)
def test_the_name_keeps_to_its_arc_and_to_the_middle(name):
    art = seal_art.draw(name)
    angles = [math.atan2(x - 21, 21 - y) for x, y in points(art.paths[2])]
    assert math.degrees(max(angles) - min(angles)) <= 232
    assert math.degrees(max(angles) + min(angles)) == pytest.approx(0, abs=6)


def test_longer_names_get_smaller_letters():
    heights = []
    for name in NAMES:
        reach = [math.dist(p, (21, 21)) for p in points(seal_art.draw(name).paths[2])]
        heights.append(max(reach) - min(reach))
    assert heights[0] == pytest.approx(heights[1], abs=0.4)
    assert heights[1] > heights[3] > heights[4] > 2


def test_a_seal_grows_with_its_diameter():
    small, large = seal_art.draw(NAMES[2], 21.0), seal_art.draw(NAMES[2], 42.0)
    for a, b in zip(points(small.paths[2]), points(large.paths[2]), strict=True):
        assert (a[0] * 2, a[1] * 2) == pytest.approx(b, abs=0.003)


@pytest.mark.parametrize("name", ["", "  ", "局" * 41, "南宁\n局", "𲎩局"])
def test_names_that_make_no_seal_are_refused(name):
    with pytest.raises(Refused) as caught:
        seal_art.draw(name)
    assert caught.value.problems[0].field == "authority.name"


def test_rare_characters_are_drawn_from_the_text_fonts():
    assert seal_art.draw("𠮷㛃住房和城乡建设局").paths[2].segments


def test_the_picture_is_see_through_red_on_nothing():
    art = seal_art.draw(NAMES[2])
    picture = Image.open(io.BytesIO(raster.seal_png(art, 254)))
    assert (picture.mode, picture.size) == ("RGBA", (420, 420))
    assert picture.getpixel((0, 0))[3] == 0
    assert picture.getpixel((210, 210)) == (*seal_art.RED, raster.SEAL_ALPHA)  # the star
    assert picture.getpixel((210, 415)) == (*seal_art.RED, raster.SEAL_ALPHA)  # the ring
    assert picture.getpixel((210, 330))[3] == 0


def test_overlapping_strokes_of_a_letter_are_filled_whole():
    """建 of the bold font has overlapping contours; even-odd filling leaves white specks in it."""
    art = seal_art.draw("建" * 3)
    letters = dataclasses.replace(art, paths=art.paths[2:])
    specked = dataclasses.replace(art, paths=(dataclasses.replace(art.paths[2], even_odd=True),))

    def ink(one):
        opacity = Image.open(io.BytesIO(raster.seal_png(one, 254))).getchannel("A")
        return ImageStat.Stat(opacity).sum[0]

    assert ink(letters) > 1.05 * ink(specked)


def test_the_same_seal_is_the_same_picture():
    art = seal_art.draw(NAMES[0])
    assert raster.seal_png(art, 100) == raster.seal_png(art, 100)


def test_a_page_becomes_a_picture_of_its_size():
    made = compose.compose(crane(), content(), [CODE])
    info = DocumentInfo(crane().title, "450100T(2024)0000001", "", "南宁市", "2024-09-20")
    picture = Image.open(io.BytesIO(raster.page_png(pdf.write(made, info).data, 50)))
    assert picture.size == (pytest.approx(413, abs=1), pytest.approx(585, abs=1))
    assert picture.convert("L").getextrema()[0] < 60


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing", b"\x00" * 4000])
def test_what_is_no_pdf_is_not_drawn(data):
    with pytest.raises(raster.NotDrawable):
        raster.page_png(data)


def test_a_picture_too_large_is_not_drawn():
    made = compose.compose(crane(), content(), [])
    info = DocumentInfo(crane().title, "1", "", "南宁市", "2024-09-20")
    with pytest.raises(raster.NotDrawable, match="pixels"):
        raster.page_png(pdf.write(made, info).data, 2400)
