"""Keys as `sealpress keys list` shows them: every one, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from signing import certificates, key_publication
from signing.errors import SigningError
from signing.key_entry import Entry, State, written
from signing.key_ring import KeyRing

STATES = {
    State.UPCOMING: "待用",
    State.ACTIVE: "在用",
    State.RETIRED: "停用",
    State.REVOKED: "吊销",
}
COLUMNS = ("state", "id", "kid", "from", "until", "certified until", "URI")


def as_json(ring: KeyRing, entry: Entry, now: datetime) -> dict[str, Any]:
    """An entry with its state as of an aware moment, its key id, and how long it is certified."""
    state = entry.state_at(now)
    return {
        "id": entry.id,
        "role": entry.role.value,
        "authority": entry.authority,
        "state": state.value,
        "signs": state is State.ACTIVE
        and ring.signing(entry.role, entry.authority, now).id == entry.id,
        "kid": entry.kid.hex(),
        "uri": entry.uri,
        "certificate": entry.certificate,
        "certified_until": _certified_until(ring, entry),
        "seal": entry.seal,
        "created_at": written(entry.created_at),
        "active_from": written(entry.active_from),
        "retired_at": _written(entry.retired_at),
        "revoked_at": _written(entry.revoked_at),
        "distrusted_from": _written(entry.distrusted_from),
        "reason": entry.reason,
    }


def table(ring: KeyRing, entries: Sequence[Entry], now: datetime) -> Iterator[str]:
    """The same for a person, one line each; a star stands at the keys that sign now."""
    rows = [COLUMNS, *(_row(as_json(ring, one, now), one.state_at(now)) for one in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _row(shown: dict[str, Any], state: State) -> tuple[str, ...]:
    ended = shown["distrusted_from"] or shown["retired_at"] or ""
    return (
        f"{STATES[state]} {state.value}{'*' if shown['signs'] else ''}",
        shown["id"],
        shown["kid"],
        shown["active_from"][:10],
        ended[:10],
        (shown["certified_until"] or "")[:10],
        shown["uri"] or "–",
    )


def _written(moment: datetime | None) -> str | None:
    return written(moment) if moment is not None else None


def _certified_until(ring: KeyRing, entry: Entry) -> str | None:
    if entry.certificate is None:
        return None
    try:
        chain = key_publication.chain(ring.folder, entry)
        return written(min(certificates.period(one)[1] for one in chain))
    except SigningError:
        return None  # a file that is gone; whoever signs with it is told
