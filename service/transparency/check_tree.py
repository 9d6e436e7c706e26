"""The tree made again from the leaves, and what is kept of it compared with that.

Where a kept hash does not fit, the place is reported and the kept one is gone on with, so that one
altered leaf is one finding and not one for each that follows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from service import tables as t
from service.transparency import leaf, store
from service.transparency.finding import Finding, What
from signing import merkle
from signing.merkle import HASH_BYTES, Frontier

PAGE = 2_000
"""Leaves read at once: some megabytes."""


class TreeCheck:
    """One walk over all leaves.

    `roots` has the root at each of the sizes asked for that was reached.
    """

    def __init__(self, connection: Connection, sizes: Collection[int]) -> None:
        self.findings: list[Finding] = []
        self.tree = Frontier()
        self.roots = {0: merkle.EMPTY_ROOT}
        self._sizes = set(sizes)
        for row in _leaves(connection):
            if row.position != self.tree.size:
                self._gap(row.position)
                return
            self._leaf(row)
            self._node(row)
            if self.tree.size in self._sizes:
                self.roots[self.tree.size] = self.tree.root
        self._end(connection)

    def _gap(self, position: int) -> None:
        last = f" to {position - 1}" if position - 1 > self.tree.size else ""
        detail = f"leaves {self.tree.size}{last} are missing; the tree was looked at up to there"
        self.findings.append(Finding("log_leaves", self.tree.size, What.DELETED, detail=detail))

    def _leaf(self, row: Row[Any]) -> None:
        """Whether the leaf is the one that was hashed, and its row says what it says."""
        columns = []
        if bytes(row.hashes[:HASH_BYTES]) != merkle.leaf_hash(row.leaf.encode()):
            columns.append("leaf")
        try:
            told = json.loads(row.leaf)
            if told["rows"] != leaf.sha256(row.binding.encode()):
                columns.append("binding")
            if ("standing" in told) != row.standing:
                columns.append("standing")
            if leaf.bound_by(row.binding)[0] != row.certificate_id:
                columns.append("certificate_id")
        except (ValueError, KeyError, TypeError):
            columns.append("leaf or binding")
        if columns:
            found = tuple(dict.fromkeys(columns))
            self.findings.append(Finding("log_leaves", row.position, What.ALTERED, found))

    def _node(self, row: Row[Any]) -> None:
        """Whether the subtrees that are whole with the leaf are those below them."""
        kept = bytes(row.hashes)
        own = kept[:HASH_BYTES].ljust(HASH_BYTES, b"\0")
        tree, completed = self.tree.append(own)
        if b"".join(completed) != kept:
            first = row.position + 1 - (1 << (len(completed) - 1))
            detail = f"the hashes above leaves {first} to {row.position} are not theirs"
            self.findings.append(
                Finding("log_leaves", row.position, What.BROKEN, ("hashes",), detail=detail)
            )
            if len(kept) == HASH_BYTES * len(completed):
                top = kept[-HASH_BYTES:]
                tree = Frontier(tree.size, (*tree.hashes[:-1], top))
        self.tree = tree

    def _end(self, connection: Connection) -> None:
        try:
            kept = store.frontier(connection)
        except ValueError:
            kept = None
        if kept != self.tree:
            detail = f"{self.tree.size} leaves are there"
            if kept is not None:
                detail += f", {kept.size} should be"
            self.findings.append(
                Finding("log_tree", store.TREE, What.BROKEN, ("size", "frontier"), detail=detail)
            )


def _leaves(connection: Connection) -> Iterator[Row[Any]]:
    """Every leaf's row, in order."""
    c, past = t.log_leaves.c, -(2**31)
    query = (
        sa.select(t.log_leaves)
        .where(c.position > sa.bindparam("past"))
        .order_by(c.position)
        .limit(PAGE)
    )
    while rows := connection.execute(query, {"past": past}).all():
        yield from rows
        past = rows[-1].position
