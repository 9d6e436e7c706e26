"""A register of many certificates: rows copied from one that was issued, told apart by a serial.

Copied is what look-ups read: certificates, their records and their files' rows (not the log, nor
what only the approvals side reads). The numbers and identifiers follow one another as real ones do,
digests and places in the status list are spread over their whole range, and nothing is narrower
than in a real row: the register and its indexes are those of one that has grown.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.bench import rows as bench_rows
from service.bench.bulk import Bulk, filling
from service.bench.rows import Copies, Given, Row, Template
from service.installation import Installation
from service.register import places_for

MOST_ROWS = 4_000_000
"""Serials have seven digits, and the longest status list has twice as many places."""

GIVEN = 4_000
"""So many of the copies, or some more, have a code that holds: enough that none is asked for twice
within a second."""

AT_ONCE = 50_000
"""Rows of a table that are written in one transaction."""


def fill(
    installation: Installation, license_id: str, rows: int, wanted: int = GIVEN
) -> list[Given]:
    """Copy the certificate with that identifier so many times; gives those that can be asked for.

    They come in no order, so that no two follow each other in the register. Nobody else may have
    the database open.

    Raises:
        ValueError: more rows than there are serials.
    """
    if not 0 <= rows <= MOST_ROWS:
        raise ValueError(f"0 to {MOST_ROWS} rows")
    if rows == 0:
        return []
    with filling(installation.database) as bulk:
        template = _template(bulk, license_id)
        newest = {table: max(bulk.column(table, "id")) for table in ("certificates", "records")}
        newest["documents"] = max(bulk.column("documents", "id"))
        taken = set(bulk.column("certificates", "status_index"))
        free = bench_rows.places(taken, places_for(newest["certificates"] + rows))
        signer = bench_rows.signer(
            template, installation.settings.code_prefix, installation.code_key
        )
        return _Filler(bulk, Copies(template, signer, free), newest).fill(rows, wanted)


def _template(bulk: Bulk, license_id: str) -> Template:
    (certificate,) = bulk.rows("certificates", "license_id", license_id)
    (record,) = bulk.rows("records", "certificate_id", certificate["id"])
    documents = bulk.rows("documents", "certificate_id", certificate["id"])
    return Template(certificate, record, tuple(documents))


class _Filler:
    """Writes the rows of copies, table after table."""

    def __init__(self, bulk: Bulk, copies: Copies, newest: dict[str, int]) -> None:
        self._bulk = bulk
        self._copies = copies
        self._newest = newest
        self._given: list[Given] = []

    def fill(self, rows: int, wanted: int) -> list[Given]:
        spread = bench_rows.every(rows, wanted)
        for first in range(1, rows + 1, AT_ONCE):
            serials = range(first, min(first + AT_ONCE, rows + 1))
            self._bulk.insert("certificates", self._certificates(serials, spread))
            self._bulk.insert("records", self._records(serials))
            self._bulk.insert("documents", self._documents(serials))
        return sorted(self._given, key=lambda one: one.pdf_sha256)

    def _certificates(self, serials: range, spread: Iterator[bool]) -> Iterator[Row]:
        before = self._newest["certificates"]
        for serial, given in zip(serials, spread, strict=False):
            row = self._copies.certificate(serial, before + serial, given=given)
            if given:
                self._given.append(bench_rows.given(row))
            yield row

    def _records(self, serials: range) -> Iterator[Row]:
        certificates, records = self._newest["certificates"], self._newest["records"]
        return (self._copies.record(certificates + one, records + one) for one in serials)

    def _documents(self, serials: range) -> Iterator[Row]:
        before, kinds = self._newest["documents"], self._copies.kinds
        for serial in serials:
            first = before + (serial - 1) * kinds + 1
            yield from self._copies.documents(self._newest["certificates"] + serial, first)
