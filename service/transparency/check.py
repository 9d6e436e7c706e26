"""Whether the register is as the log has it, and the log as its checkpoints have it.

Nothing of the database is believed but what fits together: the tree is made again from the leaves,
every row is compared with what they bind, and every checkpoint that is at hand, kept here or
brought along, must be one of this very tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import Connection

from service import tables as t
from service.database import Database
from service.transparency.check_rows import RowsCheck
from service.transparency.check_tree import TreeCheck
from service.transparency.finding import Finding, Report, What
from signing import signed_note
from signing.signed_note import Checkpoint, MalformedNote, NoteKey


def check(
    database: Database, keys: Sequence[NoteKey], brought: Sequence[tuple[str, str]] = ()
) -> Report:
    """Check everything; `brought` are checkpoints from outside, each a name and the signed note.

    A key's name does not count: the origin of a log may have changed, its keys are ours.
    """
    report = Report()
    with _snapshot(database) as connection:
        noted = _checkpoints(connection, keys, brought, report)
        tree = TreeCheck(connection, {one.size for _, one in noted})
        rows = RowsCheck(connection)
    report.leaves, report.root, report.rows = tree.tree.size, tree.tree.root, rows.rows
    report.checkpoints = len(noted)
    report.add(tree.findings)
    report.add(rows.findings)
    for where, one in noted:
        if tree.roots.get(one.size) != one.root:
            report.add([_foreign(where, one, tree.tree.size)])
    if report.leaves and not noted:
        report.notes.append(
            "没有检查点：日志若被整体重写则无从发现 (no checkpoint: a log written anew as a whole "
            "would not be noticed)"
        )
    return report


def _foreign(where: Finding, one: Checkpoint, size: int) -> Finding:
    detail = f"it has {one.size} leaves with another root than this log"
    if one.size > size:
        detail = f"it has {one.size} leaves, this log only {size}: the newest were taken away"
    return Finding(where.table, where.id, What.BROKEN, detail=_about(where, detail))


def _checkpoints(
    connection: Connection,
    keys: Sequence[NoteKey],
    brought: Sequence[tuple[str, str]],
    report: Report,
) -> list[tuple[Finding, Checkpoint]]:
    """Those that are signed by us, each with how a finding about it would begin."""
    kept = connection.execute(sa.select(t.log_checkpoints).order_by(t.log_checkpoints.c.id))
    notes = [(Finding("log_checkpoints", row.id, What.BROKEN), row.note, row.size) for row in kept]
    notes += [
        (Finding("checkpoint", None, What.BROKEN, detail=name), note, None)
        for name, note in brought
    ]
    found = []
    for where, note, size in notes:
        try:
            one = _signed(note, keys)
        except MalformedNote as error:
            report.add([_spoilt(where, str(error))])
            continue
        if size not in (None, one.size):
            report.add([_spoilt(where, "its size is another than its row says")])
        found.append((where, one))
    return found


def _signed(note: str, keys: Sequence[NoteKey]) -> Checkpoint:
    """The checkpoint in a note that one of the keys has signed; raises MalformedNote."""
    one = signed_note.unverified(note)
    if signed_note.opened(note, [NoteKey(one.origin, key.public) for key in keys]) is None:
        raise MalformedNote("no key of ours has signed it")
    return one


def _spoilt(where: Finding, detail: str) -> Finding:
    detail = _about(where, detail)
    return Finding(where.table, where.id, What.ALTERED, ("note",), detail=detail)


def _about(where: Finding, detail: str) -> str:
    return f"{where.detail}: {detail}" if where.detail else detail


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """One view of the whole database while others go on writing (on SQLite every reading is)."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
