"""A PDF's objects, read by pyHanko's strict reader within limits, and looked through once.

Only pyHanko's reader is used. `pyhanko.sign`, which would check the signature too, loads an HTTP
client and takes half a second to import; what it checks is checked in `pdf_bytes`,
`pdf_signature` and `pdf_chain`, and the tests hold both against each other.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import ObjStreamRef

from verify.fault import Fault
from verify.limits import (
    FILE_BYTES,
    PDF_DEPTH,
    PDF_OBJECTS,
    PDF_PACKED_STEPS,
    PDF_READ_FACTOR,
    PDF_STREAM_BYTES,
    PDF_TOTAL_STREAM_BYTES,
    PDF_VALUES,
)
from verify.pdf_bytes import Span, find_value, without_value

# What pyHanko logs are remarks about the file, which the checks make themselves; and a file's
# content has no place in a log.
for _chatty in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_chatty).addHandler(logging.NullHandler())
    logging.getLogger(_chatty).propagate = False

DECODING: Final = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=int(PDF_STREAM_BYTES)),
    document_budget=DocumentDecodeBudget(base_allowance=int(PDF_TOTAL_STREAM_BYTES), max_ratio=0),
)

_MARGIN: Final = 16_384  # bytes: the end of even a tiny file is read in blocks

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


class Metered(io.BytesIO):
    """A file that is read a few times at most, however its objects lie inside one another.

    Counted is what was read between one `seek` and the next, which every object begins with.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = PDF_READ_FACTOR * len(data) + _MARGIN
        self._since = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As for any file; raises Fault where the limit is reached."""
        self._left -= max(0, self.tell() - self._since)
        if self._left < 0:
            raise Fault("PDF对象相互重叠", "PDF objects that lie inside one another")
        self._since = super().seek(offset, whence)
        return self._since


@dataclass
class Inventory:
    """What a look at every object found; dictionaries are pyHanko's."""

    pages: list[Any] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)
    signature_fields: list[Any] = field(default_factory=list)
    signatures: list[Any] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)
    active: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class PdfFile:
    """An opened PDF: its catalogue, what is in it, and how many revisions it has.

    `value` is where the signature's value stands; its dictionary then reads as if it were empty.
    """

    root: Mapping[str, Any]
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


def _open(data: bytes) -> PdfFile:
    value = find_value(data)
    seen = data if value is None else without_value(data, value)
    reader = PdfFileReader(Metered(seen), strict=True, decode_limits=DECODING)
    if "/Encrypt" in reader.trailer:
        raise Fault("PDF已加密", "the PDF is encrypted")
    inventory = _take_inventory(reader)
    root = reader.root
    if not isinstance(root, generic.DictionaryObject):
        raise Fault("PDF没有目录对象", "the PDF has no catalogue")
    return PdfFile(root, inventory, reader.xrefs.total_revisions, value)


def _take_inventory(reader: Any) -> Inventory:
    """Every object of every revision as it stands at the end, looked at once."""
    references = {
        reference
        for revision in range(reader.xrefs.total_revisions)
        for reference in reader.xrefs.explicit_refs_in_revision(revision)
    }
    if len(references) > PDF_OBJECTS:
        raise Fault(f"PDF对象超过{PDF_OBJECTS}个", f"more than {PDF_OBJECTS} PDF objects")
    if _packed_steps(reader, references) > PDF_PACKED_STEPS:
        raise Fault("PDF对象流过大", "PDF object streams that take too long to read")
    inventory = Inventory()
    seen = 0
    for reference in sorted(references, key=lambda one: (one.idnum, one.generation)):
        for value in _values(reader.get_object(reference), 0):
            seen += 1
            if seen > PDF_VALUES:
                raise Fault(f"PDF数据超过{PDF_VALUES}项", f"more than {PDF_VALUES} PDF values")
            if isinstance(value, generic.DictionaryObject):
                _note(inventory, value)
    return inventory


def _packed_steps(reader: Any, references: Iterable[Any]) -> int:
    """How many entries of object streams pyHanko will count through."""
    places = (reader.xrefs[reference] for reference in references)
    return sum(place.ix_in_stream for place in places if isinstance(place, ObjStreamRef))


def _values(value: Any, depth: int) -> Iterator[Any]:
    """A value and all values directly inside it; references are not followed."""
    if depth > PDF_DEPTH:
        raise Fault(f"PDF嵌套超过{PDF_DEPTH}层", f"PDF values nested deeper than {PDF_DEPTH}")
    yield value
    if isinstance(value, generic.DictionaryObject):
        for key in value:
            yield from _values(value.raw_get(key), depth + 1)
    elif isinstance(value, generic.ArrayObject):
        for index in range(len(value)):
            yield from _values(value.raw_get(index), depth + 1)


def _note(inventory: Inventory, value: Any) -> None:
    """Sort a dictionary into the inventory by what it says it is."""
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
    if isinstance(value, generic.StreamObject) and "/F" in value:
        inventory.active.add("/F")  # a stream whose data is in another file


def entry(dictionary: Any, key: str) -> Any:
    """A dictionary's value, wherever it stands; None where there is none.

    (pyHanko's `get` answers with the reference where the value is an object of its own.)
    """
    try:
        return dictionary[key]
    except KeyError:
        return None


def name_in(dictionary: Any, key: str) -> str | None:
    """A name in a dictionary, None where there is none or it is something else."""
    found = entry(dictionary, key)
    return str(found) if isinstance(found, generic.NameObject) else None
