"""The log in the database: leaves are added in the transaction that they tell of, and read.

`log_tree` has one row, the tree's size and frontier. Its lock puts the leaves into one order (on
SQLite the write lock does); it is taken last, just before the commit, so that nobody who holds it
waits for anything else. Each leaf's row keeps the subtrees that are whole with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from signing import merkle
from signing.merkle import HASH_BYTES, Frontier, Range, Subtree

TREE: Final = 1
"""The id of the one row of `log_tree`."""

# What every change of the register asks goes to the driver as it is: whatever stands between takes
# several times as long. A question mark stands for a value.
_TREE: Final = f"SELECT size, frontier FROM log_tree WHERE id = {TREE}"  # noqa: S608 - a number
_GROW: Final = f"UPDATE log_tree SET size = ?, frontier = ? WHERE id = {TREE}"  # noqa: S608
_ADD: Final = (
    "INSERT INTO log_leaves (position, certificate_id, leaf, binding, standing, hashes) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
# Built once: building a statement takes longer than executing it.
_STANDING = (
    sa.select(t.log_leaves.c.position, t.log_leaves.c.leaf)
    .where(
        t.log_leaves.c.certificate_id
        == sa.select(t.certificates.c.id)
        .where(t.certificates.c.license_id == sa.bindparam("wanted"))
        .scalar_subquery(),
        t.log_leaves.c.standing,
        t.log_leaves.c.position < sa.bindparam("size"),
    )
    .order_by(t.log_leaves.c.position.desc())
    .limit(1)
)


class NewLeaf(NamedTuple):
    """A leaf that is to be added; `standing` says whether it tells a change of status."""

    certificate_id: int
    text: str
    binding: str
    standing: bool


def add(connection: Connection, new: Iterable[NewLeaf]) -> None:
    """Add leaves at the end of the log."""
    tree = frontier(connection, lock=True)
    with _cursor(connection) as execute:
        for one in new:
            position = tree.size
            tree, completed = tree.append(merkle.leaf_hash(one.text.encode()))
            hashes = b"".join(completed)
            execute(_ADD, (position, *one, hashes))
        execute(_GROW, (tree.size, tree.joined()))


def frontier(connection: Connection, *, lock: bool = False) -> Frontier:
    """The tree as it stands; `lock` keeps others from adding to it until the transaction ends.

    Raises ValueError where what is kept of it is no tree.
    """
    locked = lock and connection.dialect.name == "postgresql"
    with _cursor(connection) as execute:
        row = execute(f"{_TREE} FOR UPDATE" if locked else _TREE, ()).fetchone()
    if row is None:
        raise ValueError("log_tree is empty")
    return Frontier.split(row[0], bytes(row[1]))


def hashes(connection: Connection, path: Sequence[Range]) -> list[bytes]:
    """The hashes of a proof, out of the leaves' rows."""
    wanted = {subtree for part in path for subtree in merkle.subtrees(part)}
    c = t.log_leaves.c
    positions = sorted({subtree.completed_by for subtree in wanted})
    query = sa.select(c.position, c.hashes).where(c.position.in_(positions))
    kept = {row.position: bytes(row.hashes) for row in connection.execute(query)}

    def of(subtree: Subtree) -> bytes:
        start = subtree.level * HASH_BYTES
        return kept[subtree.completed_by][start : start + HASH_BYTES]

    return merkle.hashes_of(path, of)


def standing_leaf(connection: Connection, license_id: str, size: int) -> tuple[int, str] | None:
    """The newest leaf on a certificate's status among the first `size`: its position and text."""
    asked = {"wanted": license_id, "size": size}
    row = connection.execute(_STANDING, asked).one_or_none()
    return None if row is None else (row.position, row.leaf)


@contextmanager
def _cursor(connection: Connection) -> Iterator[Callable[[str, tuple[Any, ...]], Any]]:
    """What executes a statement on the driver's own connection, within the transaction."""
    qmark = connection.dialect.paramstyle == "qmark"
    cursor = connection.connection.cursor()

    def execute(statement: str, values: tuple[Any, ...]) -> Any:
        cursor.execute(statement if qmark else statement.replace("?", "%s"), values)
        return cursor

    try:
        yield execute
    finally:
        cursor.close()
