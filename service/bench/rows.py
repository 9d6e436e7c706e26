"""The rows of copied certificates: as wide as real ones, and each with values of its own.

A copy has another serial than its template, and with it another number, identifier, factory and
filing number; its request and its data set say so too, and its digests are of them. Every so many
copies one is *given*: its code is signed, so that it can be asked for as its holder would. The
codes of the others are of the same length and nobody's, because a million signatures take minutes.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from renderer.compose import Content
from renderer.layout import load
from service import coding
from signing.p256 import P256Key
from verify.identifiers import LicenseId, license_check, parse_license_id

_DIGITS_OF_CHANCE: Final = str(int.from_bytes(b"1" + hashlib.shake_128().digest(1_700), "big"))
"""Some four thousand digits in which no database finds anything to pack."""

Row = Mapping[str, Any]
"""A row as the database's driver has it, by the names of its columns."""

FIRST_SERIAL: Final = 5_000_000
"""The copies' serials begin after it: what is issued before and after them is below."""

DIGITS: Final = 7
"""Of a serial at the end of a number."""

_FACTORS: Final = (2_654_435_761, 2_246_822_519, 3_266_489_917)
"""Odd ones: multiplying by such a factor is a permutation of any power of two (Knuth, 6.4)."""


@dataclass(frozen=True)
class Template:
    """The rows of the certificate that is copied: its own, its record's, its files'."""

    certificate: Row
    record: Row
    documents: tuple[Row, ...]


@dataclass(frozen=True)
class Given:
    """What somebody has who holds a certificate; `pdf_sha256` is of a file that the store lacks."""

    license_id: str
    number: str
    factory_number: str
    code: str
    pdf_sha256: str


Signer = Callable[[str, str, bytes, int], str]
"""Makes a code of a number, a factory number, a data set and a place in the status list."""


def signer(template: Template, prefix: str, key: P256Key) -> Signer:
    """Makes codes as `template` has one, with the key of the installation's codes."""
    row = template.certificate
    second = load(row["type"], row["layout_version"]).second_field

    def signed(number: str, factory_number: str, dataset: bytes, place: int) -> str:
        content = Content(number, "", row["issued_on"], {second: factory_number})
        return coding.make_code(prefix, content, row["version"], dataset, place, key, second)

    return signed


def places(taken: Collection[int], size: int) -> Iterator[int]:
    """Free places in a status list of `size`, a power of two: none twice, as if drawn.

    With any pattern in them the list would pack to a few bytes, and be signed in no time.
    """
    found = (_scattered(number, size) for number in range(1, size + 1))
    return (place for place in found if place not in taken)


def _scattered(number: int, size: int) -> int:
    """Another number below `size` for each: every step can be undone."""
    half = size.bit_length() // 2
    for factor in _FACTORS:
        number = number * factor % size
        number ^= number >> half
    return number


class Copies:
    """Makes one copy after another of a template."""

    def __init__(self, template: Template, signed: Signer, free: Iterator[int]) -> None:
        self._template = template
        self._signed = signed
        self._free = free
        row = template.certificate
        self._naming = _Naming(row)
        marks = {
            f'"license_id":"{row["license_id"]}"': '"license_id":"%(license_id)b"',
            f'"number":"{row["number"]}"': '"number":"%(number)b"',
            f'"status_index":{row["status_index"]}': '"status_index":%(place)b',
            f'"factory_number":"{row["factory_number"]}"': '"factory_number":"%(factory)b"',
            f'"filing_number":"{row["filing_number"]}"': '"filing_number":"%(filing)b"',
        }
        self._dataset = _pattern(bytes(row["dataset"]), marks)
        self._request = _pattern(bytes(row["request"]), marks)
        before, _, digits = row["code"].rpartition("/")
        self._code_before, self._code_digits = f"{before}/", len(digits)

    @property
    def kinds(self) -> int:
        """How many files each has."""
        return len(self._template.documents)

    def certificate(self, serial: int, certificate_id: int, *, given: bool) -> Row:
        """The certificate's row; with a code that holds where it is given."""
        new, place = self._naming.names(FIRST_SERIAL + serial), next(self._free)
        said = {
            b"license_id": new.license_id.encode(),
            b"number": new.number.encode(),
            b"place": b"%d" % place,
            b"factory": new.factory_number.encode(),
            b"filing": new.filing_number.encode(),
        }
        dataset, request = self._dataset % said, self._request % said
        code = self._signed(new.number, new.factory_number, dataset, place) if given else None
        old = self._template.certificate
        return {
            **old,
            "id": certificate_id,
            "license_id": new.license_id,
            "number": new.number,
            "number_normal": new.number,
            "claim": f"{old['type']}:{new.number}",
            "factory_number": new.factory_number,
            "filing_number": new.filing_number,
            "request": request,
            "request_sha256": hashlib.sha256(request).hexdigest(),
            "dataset": dataset,
            "status_index": place,
            "code": code or self._nobodys(serial),
        }

    def record(self, certificate_id: int, record_id: int) -> Row:
        """The row of the record that issued a copy."""
        return {**self._template.record, "id": record_id, "certificate_id": certificate_id}

    def documents(self, certificate_id: int, first_id: int) -> Iterator[Row]:
        """The rows of a copy's files."""
        for number, row in enumerate(self._template.documents):
            digest = document_sha256(certificate_id, row["kind"])
            own = {"id": first_id + number, "certificate_id": certificate_id, "sha256": digest}
            yield {**row, **own}

    def _nobodys(self, serial: int) -> str:
        """A code of the right length that nobody has signed."""
        first = serial % (len(_DIGITS_OF_CHANCE) - self._code_digits)
        return self._code_before + _DIGITS_OF_CHANCE[first : first + self._code_digits]


def document_sha256(certificate_id: int, kind: str) -> str:
    """The digest that stands for a copy's file; there is none that has it."""
    return hashlib.sha256(f"{kind} {certificate_id}".encode()).hexdigest()


def given(row: Row) -> Given:
    """What the holder of a copied certificate has."""
    return Given(
        row["license_id"],
        row["number"],
        row["factory_number"],
        row["code"],
        document_sha256(row["id"], "pdf"),
    )


@dataclass(frozen=True)
class _Names:
    """What tells a certificate from all others."""

    license_id: str
    number: str
    factory_number: str
    filing_number: str


class _Naming:
    """Makes the names of copies: texts of the template's form and length, with other serials."""

    def __init__(self, row: Row) -> None:
        self._id = parse_license_id(row["license_id"])
        self._before = [
            row[name][:-DIGITS] for name in ("number", "factory_number", "filing_number")
        ]

    def names(self, serial: int) -> _Names:
        """The names with a serial at their ends."""
        end = f"{serial:0{DIGITS}d}"
        old = self._id
        own = old.serial[:-DIGITS] + end
        check = license_check(f"{old.type_code}{old.authority}{own}{old.version:03d}")
        new = LicenseId(old.type_code, old.authority, own, old.version, check)
        return _Names(str(new), *(before + end for before in self._before))


def _pattern(text: bytes, marks: Mapping[str, str]) -> bytes:
    """A text in which values are marked, to be filled in by `%`."""
    pattern = text.replace(b"%", b"%%")
    for value, mark in marks.items():
        pattern = pattern.replace(value.replace("%", "%%").encode(), mark.encode())
    return pattern


def every(rows: int, wanted: int) -> Iterator[bool]:
    """For each of `rows` whether it is one of at least `wanted`, spread evenly over them."""
    step = max(1, rows // max(1, wanted))
    return itertools.islice(itertools.cycle([True] + [False] * (step - 1)), rows)
