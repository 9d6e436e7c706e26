"""Further revisions of a PDF, appended to it byte by byte (ISO 32000-1, 7.5.6).

pyHanko reads the file; it does not write here, because its writer also changes the file's
metadata, and what is appended to a signed certificate should be what the level needs and no more:

* evidence (EN 319 142-1, 5.4.2): streams, a DSS dictionary, the catalogue that names it;
* a document time stamp (5.4.3): a signature dictionary, its field on the page, the page and the
  catalogue that name the field.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import CannotSign
from signing.pades import Span
from signing.pades_evidence import Evidence

_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TAIL_BYTES: Final = 64
_PRINTED_AND_LOCKED: Final = 4 | 128
"""Annotation flags: PDF/A demands Print (ISO 19005-3, 6.3.2)."""

RANGE_WIDTH: Final = 44
"""Characters kept for the four numbers of /ByteRange: `0` and three of up to ten digits."""

_EXTENSION: Final = b"<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>"
"""The developer extension under which ETSI brought the DSS into PDF 1.7 (7.12)."""


@dataclass(frozen=True)
class Stampable:
    """A file with a document time stamp still to be filled in: `signing.pades.fill` takes it."""

    data: bytes
    hole: Span
    byte_range: Span


class _Revision:
    """Objects that follow a file: new ones under new numbers, changed ones under their old."""

    def __init__(self, data: bytes) -> None:
        """Raises CannotSign for a file whose end is not as it is written here."""
        found = _STARTXREF.search(data, max(0, len(data) - _TAIL_BYTES))
        if found is None or data[int(found[1]) : int(found[1]) + 4] != b"xref":
            raise CannotSign("a PDF that does not end in a cross-reference table")
        self._previous = int(found[1])
        self._data = data
        self._objects: dict[tuple[int, int], bytes] = {}
        self._trailer = PdfFileReader(io.BytesIO(data), strict=True).trailer
        self._size = int(self._trailer["/Size"])
        self.root: generic.DictionaryObject = self._trailer["/Root"]

    def add(self, body: bytes) -> bytes:
        """A new object; its reference as it is written."""
        number, self._size = self._size, self._size + 1
        self._objects[number, 0] = body
        return b"%d 0 R" % number

    def change(self, dictionary: Any, entries: Mapping[str, bytes]) -> None:
        """An indirect dictionary anew, with these entries put in or exchanged."""
        reference = dictionary.container_ref
        self._objects[reference.idnum, reference.generation] = _dictionary(dictionary, entries)

    def page(self) -> Any:
        """The file's first page; raises CannotSign."""
        first = self.root["/Pages"]["/Kids"][0]
        if first["/Type"] != "/Page":
            raise CannotSign("a PDF whose first page is not directly in its page tree")
        return first

    def written(self) -> bytes:
        """The file with this revision behind it."""
        out = bytearray(self._data)
        offsets = {}
        for (number, generation), body in sorted(self._objects.items()):
            offsets[number, generation] = len(out)
            out += b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
        table = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \n"
        for (number, generation), offset in offsets.items():
            out += b"%d 1\n%010d %05d n \n" % (number, offset, generation)
        trailer = {"/Size": b"%d" % self._size, "/Prev": b"%d" % self._previous}
        for key in ("/Root", "/Info", "/ID"):
            if key in self._trailer:
                trailer[key] = _written(self._trailer.raw_get(key))
        entries = b"".join(key.encode() + b" " + value for key, value in trailer.items())
        out += b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (entries, table)
        return bytes(out)


def with_evidence(data: bytes, evidence: Evidence) -> bytes:
    """The file with a document security store behind it; raises CannotSign."""
    with _reading():
        return _with_evidence(data, evidence)


def _with_evidence(data: bytes, evidence: Evidence) -> bytes:
    revision = _Revision(data)
    if "/DSS" in revision.root or "/Extensions" in revision.root:
        raise CannotSign("a PDF with a document security store, or with extensions, already")
    kinds = {"/Certs": evidence.certificates, "/CRLs": evidence.crls}
    lists = b"".join(
        key.encode() + b"[" + b" ".join(revision.add(_stream(one)) for one in values) + b"]"
        for key, values in kinds.items()
    )
    store = revision.add(b"<</Type/DSS" + lists + b">>")
    revision.change(revision.root, {"/DSS": store, "/Extensions": _EXTENSION})
    return revision.written()


def with_time_stamp_field(data: bytes, field_name: str, contents_bytes: int) -> Stampable:
    """The file with an empty document time stamp behind it, on a field that shows nothing.

    `field_name` is ASCII, `contents_bytes` the room for the token. Raises CannotSign.
    """
    with _reading():
        return _with_time_stamp_field(data, field_name, contents_bytes)


def _with_time_stamp_field(data: bytes, field_name: str, contents_bytes: int) -> Stampable:
    revision = _Revision(data)
    page, form = revision.page(), revision.root.raw_get("/AcroForm")
    if not isinstance(form, generic.DictionaryObject):
        raise CannotSign("a PDF whose form is not in its catalogue")
    head = b"<</Type/DocTimeStamp/ByteRange["
    signature = revision.add(
        head
        + b" " * RANGE_WIDTH
        + b"]/Contents<"
        + b"0" * (2 * contents_bytes)
        + b">/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161>>"
    )
    field = revision.add(
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F %d/Rect[0 0 0 0]/P %s/V %s>>"
        % (field_name.encode("ascii"), _PRINTED_AND_LOCKED, _reference(page), signature)
    )
    revision.change(page, {"/Annots": _longer(page, "/Annots", field)})
    longer_form = _dictionary(form, {"/Fields": _longer(form, "/Fields", field)})
    revision.change(revision.root, {"/AcroForm": longer_form})
    written = revision.written()
    run = written.index(head, len(data)) + len(head)
    hole = written.index(b"<", run)
    return Stampable(written, (hole, hole + 2 * contents_bytes + 2), (run, run + RANGE_WIDTH))


@contextmanager
def _reading() -> Iterator[None]:
    """What pyHanko does not find, or finds to be of another kind, is an error of the file."""
    try:
        yield
    except (PdfError, KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise CannotSign(f"a PDF that cannot be read: {error}") from error


def _dictionary(dictionary: Any, entries: Mapping[str, bytes]) -> bytes:
    """A dictionary as it is written, with these entries put in or exchanged."""
    kept = {key: _written(dictionary.raw_get(key)) for key in dictionary}
    body = b"".join(
        _written(generic.NameObject(key)) + b" " + value
        for key, value in {**kept, **entries}.items()
    )
    return b"<<" + body + b">>"


def _longer(dictionary: Any, key: str, reference: bytes) -> bytes:
    """A dictionary's array with one more reference at its end."""
    found = dictionary.raw_get(key)
    if not isinstance(found, generic.ArrayObject):
        raise CannotSign(f"a PDF whose {key} is not where it belongs")
    written = [_written(found.raw_get(index)) for index in range(len(found))]
    return b"[" + b" ".join((*written, reference)) + b"]"


def _stream(data: bytes) -> bytes:
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(data), data)


def _reference(dictionary: Any) -> bytes:
    reference = dictionary.container_ref
    return b"%d %d R" % (reference.idnum, reference.generation)


def _written(value: Any) -> bytes:
    """A value as pyHanko writes it; references stay references."""
    out = io.BytesIO()
    value.write_to_stream(out)
    return out.getvalue()
