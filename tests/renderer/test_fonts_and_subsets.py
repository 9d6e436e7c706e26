import io
import string
import zlib

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer import fonts, subset
from renderer.deflate import deflate

PAGE = frozenset(map(ord, "建筑起重机械使用登记证书编号：450100T(2024)0000001张䶮㛃"))


def read(cut):
    return TTFont(io.BytesIO(cut.subset.data))


@pytest.mark.parametrize("character", "䶮㛃𬱖𠮷𠅤·塔Q1（")
def test_characters_of_names_are_drawn(character):
    [glyph] = fonts.glyphs("serif", character)
    assert glyph.code == ord(character)
    assert fonts.outline(glyph.face, glyph.id)


def test_rare_characters_come_from_the_next_font_of_the_chain():
    assert [g.face for g in fonts.glyphs("serif", "吉𠮷")] == ["serif", "serif-rare"]
    assert [g.face for g in fonts.glyphs("bold", "吉䶮𠮷")] == ["bold", "bold", "serif-rare"]
    assert [g.face for g in fonts.glyphs("bold", "㛃㐀")] == ["bold", "serif"]


def test_a_character_that_no_font_has_is_named():
    with pytest.raises(KeyError) as caught:
        fonts.glyphs("serif", "王𲎩")
    assert caught.value.args == ("𲎩",)


def test_the_title_font_has_the_8105_standard_characters():
    lines = (fonts.FOLDER / "standard-characters.txt").read_text("utf-8").splitlines()
    standard = [c for line in lines if not line.startswith("#") for c in line]
    assert len(set(standard)) == len(standard) == 8105
    assert {g.face for g in fonts.glyphs("bold", "".join(standard))} == {"bold"}


def test_derived_fonts_do_not_carry_the_name_of_what_they_came_from():
    for key in ("serif-rare", "bold"):
        face = fonts.face(key)
        assert "Noto" not in face.family + face.postscript_name


def test_a_subset_draws_and_measures_as_the_whole_font():
    cut = subset.cut("serif", PAGE, "serif")
    small, names = read(cut), read(cut).getGlyphOrder()
    assert set(small.getBestCmap()) == PAGE
    for code in PAGE:
        [whole] = fonts.glyphs("serif", chr(code))
        new = cut.glyph_ids[code]
        assert small.getBestCmap()[code] == names[new]
        assert cut.subset.widths[new] == whole.advance == small["hmtx"][names[new]][0]
        assert cut.subset.characters[new] == code
        left, bottom, right, top = fonts.ink("serif", whole.id)
        glyph = small["glyf"][names[new]]
        assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (left, bottom, right, top)


def test_a_subset_has_only_the_tables_that_a_reader_needs():
    tables = set(read(subset.cut("serif", PAGE, "serif")).keys()) - {"GlyphOrder"}
    wanted = ["cmap", "OS/2", "name", "head", "hhea", "hmtx", "maxp", "post", "glyf", "loca"]
    assert tables == set(wanted)


def test_a_subset_of_rare_characters_is_found_beyond_the_first_plane():
    small = read(subset.cut("serif-rare", frozenset({0x20BB7}), "serif-rare"))
    assert list(small.getBestCmap()) == [0x20BB7]


def test_a_subset_is_the_same_each_time_and_named_for_its_characters():
    first = subset.cut.__wrapped__("serif", PAGE, "serif").subset
    again = subset.cut.__wrapped__("serif", frozenset(sorted(PAGE, reverse=True)), "serif").subset
    other = subset.cut("serif", PAGE | {ord("一")}, "serif").subset
    assert first.data == again.data
    assert first.postscript_name == again.postscript_name != other.postscript_name
    tag, _, name = first.postscript_name.partition("+")
    assert len(tag) == 6
    assert set(tag) <= set(string.ascii_uppercase)
    assert name == "NotoSerifSC-Regular"


def test_a_subset_carries_its_deflated_bytes():
    made = subset.cut("serif", PAGE, "serif").subset
    assert zlib.decompress(made.deflated.stream, -15) == made.data


@given(st.binary(max_size=3000))
@settings(max_examples=50)
def test_deflated_data_inflate_and_carry_both_checksums(data):
    made = deflate(data)
    assert zlib.decompress(made.stream, -15) == data
    assert (made.size, made.crc32, made.adler32) == (
        len(data),
        zlib.crc32(data),
        zlib.adler32(data),
    )
