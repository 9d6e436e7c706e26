"""What a writing transaction has added and changed, until its leaves are made of it.

`Database.write` begins it and has it told. Whoever writes a row of the register says so here, in
the same transaction; `sealpress log check` finds what was not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from service.transparency.leaf import Bound, bound

OPTION: Final = "sealpress_touched"
"""The execution option under which `Database.write` gives a transaction a `Touched`."""


@dataclass
class Touched:
    """The rows of one transaction.

    Certificates and records are read again when it ends, since they may change more than once;
    what is append-only is bound as it was written, with the certificate or record it belongs to.
    """

    certificates: set[int] = field(default_factory=set)
    records: set[int] = field(default_factory=set)
    of_certificates: list[tuple[int, Bound]] = field(default_factory=list)
    of_records: list[tuple[int, Bound]] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)
    files: list[tuple[int, str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.certificates or self.records or self.of_certificates)


def certificate(connection: Connection, certificate_id: int) -> None:
    """A row of `certificates` was added or changed."""
    _of(connection).certificates.add(certificate_id)


def record(connection: Connection, record_id: int) -> None:
    """A row of `records` was added, or changed in what is bound."""
    _of(connection).records.add(record_id)


def added(connection: Connection, table: str, *rows: Mapping[str, Any]) -> None:
    """Rows were added to a table that is append-only, with these values."""
    touched = _of(connection)
    for row in rows:
        found = bound(table, row)
        if "certificate_id" in row:
            touched.of_certificates.append((row["certificate_id"], found))
        else:
            touched.of_records.append((row["record_id"], found))
            touched.records.add(row["record_id"])
        if table == "events":
            touched.events.append((row["certificate_id"], str(row["kind"])))
        if table == "documents":
            touched.files.append((row["certificate_id"], row["kind"], row["sha256"]))


def _of(connection: Connection) -> Touched:
    found: Touched | None = connection.get_execution_options().get(OPTION)
    if found is None:
        raise LookupError("the register is written in transactions of Database.write only")
    return found
