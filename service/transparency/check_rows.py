"""Every row of the register compared with what the log has bound of it last.

It goes from certificate to certificate, some thousand at once, so that a register of any size is
checked in the same memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.transparency import leaf
from service.transparency.finding import Finding, What
from service.transparency.leaf import Bound

AT_ONCE: Final = 1_000
"""Certificates looked at together: some ten thousand rows."""

OF_RECORDS: Final = ("steps", "corrections")
"""The tables whose rows belong to a record, and by it to a certificate."""


class Seen(NamedTuple):
    """A row as a leaf has it, or as it stands in its table."""

    bound: Bound
    place: int | None
    """The leaf's position, or the row's id."""


@dataclass
class _Logged:
    """What the leaves of some certificates have bound: the last of rows that change, all others."""

    changing: dict[tuple[str, int], tuple[Seen, int]] = field(default_factory=dict)
    fixed: dict[tuple[str, int], list[Seen]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    def name(self, certificate_id: int) -> str | None:
        """The licence identifier that the log knows a certificate by."""
        try:
            return str(json.loads(self.texts[certificate_id])["certificate"])
        except (KeyError, ValueError, TypeError):
            return None


class RowsCheck:
    """One walk over all rows; `rows` counts them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.findings: list[Finding] = []
        self.rows = 0
        for first, end in _ranges(connection):
            self._certificates(first, end)
        self._orphans()

    def _certificates(self, first: int, end: int) -> None:
        logged = _logged(self.connection, first, end)
        for table in leaf.CHANGING:
            for certificate_id, seen in self._rows(table, first, end):
                self._changing(logged, certificate_id, seen)
        for (table, row_id), (seen, certificate_id) in logged.changing.items():
            self._find(logged, certificate_id, table, row_id, What.DELETED, leaf=seen.place)
        for table in leaf.APPEND_ONLY:
            there: dict[int, list[Seen]] = {}
            for certificate_id, seen in self._rows(table, first, end):
                there.setdefault(certificate_id, []).append(seen)
            owners = there.keys() | {owner for name, owner in logged.fixed if name == table}
            for certificate_id in sorted(owners):
                known = logged.fixed.get((table, certificate_id), [])
                self._fixed(logged, table, certificate_id, there.get(certificate_id, []), known)

    def _changing(self, logged: _Logged, certificate_id: int, seen: Seen) -> None:
        table, row_id = seen.bound.table, seen.place
        known = logged.changing.pop((table, row_id or 0), None)
        if known is None:
            self._find(logged, certificate_id, table, row_id, What.INSERTED)
        elif known[0].bound.digest != seen.bound.digest:
            self._altered(logged, certificate_id, seen, known[0])

    def _fixed(
        self,
        logged: _Logged,
        table: str,
        certificate_id: int,
        there: list[Seen],
        known: list[Seen],
    ) -> None:
        """Rows that never change are known by what they hold.

        What is left over was altered, inserted or deleted; it is paired with what it is likest to.
        """
        waiting: dict[str, list[Seen]] = {}
        for one in known:
            waiting.setdefault(one.bound.digest, []).append(one)
        unknown = []
        for one in there:
            same = waiting.get(one.bound.digest)
            if same:
                same.pop()
            else:
                unknown.append(one)
        left = [one for same in waiting.values() for one in same]
        for one in unknown:
            likest = _likest(one, left)
            if likest is None:
                self._find(logged, certificate_id, table, one.place, What.INSERTED)
            else:
                left.remove(likest)
                self._altered(logged, certificate_id, one, likest)
        for one in left:
            self._find(logged, certificate_id, table, None, What.DELETED, leaf=one.place)

    def _altered(self, logged: _Logged, certificate_id: int, seen: Seen, known: Seen) -> None:
        columns = seen.bound.differing(known.bound)
        table = seen.bound.table
        self._find(
            logged, certificate_id, table, seen.place, What.ALTERED, columns, leaf=known.place
        )

    def _find(
        self,
        logged: _Logged,
        certificate_id: int,
        table: str,
        row_id: int | None,
        what: What,
        columns: tuple[str, ...] = (),
        leaf: int | None = None,
    ) -> None:
        name = logged.name(certificate_id)
        self.findings.append(Finding(table, row_id, what, columns, name, leaf))

    def _rows(self, table: str, first: int, end: int) -> Iterator[tuple[int, Seen]]:
        """The rows of a table with the certificates that they belong to."""
        rows = self.connection.execute(_QUERIES[table], {"first": first, "end": end}).mappings()
        for row in rows:
            self.rows += 1
            yield row["owner"], Seen(leaf.bound(table, dict(row)), row["id"])

    def _orphans(self) -> None:
        """Steps and corrections of records that are gone: no certificate has them."""
        for name in OF_RECORDS:
            table = t.metadata.tables[name]
            joined = table.outerjoin(t.records, t.records.c.id == table.c.record_id)
            query = sa.select(table.c.id).select_from(joined).where(t.records.c.id.is_(None))
            for row_id in self.connection.execute(query).scalars():
                detail = "its record is gone"
                self.findings.append(
                    Finding(name, row_id, What.BROKEN, ("record_id",), detail=detail)
                )


def _likest(one: Seen, others: Iterable[Seen]) -> Seen | None:
    """The one of others that differs in the fewest columns, unless most differ."""
    differing = {id(other): len(one.bound.differing(other.bound)) for other in others}
    found = min(others, key=lambda other: differing[id(other)], default=None)
    half = len(leaf.COLUMNS[one.bound.table]) / 2
    return found if found is not None and differing[id(found)] <= half else None


def _logged(connection: Connection, first: int, end: int) -> _Logged:
    """What the leaves of certificates from `first` to before `end` have bound."""
    c, logged = t.log_leaves.c, _Logged()
    query = (
        sa.select(c.position, c.certificate_id, c.leaf, c.binding)
        .where(c.certificate_id >= first, c.certificate_id < end)
        .order_by(c.position)
    )
    for row in connection.execute(query):
        logged.texts[row.certificate_id] = row.leaf
        try:
            _, bound = leaf.bound_by(row.binding)
        except ValueError:
            continue  # the walk over the tree says so
        for one in bound:
            seen = Seen(one, row.position)
            if one.id is not None:
                logged.changing[one.table, one.id] = seen, row.certificate_id
            else:
                logged.fixed.setdefault((one.table, row.certificate_id), []).append(seen)
    return logged


def _ranges(connection: Connection) -> Iterator[tuple[int, int]]:
    """Ranges of certificates' ids in which there is anything at all."""
    owners = [t.certificates.c.id, t.log_leaves.c.certificate_id, t.records.c.certificate_id]
    owners += [t.documents.c.certificate_id, t.events.c.certificate_id]
    ends = [
        connection.execute(sa.select(sa.func.min(owner), sa.func.max(owner))).one()
        for owner in owners
    ]
    present = [row for row in ends if row[0] is not None]
    if not present:
        return
    first, last = min(row[0] for row in present), max(row[1] for row in present)
    while first <= last:
        yield first, first + AT_ONCE
        nexts = (
            connection.execute(sa.select(sa.func.min(owner)).where(owner >= first + AT_ONCE))
            for owner in owners
        )
        first = min(
            (one for result in nexts if (one := result.scalar()) is not None), default=last + 1
        )


def _query(name: str) -> sa.Select[Any]:
    table = t.metadata.tables[name]
    bound: Mapping[str, Any] = {column: table.c[column] for column in leaf.COLUMNS[name]}
    source: sa.FromClause = table
    owner = table.c.id if name == "certificates" else table.c.get("certificate_id")
    if owner is None:
        source = table.join(t.records, t.records.c.id == table.c.record_id)
        owner = t.records.c.certificate_id
    return (
        sa.select(owner.label("owner"), table.c.id, *bound.values())
        .select_from(source)
        .where(owner >= sa.bindparam("first"), owner < sa.bindparam("end"))
        .order_by(table.c.id)
    )


_QUERIES: Final = {name: _query(name) for name in leaf.COLUMNS}
