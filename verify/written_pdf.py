"""What a PDF says of itself, read where Sealpress writes it, without reading the rest.

This is no reader of PDFs: it finds what it looks for only in a file that is written letter for
letter as `renderer.pdf` writes one, and believes its table of objects. Nothing may be concluded
from what it finds unless something else has shown that Sealpress wrote the file (`verify.issued`).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

from verify.dataset import FILE_NAME
from verify.fault import Fault
from verify.limits import DATASET_BYTES
from verify.pdf_bytes import Span
from verify.pdf_dictionary import Signature, signing_time

_NAME: Final = re.escape(FILE_NAME.encode())
_NUMBER: Final = rb"([1-9][0-9]{0,6})"

_START: Final = re.compile(rb"startxref\n([0-9]{1,10})\n%%EOF\n\Z")
_START_BYTES: Final = 64  # longer than the longest text that the expression above can match
_TABLE: Final = re.compile(rb"xref\n0 [1-9][0-9]{0,6}\n0000000000 65535 f \n")
_ENTRY: Final = re.compile(rb"([0-9]{10}) 00000 n \n")
_ENTRY_BYTES: Final = 20
_LISTED: Final = re.compile(
    rb"/Names<</EmbeddedFiles<</Names\[[^\]]*?\(" + _NAME + rb"\)" + _NUMBER + rb" 0 R"
)
_SPECIFICATION: Final = re.compile(
    rb"<</Type/Filespec/F\(" + _NAME + rb"\)/UF\(" + _NAME + rb"\)[^()]*"
    rb"/EF<</F " + _NUMBER + rb" 0 R/UF " + _NUMBER + rb" 0 R>>>>\nendobj\n"
)
_FILE: Final = re.compile(
    rb"<</Type/EmbeddedFile/Subtype/[A-Za-z0-9#.+-]*/Params<</Size [0-9]{1,6}/ModDate\([^()]*\)>>"
    rb"/Filter/FlateDecode/Length ([0-9]{1,6})>>\nstream\n"
)
_RANGE: Final = re.compile(
    rb"<</Type/Sig/ByteRange\[([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) *\]/Contents\Z"
)
_RANGE_BYTES: Final = 100
_SIGNED_AT: Final = re.compile(rb"/M\((D:[^()]{14,22})\)>>\Z")


@dataclass(frozen=True)
class Written:
    """The signature's dictionary and the data set (canonical JSON, as it stands in the file)."""

    signature: Signature
    dataset: bytes


def read(data: bytes, value: Span) -> Written | None:
    """What a file says whose signature's value stands at `value`; None where it is not found."""
    signature = _signature(data, value)
    dataset = None if signature is None else _dataset(data, value[1])
    return None if signature is None or dataset is None else Written(signature, dataset)


def _signature(data: bytes, value: Span) -> Signature | None:
    """The dictionary around a signature's value."""
    begins, ends = value
    head = _RANGE.search(data[max(0, begins - _RANGE_BYTES) : begins])
    after = data.find(b"\nendobj\n", ends)
    tail = _SIGNED_AT.search(data[ends:after]) if after >= 0 else None
    if head is None or tail is None:
        return None
    try:
        return Signature([int(one) for one in head.groups()], signing_time(tail[1].decode("ascii")))
    except (Fault, UnicodeDecodeError):
        return None


def _dataset(data: bytes, after: int) -> bytes | None:
    """The attached data set; the catalogue, which lists it, stands behind the signature."""
    start = _START.search(data[-_START_BYTES:])
    table = None if start is None else _TABLE.match(data, int(start[1]))
    listed = None if table is None else _LISTED.search(data, after, table.start())
    if table is None or listed is None:
        return None
    specification = _object(data, table.end(), listed[1], _SPECIFICATION)
    if specification is None or specification[1] != specification[2]:
        return None
    file = _object(data, table.end(), specification[1], _FILE)
    return None if file is None else _inflated(data[file.end() : file.end() + int(file[1])])


def _object(
    data: bytes, entries: int, number: bytes, form: re.Pattern[bytes]
) -> re.Match[bytes] | None:
    """The object with that number, if it has that form, where the table says; `entries` is it."""
    entry = _ENTRY.match(data, entries + _ENTRY_BYTES * (int(number) - 1))
    if entry is None:
        return None
    head = number + b" 0 obj\n"
    place = int(entry[1])
    return form.match(data, place + len(head)) if data.startswith(head, place) else None


def _inflated(stream: bytes) -> bytes | None:
    """What a zlib stream holds that ends where it should; None where it is longer than allowed."""
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(stream, DATASET_BYTES + 1)
    except zlib.error:
        return None
    whole = inflater.eof and not inflater.unused_data
    return found if whole and len(found) <= DATASET_BYTES else None
