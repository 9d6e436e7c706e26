"""Make the two derived font files of this folder; README.md says what each is and from where.

    python fonts/make.py NotoSerifSC_400Regular.ttf NotoSerifSC_700Bold.ttf NotoSerifCJK-Regular.ttc

Run it in this folder's checkout with fontTools (with its cu2qu) installed; nothing else of
Sealpress needs fontTools. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).parent
SIMPLIFIED_CHINESE = "NotoSerifCJKsc-Regular"
CURVE_TOLERANCE = 0.5
"""Largest distance between a cubic outline and its quadratic stand-in, thousandths of the em."""

LICENCE = (
    "This Font Software is licensed under the SIL Open Font License, Version 1.1. "
    "This license is available with a FAQ at: https://openfontlicense.org"
)
PUNCTUATION = (
    range(0x20, 0x7F),  # ASCII
    range(0xA1, 0x100),  # Latin-1: the middle dot of minority names
    range(0x2010, 0x2028),  # dashes, quotation marks, ellipsis
    range(0x3000, 0x3018),  # CJK punctuation and brackets, 〇
    range(0xFF01, 0xFF5F),  # full-width forms
)


def standard_characters() -> set[int]:
    """The 8105 characters of 通用规范汉字表 (2013)."""
    lines = (HERE / "standard-characters.txt").read_text("utf-8").splitlines()
    characters = [ord(c) for line in lines if not line.startswith("#") for c in line]
    if len(characters) != 8105 or len(set(characters)) != 8105:
        raise SystemExit("standard-characters.txt does not hold 8105 different characters")
    return set(characters)


def rename(font: TTFont, family: str, style: str, origin: str) -> None:
    """Give a modified font its own name; the words of copyright and licence stay."""
    postscript = f"{family.replace(' ', '')}-{style}"
    kept = {0: font["name"].getDebugName(0), 13: LICENCE, 14: "https://openfontlicense.org"}
    names = {
        1: family,
        2: style,
        3: f"Sealpress;{postscript}",
        4: f"{family} {style}",
        5: "Version 1.000",
        6: postscript,
        10: f"Made from {origin} by fonts/make.py of Sealpress.",
    }
    font["name"].names = []
    for identifier, text in sorted({**kept, **names}.items()):
        font["name"].setName(text, identifier, 3, 1, 0x409)


def make_title(bold: Path) -> TTFont:
    """Bold, cut down to ASCII, punctuation and the standard characters."""
    font = TTFont(bold, recalcTimestamp=False)
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp"]
    subsetter = Subsetter(options)
    wanted = standard_characters().union(*PUNCTUATION)
    subsetter.populate(unicodes=wanted & set(font.getBestCmap()))
    subsetter.subset(font)
    rename(font, "Sealpress Serif Title", "Bold", "Noto Serif SC Bold")
    return font


def is_rare_han(code: int, known: Iterable[int]) -> bool:
    """Whether the code point is a Han character that the text font lacks."""
    name = unicodedata.name(chr(code), "")
    return name.startswith("CJK") and "IDEOGRAPH" in name and code not in known


def quadratic_glyphs(source: TTFont, names: list[str]) -> dict[str, Any]:
    """The outlines as TrueType curves."""
    glyph_set, glyphs = source.getGlyphSet(), {}
    for name in names:
        pen = TTGlyphPen(None)
        glyph_set[name].draw(Cu2QuPen(pen, CURVE_TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
    return glyphs


def make_rare(collection: Path, regular: Path) -> TTFont:
    """The Han characters of Noto Serif CJK that Noto Serif SC lacks, as TrueType outlines."""
    fonts = TTCollection(str(collection)).fonts
    source = next(f for f in fonts if f["name"].getDebugName(6) == SIMPLIFIED_CHINESE)
    text_font = TTFont(regular, lazy=True)
    known = text_font.getBestCmap()
    chosen = {c: g for c, g in source.getBestCmap().items() if is_rare_han(c, known)}
    order = [".notdef", *sorted(set(chosen.values()))]
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(chosen)
    builder.setupGlyf(quadratic_glyphs(source, order))
    left = builder.font["glyf"].glyphs
    builder.setupHorizontalMetrics(
        {g: (source["hmtx"][g][0], getattr(left[g], "xMin", 0)) for g in order}
    )
    vertical = text_font["hhea"]
    builder.setupHorizontalHeader(ascent=vertical.ascent, descent=vertical.descent)
    os2 = text_font["OS/2"]
    builder.setupOS2(
        sTypoAscender=os2.sTypoAscender,
        sTypoDescender=os2.sTypoDescender,
        usWinAscent=os2.usWinAscent,
        usWinDescent=os2.usWinDescent,
        sCapHeight=os2.sCapHeight,
        sxHeight=os2.sxHeight,
        fsType=0,
    )
    builder.setupPost(keepGlyphNames=False)
    builder.setupNameTable({"copyright": source["name"].getDebugName(0)}, mac=False)
    rename(builder.font, "Sealpress Serif Rare", "Regular", "Noto Serif CJK SC Regular")
    # The dates of the sources: a font made twice is the same font.
    builder.font["head"].created = source["head"].created
    builder.font["head"].modified = source["head"].modified
    builder.font.recalcTimestamp = False
    return builder.font


def main() -> None:
    """Read the three fonts named on the command line, write this folder's three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("regular", type=Path)
    parser.add_argument("bold", type=Path)
    parser.add_argument("collection", type=Path)
    paths = parser.parse_args()
    shutil.copyfile(paths.regular, HERE / "NotoSerifSC-Regular.ttf")
    make_title(paths.bold).save(HERE / "SealpressSerifTitle-Bold.ttf")
    make_rare(paths.collection, paths.regular).save(HERE / "SealpressSerifRare-Regular.ttf")


if __name__ == "__main__":
    main()
