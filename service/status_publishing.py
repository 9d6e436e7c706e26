"""The signed status lists: made where the keys are, kept as files, and served as they are.

They lie in the home's `trust` folder: the list of all, and one for each authority, each as JWT and
as CWT (`verify.list_files`). The approvals side signs anew what changed, by jobs that are added in
the transaction that cancels, and all of it once in `REFRESHED_AFTER`. Whoever serves them needs
the files only. A sequence never falls, whatever the clock does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from service import clock
from service import tables as t
from service.work import jobs
from service.work.jobs import Again, Job
from signing import atomic, status_list, status_list_cwt
from signing.errors import MalformedStatusList
from verify import list_files
from verify.limits import CLOCK_SKEW_SECONDS

if TYPE_CHECKING:
    from service.installation import Installation

CHANGED: Final = "status-list"
"""The kind of job that signs a list anew; its reference is the authority, or `EVERYBODY`."""

EVERYBODY: Final = "all"

GATHERED: Final = timedelta(seconds=2)
"""So long after a cancelling its list is signed: of many at once there is one list, not many."""

RENEWAL: Final = "status-lists"
"""The kind of the job that signs every list anew, again and again."""

REFRESHED_AFTER: Final = timedelta(hours=1)
"""Age from which a list is signed anew though nothing may have changed: also its `ttl`."""

LOOKED_AFTER: Final = timedelta(minutes=5)
"""How often it is looked whether a list is due; one is signed twice that before its `ttl` ends."""


def changed(connection: Connection, certificate_id: int) -> None:
    """Note, in the transaction that cancels a certificate, that lists must be signed anew."""
    c = t.certificates.c
    whose = sa.select(c.authority_code).where(c.id == certificate_id)
    due = clock.now() + GATHERED
    for reference in (connection.execute(whose).scalar_one(), EVERYBODY):
        jobs.add(connection, CHANGED, reference, due)


def sign_changed(installation: Installation, job: Job) -> Again | None:
    """Sign the list that a cancelling has changed; the handler of `CHANGED`."""
    whose = None if job.reference == EVERYBODY else job.reference
    _sign(installation, clock.now(), (whose,), lambda _: True)
    return None


def begin(connection: Connection) -> None:
    """See to it that the lists are renewed; called by whoever begins to work."""
    jobs.add(connection, RENEWAL, EVERYBODY, clock.now())


def renew(installation: Installation, _job: Job) -> Again | None:
    """Sign what is missing or has become old; the handler of `RENEWAL`.

    The other files of the trust folder are brought up to date with it: a public side without keys
    has its anchors from there.
    """
    from signing import trust

    now, folder, anchors = clock.now(), folder_of(installation), installation.anchors()
    if not folder.is_dir() or any(
        _content(folder / name) != content
        for name, content in trust.files(anchors).items()
        if name != trust.STATUS_LIST
    ):
        trust.write(anchors, folder)
    refresh(installation, now)
    return Again(now + LOOKED_AFTER, "", progress=True)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def publish(installation: Installation, now: datetime, authorities: Iterable[str] = ()) -> None:
    """Sign the list of all and those of some authorities (USCC) as of an aware moment.

    Raises:
        signing.errors.SigningError: the key of the lists cannot be used.
    """
    _sign(installation, now, (None, *authorities), lambda _: True)


def refresh(installation: Installation, now: datetime) -> None:
    """Sign every list that is missing or will soon be due.

    Raises:
        signing.errors.SigningError: the key of the lists cannot be used.
    """
    latest = timedelta(seconds=CLOCK_SKEW_SECONDS)

    def late(kept: Kept) -> bool:
        return not (-latest <= now - kept.issued_at < REFRESHED_AFTER - 2 * LOOKED_AFTER)

    everybody = (None, *installation.register.issuing_authorities())
    _sign(installation, now, everybody, lambda kept: kept is None or late(kept))


def copy(installation: Installation, folder: Path) -> None:
    """Copy the kept lists into another trust folder; raises OSError."""
    kept = folder_of(installation)
    if folder.resolve() == kept.resolve():
        return
    for whose in (None, *list_files.authorities(kept)):
        for form in list_files.FORMS:
            path = list_files.path_of(whose, form)
            with suppress(FileNotFoundError):
                content = (kept / path).read_bytes()
                (folder / path).parent.mkdir(exist_ok=True)
                atomic.write(folder / path, content, atomic.PUBLIC_FILE)


def folder_of(installation: Installation) -> Path:
    """Where the lists are kept."""
    return installation.settings.home / "trust"


def _sign(
    installation: Installation,
    now: datetime,
    whose: Iterable[str | None],
    due: Callable[[Kept | None], bool],
) -> None:
    """Sign those of the lists that are due; one process at a time."""
    folder = folder_of(installation)
    (folder / list_files.FOLDER).mkdir(parents=True, exist_ok=True)
    keys = installation.anchors().list_keys
    with atomic.lock(folder / ".lock"):
        for authority in whose:
            kept = _kept(folder, authority, keys)
            if due(kept):
                _sign_one(installation, now, authority, kept)


@dataclass(frozen=True)
class Kept:
    """What is known of a list that is kept: its highest sequence, and when its older form is of."""

    sequence: int
    issued_at: datetime


def _kept(folder: Path, authority: str | None, keys: list_files.Keys) -> Kept | None:
    """The kept list; where a form of it is missing or unsound, it is as old as can be."""
    found = []
    for form in list_files.FORMS:
        with suppress(FileNotFoundError, MalformedStatusList):
            content = (folder / list_files.path_of(authority, form)).read_bytes()
            found.append(list_files.decoded(content, form, keys))
    if not found:
        return None
    whole = len(found) == len(list_files.FORMS)
    issued_at = min(one.issued_at for one in found) if whole else datetime.fromtimestamp(0, UTC)
    return Kept(max(one.sequence for one in found), issued_at)


def _sign_one(
    installation: Installation, now: datetime, authority: str | None, kept: Kept | None
) -> None:
    """Sign a list in both forms, with a sequence above that of the kept one."""
    from signing import key_folder

    key = key_folder.list_key(installation.keys)
    address = f"{installation.settings.base_url}/trust/"
    places = installation.register.status_places(authority, now)
    for form in list_files.FORMS:
        path = list_files.path_of(authority, form)
        content = status_list.content(
            places.cancelled,
            places.size,
            uri=address + path,
            sequence=max(int(now.timestamp()), kept.sequence + 1 if kept else 0),
            issued_at=now,
            ttl=REFRESHED_AFTER,
            authority=authority,
            issued=places.issued,
        )
        token = (
            status_list.sign(content, key).encode("ascii")
            if form == list_files.JWT
            else status_list_cwt.sign(content, key)
        )
        atomic.write(folder_of(installation) / path, token, atomic.PUBLIC_FILE)
