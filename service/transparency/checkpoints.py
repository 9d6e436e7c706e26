"""Checkpoints: what the log commits itself to, signed where the keys are, kept, and served.

Of those that were signed the newest is kept, and before it one in `KEPT_EVERY`: between any two
sizes a proof can be made all the same. The newest lies in the trust folder too, outside of the
database, so that a database that is set back is noticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from service import clock
from service import tables as t
from service.transparency import store
from signing import atomic, log_keys, signed_note
from signing.signed_note import Checkpoint, NoteKey

if TYPE_CHECKING:
    from service.installation import Installation

KEPT_EVERY: Final = timedelta(minutes=10)
"""Fifty thousand a year at most, some 20 MB."""

FILE: Final = "checkpoint"
"""The name of the newest one in the trust folder."""

_c = t.log_checkpoints.c
_NEWEST: Final = sa.select(_c.note).order_by(_c.size.desc(), _c.id.desc()).limit(1)
_SIZES: Final = sa.select(
    sa.select(t.log_tree.c.size).where(t.log_tree.c.id == store.TREE).scalar_subquery(),
    sa.select(sa.func.max(_c.size)).scalar_subquery(),
)


def newest(connection: Connection) -> str | None:
    """The newest checkpoint that is kept, as a signed note."""
    note: str | None = connection.execute(_NEWEST).scalar()
    return note


def unsigned(connection: Connection) -> bool:
    """Whether the log has leaves that no checkpoint has."""
    size, signed = connection.execute(_SIZES).one()
    return bool(size) and size != signed


def sign_if_grown(installation: Installation) -> str | None:
    """The newest checkpoint, signed now if the log has grown since; None where it has no leaves.

    Raises:
        signing.errors.SigningError: the key of the log cannot be used.
    """
    database = installation.database
    with database.read() as connection:
        if not unsigned(connection):
            return newest(connection)
        tree = store.frontier(connection)
    now = clock.now()
    note = _signed(installation, Checkpoint(installation.settings.log_origin, tree.size, tree.root))
    with database.write() as connection:
        _keep(connection, tree.size, note, now)
    write_file(installation.settings.home / "trust", note)
    return note


def write_file(folder: Path, note: str) -> None:
    """Put the newest checkpoint into a trust folder; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / FILE, note.encode(), atomic.PUBLIC_FILE)


def known_keys(installation: Installation) -> tuple[NoteKey, ...]:
    """All keys that ever signed checkpoints here; raises BrokenRing."""
    settings = installation.settings
    return log_keys.of_folder(settings.keys, settings.log_origin, revoked=True)


def _signed(installation: Installation, checkpoint: Checkpoint) -> str:
    from signing import key_folder
    from signing.key_ring import NoActiveKey

    folder = installation.keys
    try:
        key = key_folder.log_key(folder)
    except NoActiveKey:
        if not installation.settings.development:
            raise
        from signing import development  # a home from before there was a log

        development.create_authorities(folder, clock.now())
        key = key_folder.log_key(folder)
    named = NoteKey(checkpoint.origin, key.public_key.public_bytes_raw())
    return signed_note.sign(checkpoint.text(), named, key.sign)


def _keep(connection: Connection, size: int, note: str, now: datetime) -> None:
    """Keep a new one; the one before goes if that before it is not old enough."""
    query = sa.select(_c.id, _c.signed_at).order_by(_c.id.desc()).limit(2)
    last = connection.execute(query).all()
    if len(last) == 2 and last[0].signed_at - last[1].signed_at < KEPT_EVERY:
        connection.execute(t.log_checkpoints.delete().where(_c.id == last[0].id))
    connection.execute(t.log_checkpoints.insert().values(size=size, note=note, signed_at=now))
