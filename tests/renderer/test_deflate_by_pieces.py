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


def last_block(code: byte_code.ByteCode, pieces: list[byte_code.Piece]) -> byte_code.Piece:
    data, coded = zip(code.opening, *pieces, strict=True)
    return byte_code.Piece(b"".join(data), b"".join((*coded, code.ending)))


@given(
    st.lists(st.binary(max_size=40), max_size=20),
    st.lists(st.binary(max_size=40), max_size=20),
    st.sampled_from([(b"\0", 4), (b" ", 1), (b"\xff", 2)]),
)
def test_any_pieces_inflate_to_their_bytes_and_fillers_whatever_the_sample(sample, pieces, filled):
    filler, step = filled
    code = byte_code.ByteCode(sample, filler, step)
    made = [code.piece(piece) for piece in pieces]
    for before, piece in zip(pieces, made, strict=True):
        assert piece.data.startswith(before)
        assert set(piece.data[len(before) :]) <= set(filler)
        assert len(piece.data) % step == 0
    block = last_block(code, made)
    assert inflated(block.coded) == block.data
    assert block.data == b"".join([code.opening.data, *[piece.data for piece in made]])


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=20))
def test_a_piece_is_coded_alike_in_any_company(pieces):
    code = byte_code.ByteCode(pieces)
    alone = [last_block(code, [code.piece(piece)]).coded for piece in pieces]
    together = last_block(code, [code.piece(piece) for piece in pieces]).coded
    assert all(code.piece(piece).coded in together for piece in pieces)
    assert all(code.piece(p).coded in one for p, one in zip(pieces, alone, strict=True))


def test_no_word_is_longer_than_deflate_allows():
    steep = [bytes([symbol]) * 3 ** (symbol % 12) for symbol in range(24)]
    code = byte_code.ByteCode(steep)
    block = last_block(code, [code.piece(bytes(range(256)))])
    assert inflated(block.coded) == block.data


def test_frequent_bytes_get_shorter_words():
    code = byte_code.ByteCode([b"a" * 900, b"b" * 90])
    sizes = [len(code.piece(character * 64).coded) for character in (b"a", b"b", b"c")]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("size", [0, 1, 0xFFFF, 0x10000, 200_000])
def test_stored_blocks_hold_data_of_any_size(size):
    data = bytes(index % 251 for index in range(size))
    end_of_stream = b"\3\0"
    assert inflated(b"".join(byte_code.stored(data)) + end_of_stream) == data


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


def test_the_frame_of_a_layout_is_kept_from_page_to_page_and_the_values_are_not():
    first, second = (
        compose.compose(crane(), content(model=model), [CODE]) for model in ("QTZ80", "甲乙丙丁")
    )
    assert first.frame is second.frame
    runs = [mark for mark in first.frame.marks if isinstance(mark, TextRun)]
    assert len(runs) > 16
    assert all(run.field is None for run in runs)
    assert {"规格型号", "建筑起重机械使用登记证书"} <= {run.text for run in runs}
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
