"""Which characters the fonts of this repository draw, counted block by block."""

from __future__ import annotations

import pytest

from renderer import fonts

URO, EXTENSION_A = range(0x4E00, 0xA000), range(0x3400, 0x4DC0)
EXTENSION_B_TO_F = {
    "B": range(0x20000, 0x2A6E0),
    "C": range(0x2A700, 0x2B73A),
    "D": range(0x2B740, 0x2B81E),
    "E": range(0x2B820, 0x2CEA2),
    "F": range(0x2CEB0, 0x2EBE1),
}
"""The assigned characters of Unicode 15."""


def standard_characters() -> list[str]:
    """通用规范汉字表."""
    lines = (fonts.FOLDER / "standard-characters.txt").read_text("utf-8").splitlines()
    return [c for line in lines if not line.startswith("#") for c in line]


def lacking(style: str, codes: range) -> list[int]:
    return [code for code in codes if not fonts.has(style, chr(code))]


@pytest.mark.parametrize("style", fonts.CHAINS)
def test_the_8105_standard_characters_are_all_drawn(style):
    standard = standard_characters()
    assert len(standard) == 8105
    assert [c for c in standard if not fonts.has(style, c)] == []


def test_standard_characters_are_drawn_by_the_first_font_of_each_chain():
    standard = "".join(standard_characters())
    for style, chain in fonts.CHAINS.items():
        assert {glyph.face for glyph in fonts.glyphs(style, standard)} == {chain[0]}


@pytest.mark.parametrize("style", fonts.CHAINS)
@pytest.mark.parametrize(("codes", "count"), [(URO, 20992), (EXTENSION_A, 6592)])
def test_the_first_plane_is_drawn_whole(codes, count, style):
    assert len(codes) == count
    assert lacking(style, codes) == []


def test_a_glyph_of_the_first_plane_has_ink():
    for code in (*URO[::41], *EXTENSION_A[::41]):
        (glyph,) = fonts.glyphs("serif", chr(code))
        left, bottom, right, top = fonts.ink(glyph.face, glyph.id)
        assert left < right, hex(code)
        assert bottom < top, hex(code)


@pytest.mark.parametrize(
    ("block", "drawn"), [("B", 2057), ("C", 46), ("D", 33), ("E", 108), ("F", 4)]
)
def test_beyond_it_the_characters_of_names_are_drawn_and_the_rest_is_known(block, drawn):
    codes = EXTENSION_B_TO_F[block]
    assert len(codes) - len(lacking("serif", codes)) == drawn
