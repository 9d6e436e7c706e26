"""The fonts of a PDF page: how strings become glyphs, how wide these are, what copying gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import unpack
from typing import Any, Final

from verify.pdf_file import reading
from verify.pdf_objects import Array, entry, name_in
from verify.shown.drawn import UNTOLD, Drawn, Font

_SECTION: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_HEX: Final = rb"<\s*([0-9A-Fa-f]{1,64})\s*>\s*"
_PAIR: Final = re.compile(_HEX + _HEX)
_RANGE: Final = re.compile(_HEX + _HEX + rb"(?:" + _HEX + rb"|\[([^\]]*)\])")
_ONE: Final = re.compile(_HEX)
_CODES: Final = 0x10000


@dataclass(frozen=True, eq=False)
class PdfFont:
    """A font, how many bytes a code has, and the advances of codes in thousandths of the em."""

    font: Font
    code_bytes: int
    widths: Mapping[int, float]
    usual_width: float

    def codes(self, text: bytes) -> list[tuple[int, float]]:
        """The codes in a string with their advances in ems."""
        widths, usual = self.widths, self.usual_width
        codes: Sequence[int] = text
        if self.code_bytes == 2:
            count = len(text) // 2
            codes = unpack(f">{count}H", text[: 2 * count])
        return [(code, widths.get(code, usual) / 1000) for code in codes]


def read(name: str, dictionary: Any, drawn: Drawn) -> PdfFont:
    """A font out of the page's resources.

    Raises:
        Fault: it cannot be read.
    """
    with reading(f"字体{name}无法读取", f"the font {name} cannot be read"):
        mapping = _mapping(dictionary)
        if name_in(dictionary, "/Subtype") == "/Type0":
            return _composite(name, dictionary, mapping, drawn)
        drawn.note("page.font", "字体", str(entry(dictionary, "/BaseFont") or name))
        listed, first = entry(dictionary, "/Widths") or (), entry(dictionary, "/FirstChar") or 0
        drawn.spend(len(listed))
        widths = {int(first) + at: float(width) for at, width in enumerate(listed)}
        texts = _texts(mapping, drawn)
        font = Font(name, None, lambda code: texts.get(code, chr(code)), mapping)
        return PdfFont(font, 1, widths, 500.0)


def _composite(name: str, dictionary: Any, mapping: bytes | None, drawn: Drawn) -> PdfFont:
    """A Type 0 font: two bytes a code, which in ours is the glyph's own number (9.7)."""
    descendant = dictionary["/DescendantFonts"][0]
    descriptor = descendant["/FontDescriptor"]
    file = entry(descriptor, "/FontFile2")
    ours = (
        name_in(dictionary, "/Encoding") == "/Identity-H"
        and name_in(descendant, "/CIDToGIDMap") == "/Identity"
        and file is not None
    )
    if not ours:
        drawn.note("page.font", "字体", str(entry(dictionary, "/BaseFont") or name))
    data = file.data if file is not None and ours else None
    widths = dict(_widths(entry(descendant, "/W") or [], drawn))
    usual = entry(descendant, "/DW")
    texts: dict[int, str] | None = None

    def copied(code: int) -> str:
        nonlocal texts
        if texts is None:
            texts = _texts(mapping, drawn)
        return texts.get(code, UNTOLD)

    return PdfFont(
        Font(name, data, copied, mapping), 2, widths, 1000.0 if usual is None else float(usual)
    )


def _widths(listed: Any, drawn: Drawn) -> Iterator[tuple[int, float]]:
    """The array /W (9.7.4.3): `c [w1 w2 …]`, or `first last w`."""
    at = 0
    while at + 1 < len(listed):
        first, second = int(listed[at]), listed[at + 1]
        if isinstance(second, Array):
            drawn.spend(len(second))
            yield from ((first + n, float(width)) for n, width in enumerate(second))
            at += 2
        else:
            last, width = min(int(second), _CODES), float(listed[at + 2])
            drawn.spend(max(0, last - first))
            yield from ((code, width) for code in range(first, last + 1))
            at += 3


def _mapping(dictionary: Any) -> bytes | None:
    stream = entry(dictionary, "/ToUnicode")
    return None if stream is None else stream.data


def _texts(mapping: bytes | None, drawn: Drawn) -> dict[int, str]:
    """What a ToUnicode CMap (9.10.3) says of each code."""
    found: dict[int, str] = {}
    for section in _SECTION.finditer(mapping or b""):
        if section[1] == b"bfchar":
            for code, text in _PAIR.findall(section[2]):
                found[int(code, 16)] = _text(text)
        else:
            for match in _RANGE.finditer(section[2]):
                found.update(_range(match, drawn))
    drawn.spend(len(found))
    return found


def _range(match: re.Match[bytes], drawn: Drawn) -> Iterator[tuple[int, str]]:
    first, last = int(match[1], 16), min(int(match[2], 16), _CODES)
    drawn.spend(max(0, last - first))
    if match[3] is None:
        texts = [_text(text) for text in _ONE.findall(match[4])]
        yield from zip(range(first, last + 1), texts, strict=False)
        return
    start = _text(match[3])
    for code in range(first, last + 1):
        after = ord(start[-1]) + code - first if start else 0
        yield code, start[:-1] + chr(after) if after <= 0x10FFFF else UNTOLD


def _text(digits: bytes) -> str:
    whole = digits.decode("ascii")
    return bytes.fromhex(
        whole if len(whole) % 4 == 0 else whole.zfill(-(-len(whole) // 4) * 4)
    ).decode("utf-16-be", "replace")
