"""A PDF of one empty page with a hole for a signature, as small as a reader accepts it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsigned:
    data: bytes
    hole: tuple[int, int]
    byte_range: tuple[int, int]


def unsigned(contents_bytes: int = 4096, range_width: int = 40) -> Unsigned:
    """The file, where /Contents stands in it, and the room inside /ByteRange."""
    contents, ranges = b"0" * (2 * contents_bytes), b" " * range_width
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig)/Rect[0 0 0 0]/F 132/P 3 0 R/V 5 0 R>>",
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
        b"/M(D:20261121080000Z)/ByteRange[" + ranges + b"]/Contents<" + contents + b">>>",
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R/ID[<00><00>]>>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    data = bytes(out)
    start = data.index(b"/Contents<") + len(b"/Contents")
    first = data.index(b"/ByteRange[") + len(b"/ByteRange[")
    return Unsigned(data, (start, start + len(contents) + 2), (first, first + range_width))
