"""The signed status lists, served as they lie in a trust folder; nothing is signed here.

| route | answers |
|---|---|
| `GET /trust/status-list.jwt`, `.cwt` | the list of all |
| `GET /trust/status/<USCC>.jwt`, `.cwt` | the list of one authority |
| `GET /trust/status-lists.json` | which lists there are, each with its sequence, times and age |

A list says itself when it was made. One whose signature is not by a published key is not served:
nobody could use it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from signing import status_list_cwt
from signing.errors import MalformedStatusList
from signing.key_entry import USCC
from signing.status_list import StatusList
from verify import limits, list_files, status

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

MEDIA_TYPES: Final = {
    list_files.JWT: "application/statuslist+jwt",
    list_files.CWT: status_list_cwt.MEDIA_TYPE,
}


@dataclass(frozen=True)
class Published:
    """A list as it is served, and what it says of itself."""

    content: bytes
    listed: StatusList


class KeptLists:
    """The lists of a folder, each read anew only when its file changed."""

    def __init__(self, folder: Path, anchors: Callable[[], TrustAnchors]) -> None:
        self._folder, self._anchors = folder, anchors
        self._known: dict[str, tuple[Hashable, Published]] = {}

    def get(self, authority: str | None, form: str) -> Published | None:
        """The list of an authority (None: of all) in a form; None where there is no sound one."""
        path = list_files.path_of(authority, form)
        try:
            found = (self._folder / path).stat()
            state = found.st_ino, found.st_size, found.st_mtime_ns
            known = self._known.get(path)
            if known is None or known[0] != state:
                content = (self._folder / path).read_bytes()
                listed = list_files.decoded(content, form, self._anchors().list_keys)
                known = self._known[path] = state, Published(content, listed)
        except (OSError, MalformedStatusList):
            return None
        return known[1] if known[1].listed.authority == authority else None

    def names(self) -> tuple[str | None, ...]:
        """Whose lists there are, that of all (None) first."""
        return (None, *list_files.authorities(self._folder)[: limits.STATUS_LISTS])


def add(
    routes: Blueprint,
    folder: Path | None,
    anchors: Callable[[], TrustAnchors],
    clock: Callable[[], datetime],
) -> None:
    """Add the routes; without a folder there are no lists. `clock` gives this moment, aware."""
    kept = None if folder is None else KeptLists(folder, anchors)

    @routes.get("/trust/status-list.<any(jwt, cwt):form>")
    def status_list(form: str) -> Response:
        return _served(kept, None, f".{form}", clock())

    @routes.get("/trust/status/<authority>.<any(jwt, cwt):form>")
    def status_list_of(authority: str, form: str) -> Response:
        if not USCC.fullmatch(authority):
            raise NotFound
        return _served(kept, authority, f".{form}", clock())

    @routes.get("/trust/status-lists.json")
    def status_lists() -> Response:
        found = [] if kept is None else [_told(kept, whose, clock()) for whose in kept.names()]
        response = jsonify({"lists": [one for one in found if one is not None]})
        response.cache_control.public = True
        response.cache_control.max_age = limits.STATUS_LIST_CACHE_SECONDS
        return response


def _served(kept: KeptLists | None, authority: str | None, form: str, now: datetime) -> Response:
    """A list; it may be kept by those between until its next update, but not for long."""
    found = None if kept is None else kept.get(authority, form)
    if found is None:
        raise NotFound
    left = int((found.listed.next_update - now).total_seconds())
    response = Response(found.content, mimetype=MEDIA_TYPES[form])
    response.last_modified = found.listed.issued_at
    response.cache_control.public = True
    response.cache_control.max_age = max(0, min(left, limits.STATUS_LIST_CACHE_SECONDS))
    response.add_etag()
    response.make_conditional(request)
    return response


def _told(kept: KeptLists, authority: str | None, now: datetime) -> dict[str, Any] | None:
    """What is told of a list before it is fetched."""
    found = kept.get(authority, list_files.JWT)
    if found is None:
        return None
    cwt = found.listed.uri.removesuffix(list_files.JWT) + list_files.CWT
    return status.used(found.listed, now).as_json() | {"cwt": cwt}
