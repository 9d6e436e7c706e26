"""What a key may see, as conditions that the register's indexes on districts answer. Pure.

A key bound to divisions sees what an authority of one of them did in one of them: each pair of
divisions is a part of its own, and each part is in the order of the records in one index
(`ix_records_district_…`, `ix_records_authority`). SQLite takes them as long as nobody lets it count
rows (`ANALYZE`): then it takes one for useless that half of the records are in, and looks through
them all also for a key that sees nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import product

import sqlalchemy as sa

from service import tables as t
from service.scope import Scope

Conditions = Sequence[sa.ColumnElement[bool]]

MOST_PARTS = 64
"""A key with more parts than that is answered by looking through all records: each part is asked
for by itself."""


def within(scope: Scope, authorities: Collection[str] | None = None) -> Sequence[Conditions]:
    """The parts of what a key of that scope sees, each once; one without conditions is all.

    `authorities` are those that are asked for; the caller sees to it that the key may see them.
    """
    divisions = shortest(scope.divisions)
    codes = sorted(authorities or scope.authorities)
    if codes:
        parts = [_of_authority(code, divisions) for code in codes]
    elif divisions:
        parts = [_of_pair(*pair) for pair in product(divisions, repeat=2)]
    else:
        parts = [()]
    return parts if len(parts) <= MOST_PARTS else [()]


def shortest(divisions: Iterable[str]) -> list[str]:
    """Beginnings of division codes without those that another one covers: 45, 4501 → 45."""
    found: list[str] = []
    for one in sorted(divisions):
        if not found or not one.startswith(found[-1]):
            found.append(one)
    return found


def _of_authority(code: str, divisions: Sequence[str]) -> Conditions:
    conditions = [t.records.c.authority_code == code]
    if divisions:
        conditions.append(sa.or_(*(_begins(t.records.c.division, 1, one) for one in divisions)))
    return conditions


def _of_pair(division: str, registered: str) -> Conditions:
    """Done in one division by an authority that was registered in another.

    The index is that of the shorter of both; what the longer asks beyond that is looked at.
    """
    shared = min(len(division), len(registered))
    conditions = [
        _begins_as_indexed("division", 1, division[:shared]),
        _begins_as_indexed("authority_code", 3, registered[:shared]),
    ]
    if len(division) > shared:
        conditions.append(_begins(t.records.c.division, 1, division))
    if len(registered) > shared:
        conditions.append(_begins(t.records.c.authority_code, 3, registered))
    return conditions


def _begins_as_indexed(column: str, at: int, text: str) -> sa.ColumnElement[bool]:
    """Word for word what the index is on: with the numbers as parameters it would not be used."""
    expression: sa.ColumnClause[str] = sa.literal_column(
        f"substr(records.{column}, {at}, {len(text)})", sa.String
    )
    return expression == text


def _begins(column: sa.Column[str], at: int, text: str) -> sa.ColumnElement[bool]:
    """The same where no index is meant."""
    return sa.func.substr(column, at, len(text)) == text
