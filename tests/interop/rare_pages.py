"""Pages whose every value consists of characters beyond U+FFFF."""

from collections.abc import Iterator

from renderer import fonts, layout
from renderer.compose import Code, Content, compose
from renderer.info import DocumentInfo
from renderer.page import Page

EXTENSIONS_B_TO_F = range(0x20000, 0x2EBE1)
IN_A_FIELD = 20
"""Characters: two lines of a cell."""

INFO = DocumentInfo("罕用字", "𠀀-1", "", "某市某局", "2026-01-01")
"""What the files of these pages say of themselves."""


def drawn() -> list[str]:
    """All characters of Extensions B to F that the fonts draw, in their order."""
    return [chr(code) for code in EXTENSIONS_B_TO_F if fonts.has("serif", chr(code))]


def pages(characters: list[str]) -> Iterator[tuple[str, Page]]:
    """Pages on which these characters stand, each with those of its own in their order."""
    form = layout.load("crane-use-registration")
    fields = [key for key, field in form.fields.items() if field.format == "text"]
    dates = dict.fromkeys(form.fields.keys() - set(fields), "2026-01-01")
    on_a_page = len(fields) * IN_A_FIELD
    for start in range(0, len(characters), on_a_page):
        text = "".join(characters[start : start + on_a_page])
        parts = [text[at : at + IN_A_FIELD] for at in range(0, on_a_page, IN_A_FIELD)]
        face = dates | dict(zip(fields, parts, strict=True))
        content = Content("450100T(2026)0000001", "某市某局", "2026-01-01", face)
        yield text, compose(form, content, [Code("RARE")])
