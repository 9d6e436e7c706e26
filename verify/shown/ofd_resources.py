"""The fonts and images that an OFD's page uses, by their identifiers (GB/T 33190, 7.9)."""

from __future__ import annotations

import struct
from typing import Final

from lxml import etree

from renderer.page import PIXELS
from renderer.png import INDEXED, SIGNATURE, WHITE
from verify.fault import Fault
from verify.ofd_names import locate
from verify.ofd_package import Package
from verify.ofd_xml import NAMESPACE, attribute, children, expect_root, optional_child, text
from verify.shown.drawn import UNTOLD, Colour, Drawn, Font
from verify.shown.pdf_pictures import LARGEST_SIDE, of_lines

_KINDS: Final = ("PublicRes", "DocumentRes")


class Resources:
    """What the two resource files list; read when it is asked for."""

    def __init__(self, package: Package, path: str, common: etree._Element, drawn: Drawn) -> None:
        self._package, self._drawn = package, drawn
        self._fonts: dict[str, tuple[str, str | None]] = {}
        self._images: dict[str, str] = {}
        self._read: dict[str, Font] = {}
        for kind in _KINDS:
            for listed in children(common, kind):
                self._take(locate(path, text(listed)))

    def _take(self, part: str) -> None:
        root = self._package.root(part)
        expect_root(root, "Res", part)
        folder = (root.get("BaseLoc") or "").strip("/")
        for font in root.iterfind(f"{{{NAMESPACE}}}Fonts/*"):
            file = optional_child(font, "FontFile")
            place = None if file is None else locate(part, _under(folder, text(file)))
            self._fonts[attribute(font, "ID")] = (font.get("FontName") or "", place)
        for image in root.iterfind(f"{{{NAMESPACE}}}MultiMedias/*"):
            file = optional_child(image, "MediaFile")
            if file is not None and image.get("Type") == "Image":
                self._images[attribute(image, "ID")] = locate(part, _under(folder, text(file)))

    def font(self, identifier: str) -> Font:
        """The font of that identifier; what has no file of its own is noted."""
        if identifier not in self._read:
            name, part = self._fonts.get(identifier, ("未知字体", None))
            data = None if part is None else self._package.part(part)
            if data is None:
                self._drawn.note("page.font", "字体", name)
            self._read[identifier] = Font(name, data, lambda _: UNTOLD)
        return self._read[identifier]

    def code(self, identifier: str) -> tuple[bytes, Colour] | None:
        """The modules and the colour of an image that is one of a code."""
        part = self._images.get(identifier)
        return None if part is None else modules_of(self._package.part(part))


def _under(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and not name.startswith("/") else name


def modules_of(data: bytes) -> tuple[bytes, Colour] | None:
    """The modules of a PNG written as ours are; None for any other."""
    try:
        chunks = _chunks(data)
        width, height, depth, colours, *rest = struct.unpack(">2I5B", chunks[b"IHDR"])
        palette, packed = chunks[b"PLTE"], chunks[b"IDAT"]
    except (Fault, KeyError, struct.error):
        return None
    count, loose = divmod(width, PIXELS)
    ours = width == height and (depth, colours) == (1, INDEXED) and not any(rest) and not loose
    if not ours or not 0 < count <= LARGEST_SIDE or len(palette) != 6 or palette[:3] != WHITE:
        return None
    dark = of_lines(packed, count)
    return None if dark is None else (dark, (palette[3], palette[4], palette[5]))


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG (5.3), each once, with nothing before, between or behind them."""
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    if not data.startswith(SIGNATURE):
        raise Fault("不是PNG", "no PNG")
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind in found or at + 12 + size > len(data):
            raise Fault("PNG结构异常", "an odd PNG")
        found[kind] = data[at + 8 : at + 8 + size]
        at += 12 + size
    if set(found) != {b"IHDR", b"PLTE", b"IDAT", b"IEND"}:
        raise Fault("PNG结构异常", "an odd PNG")
    return found
