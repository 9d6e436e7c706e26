"""Only a whole, plain PNG of a sensible size becomes the picture of a seal."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from signing import seal_picture
from signing.errors import CannotSign
from signing.seal_picture import Pixels


def drawn(mode: str = "RGBA", size: tuple[int, int] = (30, 20), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">L", len(content))
        + kind
        + content
        + struct.pack(">L", zlib.crc32(kind + content))
    )


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def header(width=2, height=2, depth=8, colour=0, packing=0, filtering=0, interlace=0) -> bytes:
    return chunk(
        b"IHDR", struct.pack(">2L5B", width, height, depth, colour, packing, filtering, interlace)
    )


ROWS = chunk(b"IDAT", zlib.compress(bytes(6)))
END = chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_colours_is_read(mode):
    assert seal_picture.read(drawn(mode)) == Pixels(30, 20)


def test_the_plainest_png_is_read():
    assert seal_picture.read(png(header(), ROWS, END)) == Pixels(2, 2)


@pytest.mark.parametrize(
    ("picture", "name"),
    [
        (drawn("RGB", kind="JPEG"), "a JPEG"),
        (drawn("RGB", kind="BMP"), "a BMP"),
        (drawn("L", kind="GIF"), "a GIF"),
        (drawn("RGB", kind="WEBP"), "a WebP"),
        (drawn("RGB", kind="TIFF"), "a TIFF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"PK\x03\x04 an OFD seal picture", "an OFD"),
        (b"%PDF-1.7", "a PDF"),
        (b"", "none"),
        (b"\x89PNG", "none"),
    ],
)
def test_another_kind_is_called_by_its_name(picture, name):
    with pytest.raises(CannotSign, match=f"must be a PNG; this is {name}"):
        seal_picture.read(picture)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (drawn()[:-1], "cut off or damaged"),
        (drawn()[:40], "cut off or damaged"),
        (drawn() + b"\0", "cut off or damaged"),
        (png(header(), END), "begin with IHDR"),
        (png(ROWS, header(), END), "begin with IHDR"),
        (png(header(), ROWS, END, chunk(b"tEXt", b"")), "begin with IHDR"),
        (png(header(), ROWS, END, END), "do not belong"),
        (png(header(), header(), ROWS, END), "do not belong"),
        (png(header(), chunk(b"EVIL", b""), ROWS, END), "do not belong"),
        (png(chunk(b"IHDR", b""), ROWS, END), "another length"),
        (png(header(width=0), ROWS, END), "0 by 2 pixels"),
        (png(header(height=5000), ROWS, END), "2 by 5000 pixels"),
        (png(header(depth=3), ROWS, END), "colours"),
        (png(header(colour=7), ROWS, END), "colours"),
        (png(header(packing=1), ROWS, END), "colours"),
        (png(header(filtering=1), ROWS, END), "colours"),
        (png(header(colour=3), ROWS, END), "palette"),
        (png(header(interlace=1), ROWS, END), "interlaced"),
        (png(header(height=1), ROWS, END), "rows"),
        (png(header(height=3), ROWS, END), "rows"),
        (png(header(), chunk(b"IDAT", zlib.compress(bytes(50 << 20))), END), "rows"),
        (png(header(), chunk(b"IDAT", b"noise"), END), "broken PNG"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_png_is_said(picture, words):
    with pytest.raises(CannotSign, match=words):
        seal_picture.read(picture)


def test_fifty_megabytes_are_not_looked_at():
    with pytest.raises(CannotSign, match="52428800 bytes; 524288 are allowed"):
        seal_picture.read(bytes(50 << 20))


@given(st.data())
def test_changed_bytes_never_pass_nor_raise_anything_else(data):
    picture = bytearray(drawn())
    at = data.draw(st.integers(0, len(picture) - 1))
    picture[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotSign):
        seal_picture.read(bytes(picture))
