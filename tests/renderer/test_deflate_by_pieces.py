"""Deflate streams put together from pieces, and fonts made that way."""

import io
import zlib

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from requests_to_draw import CODE, content, crane

from renderer import byte_code, compose, fonts, glyph_data, subset
from renderer.page import TextRun

PAGE = frozenset(map(ord, "建筑起重机械使用登记证书QTZ80 (2024)，。"))
LABELS = frozenset(map(ord, "使用单位"))


def inflated(stream: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(stream)
    assert inflater.eof
    assert not inflater.unused_data
    return data


@given(st.binary(max_size=300), st.lists(st.binary(max_size=40), max_size=20))
def test_any_pieces_inflate_to_their_bytes_whatever_the_sample(sample, pieces):
    code = byte_code.ByteCode(sample)
    assert inflated(code.last_block(map(code.coded, pieces))) == b"".join(pieces)


def test_no_word_is_longer_than_deflate_allows():
    steep = b"".join(bytes([symbol]) * 3 ** (symbol % 12) for symbol in range(24))
    code = byte_code.ByteCode(steep)
    assert inflated(code.last_block([code.coded(bytes(range(256)))])) == bytes(range(256))
    assert max(code.coded(bytes([symbol]))[1] for symbol in range(256)) <= 15


def test_frequent_bytes_get_shorter_words():
    code = byte_code.ByteCode(b"a" * 900 + b"b" * 90)
    assert code.coded(b"a")[1] < code.coded(b"b")[1] < code.coded(b"c")[1]


@given(st.lists(st.text("01", max_size=20), max_size=9))
def test_bits_are_joined_in_their_order(texts):
    value, count = byte_code.joined([(int(t[::-1] or "0", 2), len(t)) for t in texts])
    assert f"{value:0{count}b}"[::-1][:count] == "".join(texts)


@pytest.mark.parametrize("style", ["serif", "serif-rare", "bold"])
def test_a_font_made_of_pieces_is_sound_to_the_last_checksum(style):
    face = fonts.face(style)
    codes = frozenset(c for c in (*PAGE, 0x20BB7) if face.glyph(c) is not None)
    made = subset.cut(style, codes, style).subset
    assert inflated(made.deflated.stream) == made.data
    assert glyph_data.checksum(made.data) == 0xB1B0AFBA
    font = TTFont(io.BytesIO(made.data), checkChecksums=2)
    assert {code: font.getGlyphID(name) for code, name in font.getBestCmap().items()} == {
        code: glyph for glyph, code in enumerate(made.characters) if code
    }
    formats = {4} if min(codes) <= 0xFFFF else set()
    formats |= {12} if max(codes) > 0xFFFF else set()
    assert {table.format for table in font["cmap"].tables} == formats
    assert font["head"].indexToLocFormat == 1
    assert font["OS/2"].usFirstCharIndex == min(min(codes), 0xFFFF)
    assert font["OS/2"].usLastCharIndex == min(max(codes), 0xFFFF)
    boxes = [font["glyf"][name] for name in font.getGlyphOrder()]
    assert made.bounding_box[0] == min(b.xMin for b in boxes if b.numberOfContours)
    assert made.bounding_box[3] == max(b.yMax for b in boxes if b.numberOfContours)


def test_both_ways_of_cutting_make_the_same_font(monkeypatch):
    by_pieces = subset.cut.__wrapped__("serif", PAGE, "serif")
    monkeypatch.setattr(subset, "glyph_data", lambda *_: None)
    general = subset.cut.__wrapped__("serif", PAGE, "serif")
    assert general.first is None
    assert general.subset.postscript_name == by_pieces.subset.postscript_name
    one, other = (TTFont(io.BytesIO(c.subset.data)) for c in (by_pieces, general))
    for code in PAGE:
        names = [font.getBestCmap()[code] for font in (one, other)]
        assert one["hmtx"][names[0]] == other["hmtx"][names[1]]
        assert one["glyf"][names[0]] == other["glyf"][names[1]]
    assert [str(n) for n in one["name"].names] == [str(n) for n in other["name"].names]
    assert set(one.keys()) - set(other.keys()) == set()


def test_the_characters_of_a_layout_get_the_same_glyph_ids_beside_any_others():
    first = subset.cut("serif", PAGE | LABELS, "serif", LABELS)
    second = subset.cut("serif", LABELS | {ord("一"), ord("龥")}, "serif", LABELS)
    assert first.first is second.first
    assert {code: first.glyph_ids[code] for code in LABELS} == dict(second.first)
    assert {code: second.glyph_ids[code] for code in LABELS} == dict(second.first)


def test_runs_of_a_layout_are_kept_from_page_to_page_and_others_are_not():
    first, second = (
        compose.compose(crane(), content(model=model), [CODE]) for model in ("QTZ80", "甲乙丙丁")
    )
    runs = [[m for m in page.marks if isinstance(m, TextRun)] for page in (first, second)]
    kept = [run for run in runs[0] if run.shared]
    assert len(kept) > 16
    assert all(run.field is None for run in kept)
    assert {id(run) for run in runs[1]} >= {id(r) for r in kept if r.text == "规格型号"}
    for page in (first, second):
        for run in (m for m in page.marks if isinstance(m, TextRun)):
            characters = page.fonts[run.font].characters
            assert "".join(chr(characters[glyph]) for glyph in run.glyphs) == run.text


def test_a_natural_run_has_its_glyphs_where_the_advances_lead():
    page = compose.compose(crane(), content(), [CODE])
    for run in (m for m in page.marks if isinstance(m, TextRun)):
        assert run.natural
        pen = 0.0
        for glyph, offset in zip(run.glyphs, run.offsets, strict=True):
            assert offset == pytest.approx(pen, abs=0.0011)
            pen += page.fonts[run.font].widths[glyph] * run.size / 1000
