"""What may be added to a signed certificate, and nothing else (ETSI EN 319 142-1, clause 5.4).

Three shapes are ours: the signed revision alone (B-B, B-T); behind it one with evidence (B-LT);
behind that one with a time stamp over everything (B-LTA).

* Evidence: streams of certificates and revocation lists, the dictionary (DSS) that lists them, and
  the catalogue, which names that dictionary and is otherwise what it was. No signature covers this
  revision, so nothing in it is believed.
* The time stamp: its dictionary, its field, which shows nothing, and page and catalogue, which
  name the field and are otherwise what they were. It covers the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from verify.fault import Fault
from verify.pdf_bytes import SignedRange, Span, signed_range, without_value
from verify.pdf_file import PdfFile, open_file, reading
from verify.pdf_objects import Dictionary, as_appended
from verify.pdf_revisions import Layers, Revision
from verify.pdf_values import Name, Reference, Value

STAMP_FIELD: Final = b"ArchiveTimeStamp"

_EXTENSION: Final = {"/ESIC": {"/BaseVersion": Name("/1.7"), "/ExtensionLevel": Decimal(1)}}
_VALUE: Final = re.compile(rb"/Contents(<[0-9a-f]+>)")
_SHOWN: Final = Decimal(4 | 128)  # annotation flags Print, which PDF/A demands, and Locked
_STAMP: Final = {
    "/Type": Name("/DocTimeStamp"),
    "/Filter": Name("/Adobe.PPKLite"),
    "/SubFilter": Name("/ETSI.RFC3161"),
}


@dataclass(frozen=True)
class Update:
    """What was added: certificates and lists in DER, and the time stamp with what it covers.

    `value` is where the time stamp's token stands, in hexadecimal.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    stamp: SignedRange | None = None
    value: Span | None = None


@dataclass(frozen=True)
class _Before:
    """What a revision finds: catalogue and page, by their numbers, and the trailer."""

    root: tuple[int, Mapping[str, Any]]
    page: tuple[int, Mapping[str, Any]]
    trailer: Mapping[str, Any]


def read(data: bytes, layers: Layers, first: PdfFile) -> Update:
    """What was added to the first revision, which is `first`, as the last byte of `data` ends it.

    Raises:
        Fault: anything else than what stands at the head of this module.
    """
    if not layers.later:
        return Update()
    with reading("第一个修订版本无法读取", "the first revision cannot be read"):
        page = first.root["/Pages"]["/Kids"][0]
        before = _Before(_indirect(first.root), _indirect(page), layers.first_trailer)
    evidence, *others = layers.later
    found, before = _evidence(evidence, before)
    if not others:
        return found
    if len(others) > 1:
        raise Fault("时间戳之后还有追加的内容", "something was added after the last time stamp")
    return _stamp(data, others[0], before, found)


def check_read_alike(data: bytes, layers: Layers, first: PdfFile, update: Update) -> None:
    """Check that whoever reads the whole file finds what was found here, and nothing else.

    Here revisions are told apart by their bytes; others follow the tables, as `open_file` does. Two
    readers that disagree about a file would show two certificates.

    Raises:
        Fault: it finds other revisions, or active content, pages, annotations or attachments.
    """
    whole = data
    for span in (first.value, update.value):
        whole = whole if span is None else without_value(whole, span)
    file, stamps = open_file(whole), int(update.stamp is not None)
    one, other = first.inventory, file.inventory
    if file.revisions != 1 + len(layers.later) or other.active:
        raise _strange("what another reader reads otherwise")
    for before, after, more in (
        (one.pages, other.pages, 0),
        (one.attachments, other.attachments, 0),
        (one.annotations, other.annotations, stamps),
        (one.signature_fields, other.signature_fields, stamps),
        (one.signatures, other.signatures, stamps),
    ):
        if len(after) != len(before) + more:
            raise _strange("what another reader reads otherwise")


def _evidence(revision: Revision, before: _Before) -> tuple[Update, _Before]:
    """The evidence in a revision, and what the next revision finds."""
    new = _new(revision, before, changed={before.root[0]})
    root = _dictionary(revision, before.root[0])
    expected = {**before.root[1], "/DSS": root.get("/DSS")}
    if "/Extensions" not in before.root[1]:
        expected["/Extensions"] = _EXTENSION
    store = root.get("/DSS")
    if "/DSS" in before.root[1] or not isinstance(store, Reference) or root != expected:
        raise _strange("the catalogue")
    listed = _dictionary(revision, store.number if store.number in new else 0)
    if set(listed) != {"/Type", "/Certs", "/CRLs"} or listed["/Type"] != Name("/DSS"):
        raise _strange("the security store")
    kinds = [_references(listed[key]) for key in ("/Certs", "/CRLs")]
    if sorted([*kinds[0], *kinds[1], store.number]) != new:
        raise _strange("objects that the security store does not list")
    certificates, crls = (tuple(_stream(revision, one) for one in kind) for kind in kinds)
    after = replace(before, root=(before.root[0], root), trailer=revision.trailer)
    return Update(certificates, crls), after


def _stamp(data: bytes, revision: Revision, before: _Before, found: Update) -> Update:
    """The time stamp in a revision, which covers the whole file."""
    (root_number, root), (page_number, page) = before.root, before.page
    new = _new(revision, before, changed={root_number, page_number})
    if len(new) != 2:
        raise _strange("other objects than a time stamp and its field")
    number = next((one for one in new if "/ByteRange" in _dictionary(revision, one)), 0)
    field = next(one for one in new if one != number)
    form = root.get("/AcroForm")
    if not isinstance(form, dict):
        raise _strange("the form")
    longer_form = {**form, "/Fields": [*_list(form, "/Fields"), Reference(field)]}
    longer_page = {**page, "/Annots": [*_list(page, "/Annots"), Reference(field)]}
    if _dictionary(revision, root_number) != {**root, "/AcroForm": longer_form}:
        raise _strange("the catalogue")
    if _dictionary(revision, page_number) != longer_page:
        raise _strange("the page")
    if _dictionary(revision, field) != _field(page_number, number):
        raise _strange("the time stamp's field")
    stamp = dict(_dictionary(revision, number))
    byte_range, contents = stamp.pop("/ByteRange"), stamp.pop("/Contents", None)
    if stamp != _STAMP or not isinstance(contents, bytes):
        raise _strange("the time stamp's dictionary")
    value = _value_span(data, revision.objects[number].span)
    return replace(found, stamp=signed_range(data, _whole(byte_range), value), value=value)


def _field(page: int, stamp: int) -> dict[str, Value]:
    """The field of a time stamp: without appearance, and of no size."""
    return {
        "/Type": Name("/Annot"),
        "/Subtype": Name("/Widget"),
        "/FT": Name("/Sig"),
        "/T": STAMP_FIELD,
        "/F": _SHOWN,
        "/Rect": [Decimal(0)] * 4,
        "/P": Reference(page),
        "/V": Reference(stamp),
    }


def _new(revision: Revision, before: _Before, changed: set[int]) -> list[int]:
    """The numbers of the new objects, which follow those in use without a gap.

    Raises:
        Fault: other objects than those named were changed, or the trailer says something else.
    """
    size = _whole([before.trailer.get("/Size")])[0]
    new = sorted(set(revision.objects) - changed)
    if set(revision.objects) - set(new) != changed or new != list(range(size, size + len(new))):
        raise _strange("objects that were there before")
    same = {key: value for key, value in before.trailer.items() if key not in ("/Size", "/Prev")}
    own = dict(revision.trailer)
    if own.pop("/Size", None) != Decimal(size + len(new)) or own.pop("/Prev", None) is None:
        raise _strange("the trailer")
    if own != same:
        raise _strange("the trailer")
    return new


def _indirect(dictionary: Dictionary) -> tuple[int, Mapping[str, Any]]:
    """The number and the values of a dictionary that is an object of its own."""
    values = as_appended(dictionary)
    if not isinstance(values, dict) or not dictionary.number:
        raise _strange("no dictionary")
    return dictionary.number, values


def _dictionary(revision: Revision, number: int) -> Mapping[str, Any]:
    """An object of the revision that must be a dictionary without a stream."""
    found = revision.objects.get(number)
    if found is None or found.stream is not None or not isinstance(found.value, dict):
        raise _strange(f"object {number}")
    return found.value


def _stream(revision: Revision, number: int) -> bytes:
    """The data of an object that must be a stream which says nothing but its length."""
    found = revision.objects[number]
    if found.stream is None or found.value != {"/Length": Decimal(len(found.stream))}:
        raise _strange(f"object {number}")
    return found.stream


def _references(value: Value) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(one, Reference) for one in value):
        raise _strange("the security store")
    return [one.number for one in value]


def _list(dictionary: Mapping[str, Any], key: str) -> list[Any]:
    found = dictionary.get(key)
    if not isinstance(found, list):
        raise _strange(key)
    return found


def _whole(value: Value) -> list[int]:
    """Whole numbers in an array."""
    if not isinstance(value, list) or not all(
        isinstance(one, Decimal) and one == int(one) for one in value
    ):
        raise _strange("numbers that are none")
    return [int(one) for one in value]


def _value_span(data: bytes, span: Span) -> Span | None:
    """Where an object writes its one hexadecimal value."""
    found = [match.span(1) for match in _VALUE.finditer(data, *span)]
    return found[0] if len(found) == 1 else None


def _strange(what: str) -> Fault:
    return Fault(
        "签发后追加了时间戳和验证资料以外的内容",
        f"something else than evidence and a time stamp was added: {what}",
    )
