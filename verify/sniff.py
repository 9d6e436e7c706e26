"""What kind of file some bytes are, told by looking and without parsing much."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["pdf", "ofd", "other"]

_PDF_HEAD_WINDOW: Final = 1024  # bytes; readers accept a header that far in, so we must see it too
_ZIP_HEAD: Final = b"PK\x03\x04"
_ZIP_TAIL: Final = b"PK\x05\x06"
_ZIP_TAIL_WINDOW: Final = 65_557  # bytes: an end record of 22 with the longest comment
_OFD_ROOT: Final = b"OFD.xml"


def kind(data: bytes) -> Kind:
    """Whether bytes are a PDF, an OFD (a ZIP with OFD.xml in its directory), or neither.

    A file that claims a kind is of that kind, however broken: the examination says what is wrong.
    A file that is both (a PDF header inside a ZIP) counts as what it begins with.
    """
    if data.startswith(_ZIP_HEAD):
        return "ofd" if _names_ofd_root(data) else "other"
    if b"%PDF-" in data[:_PDF_HEAD_WINDOW]:
        return "pdf"
    # Bytes in front of a ZIP do not hide it from readers that start at its end.
    if _names_ofd_root(data):
        return "ofd"
    return "other"


def _names_ofd_root(data: bytes) -> bool:
    """Whether the end of the bytes looks like a ZIP directory and a header names OFD.xml.

    A truncated file has no directory any more; it still begins with a local header, which is
    followed by a name.
    """
    if data.rfind(_ZIP_TAIL, max(0, len(data) - _ZIP_TAIL_WINDOW)) >= 0:
        return _header_names_root(data, b"PK\x01\x02", 46)
    return _header_names_root(data, _ZIP_HEAD, 30)


def _header_names_root(data: bytes, signature: bytes, fixed_bytes: int) -> bool:
    """Whether a header with that signature is followed, after its fixed part, by OFD.xml.

    Looked for from the end, where the directory is.
    """
    position = data.rfind(_OFD_ROOT)
    while position >= 0:
        start = position - fixed_bytes
        if start >= 0 and data.startswith(signature, start):
            return True
        position = data.rfind(_OFD_ROOT, 0, position)
    return False
