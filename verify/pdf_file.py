"""A PDF opened strictly and within limits, and all its objects looked through once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from verify.fault import Fault
from verify.limits import FILE_BYTES
from verify.pdf_bytes import Span, find_value, without_value
from verify.pdf_objects import Dictionary, Stream, name_in
from verify.pdf_reader import Reader

_ACTIVE_KEYS: Final = frozenset(
    {
        "/AA", "/Collection", "/JS", "/JavaScript", "/OCProperties", "/OpenAction", "/Ref",
        "/RichMediaContent", "/RichMediaSettings", "/XFA",
    }
)  # fmt: skip
_ACTION_NAMES: Final = frozenset(
    {
        "/GoTo3DView", "/GoToDp", "/GoToE", "/GoToR", "/Hide", "/ImportData", "/JavaScript",
        "/Launch", "/Movie", "/Named", "/Rendition", "/ResetForm", "/RichMediaExecute",
        "/SetOCGState", "/Sound", "/SubmitForm", "/Thread", "/Trans", "/URI",
    }
)  # fmt: skip
_SIGNATURE_TYPES: Final = frozenset({"/Sig", "/DocTimeStamp"})


@dataclass
class Inventory:
    """What a look at every object found."""

    pages: list[Dictionary] = field(default_factory=list)
    annotations: list[Dictionary] = field(default_factory=list)
    signature_fields: list[Dictionary] = field(default_factory=list)
    signatures: list[Dictionary] = field(default_factory=list)
    attachments: list[Dictionary] = field(default_factory=list)
    active: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class PdfFile:
    """An opened PDF: its catalogue, what is in it, and how many revisions it has.

    `value` is where the signature's value stands; its dictionary then reads as if it were empty.
    """

    root: Dictionary
    inventory: Inventory
    revisions: int
    value: Span | None


def open_file(data: bytes) -> PdfFile:
    """Open a PDF and look through all its objects.

    Raises:
        Fault: it cannot be read strictly, is encrypted, or is beyond a limit.
    """
    if len(data) > FILE_BYTES:
        raise Fault(f"文件超过{FILE_BYTES}字节", f"larger than {FILE_BYTES} bytes")
    with reading("PDF结构无法按规范读取", "the PDF's structure cannot be read strictly"):
        return _open(data)


@contextmanager
def reading(chinese: str, english: str) -> Iterator[None]:
    """Turn whatever a stranger's file makes the reader stumble over into a `Fault`."""
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        raise Fault(chinese, english) from error


def opened(data: bytes) -> tuple[Reader, Dictionary, Span | None]:
    """A PDF's objects, its catalogue, and where the signature's value stands, which is blanked.

    Raises:
        Fault: it cannot be read strictly, is encrypted, or is beyond a limit.
    """
    value = find_value(data)
    reader = Reader(data if value is None else without_value(data, value))
    if reader.is_encrypted():
        raise Fault("PDF已加密", "the PDF is encrypted")
    root = reader.root()
    if not isinstance(root, Dictionary):
        raise Fault("PDF没有目录对象", "the PDF has no catalogue")
    return reader, root, value


def _open(data: bytes) -> PdfFile:
    reader, root, value = opened(data)
    inventory = Inventory()
    for number in reader.numbers():
        for dictionary in reader.dictionaries(number):
            _note(inventory, dictionary)
    return PdfFile(root, inventory, len(reader.trailers), value)


def _note(inventory: Inventory, value: Dictionary) -> None:
    """Sort a dictionary into the inventory by what it says it is."""
    if not value:
        return
    kind, subtype = name_in(value, "/Type"), name_in(value, "/Subtype")
    if kind == "/Page":
        inventory.pages.append(value)
    if kind == "/Annot" or (subtype is not None and "/Rect" in value):
        inventory.annotations.append(value)
    if name_in(value, "/FT") == "/Sig":
        inventory.signature_fields.append(value)
    if kind in _SIGNATURE_TYPES or "/ByteRange" in value:
        inventory.signatures.append(value)
    if kind == "/Filespec" or "/EF" in value:
        inventory.attachments.append(value)
    inventory.active.update(_ACTIVE_KEYS.intersection(value))
    action = name_in(value, "/S")
    if action in _ACTION_NAMES:
        inventory.active.add(str(action))
    if isinstance(value, Stream) and "/F" in value:
        inventory.active.add("/F")  # a stream whose data is in another file
